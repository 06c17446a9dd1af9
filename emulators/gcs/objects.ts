import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { crc32c } from './crc32c.ts'
import { HttpError } from './http-error.ts'

export interface StoredObject {
  readonly bucket: string
  readonly name: string
  readonly generation: string
  readonly crc32c: string
  readonly md5Hash: string
  readonly contentType: string | undefined
  readonly metadata: Record<string, string> | undefined
  /** The version of the key that it is encrypted under. */
  readonly kmsKeyName: string | undefined
  readonly timeCreated: string
  readonly data: Buffer
}

/** What a client says about an object that it uploads. */
export interface UploadMetadata {
  readonly name?: string
  readonly crc32c?: string
  readonly md5Hash?: string
  readonly contentType?: string
  readonly metadata?: Record<string, string>
}

export type Preconditions = Pick<URLSearchParams, 'get'>

/** The objects of every bucket; in a folder, one file an object: a line of JSON, then the bytes. */
export class Objects {
  readonly #objects = new Map<string, StoredObject>()
  readonly #folder: string | undefined
  #generation = BigInt(Date.now()) * 1000n

  constructor(folder: string | undefined) {
    this.#folder = folder === undefined ? undefined : path.join(folder, 'objects')
    if (this.#folder === undefined) return
    mkdirSync(this.#folder, { recursive: true })
    for (const name of readdirSync(this.#folder).filter((name) => !name.endsWith('.tmp'))) {
      const bytes = readFileSync(path.join(this.#folder, name))
      const end = bytes.indexOf(0x0a)
      const object = { ...(JSON.parse(bytes.toString('utf8', 0, end)) as StoredObject), data: bytes.subarray(end + 1) }
      this.#objects.set(keyOf(object), object)
      const generation = BigInt(object.generation)
      if (generation >= this.#generation) this.#generation = generation
    }
  }

  /** Throws 404. */
  get(bucket: string, name: string, conditions: Preconditions): StoredObject {
    const object = this.#objects.get(keyOf({ bucket, name }))
    const generation = conditions.get('generation')
    if (object === undefined || (generation !== null && generation !== object.generation)) {
      throw new HttpError(404, 'notFound', `No such object: ${bucket}/${name}`)
    }
    checkPreconditions(object, conditions)
    return object
  }

  peek(bucket: string, name: string): StoredObject | undefined {
    return this.#objects.get(keyOf({ bucket, name }))
  }

  /** Throws 412 where a precondition does not hold, 400 where a checksum differs. */
  put(
    at: { readonly bucket: string; readonly name: string; readonly kmsKeyName: string | undefined },
    upload: UploadMetadata,
    data: Buffer,
    conditions: Preconditions,
  ): StoredObject {
    checkPreconditions(this.peek(at.bucket, at.name), conditions)
    const found = { crc32c: crc32c(data), md5Hash: createHash('md5').update(data).digest('base64') }
    for (const [sum, label] of [['crc32c', 'CRC32C'] as const, ['md5Hash', 'MD5 hash'] as const]) {
      if (upload[sum] !== undefined && upload[sum] !== found[sum]) {
        const message = `Provided ${label} "${upload[sum]}" doesn't match calculated ${label} "${found[sum]}".`
        throw new HttpError(400, 'invalid', message)
      }
    }
    this.#generation += 1n
    const object: StoredObject = {
      ...at,
      ...found,
      generation: String(this.#generation),
      contentType: upload.contentType,
      metadata: upload.metadata,
      timeCreated: new Date().toISOString(),
      data,
    }
    this.#write(object)
    this.#objects.set(keyOf(object), object)
    return object
  }

  delete(object: StoredObject): void {
    this.#objects.delete(keyOf(object))
    if (this.#folder !== undefined) rmSync(path.join(this.#folder, fileOf(object)), { force: true })
  }

  /** In the order of their names' UTF-8 bytes, after `token`. */
  list(bucket: string, prefix: string, after: string): StoredObject[] {
    return [...this.#objects.values()]
      .filter((object) => object.bucket === bucket && object.name.startsWith(prefix) && object.name > after)
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  }

  /** Flips a byte of what is stored, and leaves its checksums as they are. */
  damage(bucket: string, name: string): void {
    const object = this.get(bucket, name, new URLSearchParams())
    object.data[0] = (object.data[0] ?? 0) ^ 1
  }

  #write({ data, ...object }: StoredObject): void {
    if (this.#folder === undefined) return
    const file = path.join(this.#folder, fileOf(object))
    writeFileSync(`${file}.tmp`, Buffer.concat([Buffer.from(`${JSON.stringify(object)}\n`), data]))
    renameSync(`${file}.tmp`, file)
  }
}

/** Throws 412 or 304 as `ifGenerationMatch` and `ifGenerationNotMatch` ask; generation 0 is no object. */
export function checkPreconditions(object: StoredObject | undefined, conditions: Preconditions): void {
  const generation = object?.generation ?? '0'
  const match = conditions.get('ifGenerationMatch')
  if (match !== null && match !== generation) {
    throw new HttpError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.')
  }
  if (conditions.get('ifGenerationNotMatch') === generation) throw new HttpError(304, 'notModified', 'Not Modified')
}

function keyOf({ bucket, name }: { readonly bucket: string; readonly name: string }): string {
  return `${bucket}/${name}`
}

function fileOf(object: { readonly bucket: string; readonly name: string }): string {
  return createHash('sha256').update(keyOf(object)).digest('hex')
}
