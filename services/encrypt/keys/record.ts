import { hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { currentKeyPath, keyRecordPath } from '#core/layout.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { KeyContext, Wrap } from '../keyring.ts'

/** The name under which signing keys stand beside the datasets; no dataset starts with an underscore. */
export const SIGNING = '_signing'

const DATASET = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const kidSchema = z.string().regex(/^[0-9a-f]{32}$/)

const FORMER = 'credence-key/1'
const providerSchema = z.enum(['local', 'awskms', 'keyvault', 'gcpkms'])

const recordSchema = z.strictObject({
  /** From `credence-key/2` on wraps are bound to all that the record says of its key, and not to its name alone. */
  format: z.enum([FORMER, 'credence-key/2']),
  dataset: z.string(),
  kid: kidSchema,
  /** Counts the keys of a dataset, from 1. */
  epoch: z.int().positive(),
  /** A destroyed key has no wraps left: what it encrypted cannot be opened by anybody. */
  state: z.enum(['active', 'destroyed']),
  created: z.iso.datetime(),
  wraps: z.array(
    z.strictObject({
      provider: providerSchema,
      keyId: z.string(),
      version: z.string(),
      alg: z.string(),
      blob: z.base64(),
      /** On a wrap that a record of before had, until a rewrap renews it. */
      format: z.literal(FORMER).optional(),
    }),
  ),
  /** Of a destroyed key: what had wrapped it, and may have to be ended too. */
  wrappedBy: z.array(z.strictObject({ provider: providerSchema, keyId: z.string(), version: z.string() })).optional(),
})

/** One epoch key of one dataset, wrapped by every configured key service: `keys/<dataset>/<kid>.json`. */
export interface KeyRecord extends Readonly<Omit<z.infer<typeof recordSchema>, 'wraps'>> {
  readonly wraps: readonly StoredWrap[]
}

export interface StoredWrap extends Wrap {
  readonly format?: typeof FORMER | undefined
}

/** What a wrap of this record is bound to; without a wrap, what a new one is. */
export function wrapContext(record: Omit<KeyRecord, 'wraps'>, wrap?: StoredWrap): KeyContext {
  const { dataset, kid, epoch, created, state } = record
  return isFormer(record, wrap) ? { dataset, kid } : { dataset, kid, said: { epoch, created, state } }
}

/** Whether nothing but the key's name is bound to a wrap. */
export function isFormer({ format }: Pick<KeyRecord, 'format'>, wrap?: StoredWrap): boolean {
  return format === FORMER || wrap?.format === FORMER
}

/** A record of before in the form of now, its wraps still as they were. `epoch` and `created` are what is known better elsewhere. */
export function upgraded(record: KeyRecord, known: Pick<KeyRecord, 'epoch' | 'created'>): KeyRecord {
  const wraps = record.wraps.map((wrap): StoredWrap => ({ ...wrap, format: FORMER }))
  return { ...record, ...known, format: 'credence-key/2', wraps }
}

const pointerSchema = z.strictObject({
  format: z.literal('credence-current-key/1'),
  kid: kidSchema,
  epoch: z.int().positive(),
})
/** Which key a dataset's new objects are made under: `keys/<dataset>/current.json`. */
export type Pointer = Readonly<z.infer<typeof pointerSchema>>

/** Names a key without giving it away: 128 bits of HKDF-SHA-256 (RFC 5869) over it, in hex. */
export function kidOf(key: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', key, '', 'credence kid v1', 16)).toString('hex')
}

/** Throws `invalid` for a name that keys cannot be kept under. */
export function checkDataset(dataset: string): void {
  if (dataset !== SIGNING && !DATASET.test(dataset)) {
    throw new AppError('invalid', `not a name for a dataset: ${JSON.stringify(dataset.slice(0, 80))}`)
  }
}

export function recordPath(dataset: string, kid: string): string {
  if (!kidSchema.safeParse(kid).success) throw new AppError('invalid', 'not a key id')
  checkDataset(dataset)
  return keyRecordPath(dataset, kid)
}

export function pointerPath(dataset: string): string {
  checkDataset(dataset)
  return currentKeyPath(dataset)
}

export function serialize(file: KeyRecord | Pointer): Uint8Array {
  return Buffer.from(`${canonicalJson(JSON.parse(JSON.stringify(file)) as Value)}\n`, 'utf8')
}

/** Throws `corrupt` unless the bytes are the record of this very key. */
export function parseKeyRecord(bytes: Uint8Array, dataset: string, kid: string): KeyRecord {
  const record = parse(recordSchema, bytes, `the record of key ${kid}`)
  if (record.dataset !== dataset || record.kid !== kid) {
    throw new AppError('corrupt', `the record of key ${kid} is another key's`, { reason: 'key_record' })
  }
  return record
}

export function parsePointer(bytes: Uint8Array, dataset: string): Pointer {
  return parse(pointerSchema, bytes, `the current key of ${dataset}`)
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (error) {
    throw new AppError('corrupt', `${what} does not parse`, { cause: error, reason: 'key_record' })
  }
}
