import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { HttpError } from './http-error.ts'
import type { UploadMetadata } from './objects.ts'

/** A resumable upload under way. */
export interface Upload {
  readonly id: string
  readonly bucket: string
  readonly name: string
  readonly metadata: UploadMetadata
  /** The query that began it: preconditions and the key. */
  readonly query: string
}

/** Resumable uploads by id, with what has arrived of each. */
export class Uploads {
  readonly #uploads = new Map<string, { readonly upload: Upload; data: Buffer }>()
  readonly #folder: string | undefined

  constructor(folder: string | undefined) {
    this.#folder = folder === undefined ? undefined : path.join(folder, 'uploads')
    if (this.#folder !== undefined) mkdirSync(this.#folder, { recursive: true })
  }

  begin(about: Omit<Upload, 'id'>): Upload {
    const upload = { ...about, id: randomUUID() }
    this.#uploads.set(upload.id, { upload, data: Buffer.alloc(0) })
    if (this.#folder !== undefined) {
      const file = path.join(this.#folder, `${upload.id}.json`)
      writeFileSync(`${file}.tmp`, JSON.stringify(upload))
      renameSync(`${file}.tmp`, file)
    }
    return upload
  }

  /** Throws 410 for an upload that is over, or never was. */
  get(id: string): { readonly upload: Upload; readonly data: Buffer } {
    const held = this.#uploads.get(id) ?? this.#load(id)
    if (held === undefined) throw new HttpError(410, 'gone', 'The requested upload session is no longer available.')
    return held
  }

  add(id: string, bytes: Buffer): void {
    const held = this.#uploads.get(id)
    if (held === undefined) return
    held.data = Buffer.concat([held.data, bytes])
    if (this.#folder !== undefined) appendFileSync(path.join(this.#folder, `${id}.part`), bytes)
  }

  end(id: string): void {
    this.#uploads.delete(id)
    if (this.#folder === undefined) return
    for (const end of ['json', 'part']) rmSync(path.join(this.#folder, `${id}.${end}`), { force: true })
  }

  #load(id: string): { readonly upload: Upload; data: Buffer } | undefined {
    if (this.#folder === undefined || !/^[0-9a-f-]{36}$/.test(id)) return undefined
    const [about, part] = ['json', 'part'].map((end) => path.join(this.#folder ?? '', `${id}.${end}`))
    if (about === undefined || part === undefined || !existsSync(about)) return undefined
    const upload = JSON.parse(readFileSync(about, 'utf8')) as Upload
    const held = { upload, data: existsSync(part) ? readFileSync(part) : Buffer.alloc(0) }
    this.#uploads.set(id, held)
    return held
  }
}

/** The two parts of a `multipart/related` upload: metadata, and bytes. Throws 400. */
export function parseMultipart(contentType: string, body: Buffer): { metadata: UploadMetadata; data: Buffer } {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1]
  if (boundary === undefined) throw new HttpError(400, 'badContent', 'Missing multipart boundary')
  const delimiter = `\r\n--${boundary}`
  const partAt = (from: number): [number, number] => {
    const start = body.indexOf('\r\n\r\n', from) + 4
    const end = body.indexOf(delimiter, start)
    if (start < 4 || end < 0) throw new HttpError(400, 'badContent', 'Malformed multipart body.')
    return [start, end]
  }
  const [metaStart, metaEnd] = partAt(0)
  const [dataStart] = partAt(metaEnd)
  const dataEnd = body.lastIndexOf(delimiter) // the bytes may hold anything, a delimiter's look-alike too
  const metadata = JSON.parse(body.toString('utf8', metaStart, metaEnd)) as UploadMetadata
  return { metadata, data: Buffer.from(body.subarray(dataStart, dataEnd)) }
}

/** `crc32c=…,md5=…` of `x-goog-hash`. */
export function parseHashes(header: string | undefined): Pick<UploadMetadata, 'crc32c' | 'md5Hash'> {
  const hashes: { crc32c?: string; md5Hash?: string } = {}
  for (const part of (header ?? '').split(',')) {
    const [, name, value] = /^\s*(crc32c|md5)=(\S+)\s*$/.exec(part) ?? []
    if (value !== undefined) hashes[name === 'md5' ? 'md5Hash' : 'crc32c'] = value
  }
  return hashes
}
