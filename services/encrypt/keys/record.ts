import { hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { currentKeyPath, keyRecordPath } from '#core/layout.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { KeyContext, Wrap } from '../keyring.ts'

/** The name that signing keys have in the place of a dataset; no dataset's name starts with an underscore. */
export const SIGNING = '_signing'

const DATASET = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const kidSchema = z.string().regex(/^[0-9a-f]{32}$/)

const FORMER = 'credence-key/1'
const providerSchema = z.enum(['local', 'awskms', 'keyvault', 'gcpkms'])

const recordSchema = z.strictObject({
  /** Since `credence-key/2`, wraps are bound to all that the record says about its key; before, only to the key's name. */
  format: z.enum([FORMER, 'credence-key/2']),
  dataset: z.string(),
  kid: kidSchema,
  /** Counts the keys of a dataset, from 1. */
  epoch: z.int().positive(),
  /** A destroyed key has no wraps left: nobody can open what it encrypted. */
  state: z.enum(['active', 'destroyed']),
  created: z.iso.datetime(),
  wraps: z.array(
    z.strictObject({
      provider: providerSchema,
      keyId: z.string(),
      version: z.string(),
      alg: z.string(),
      blob: z.base64(),
      /** Marks a wrap made under the former format, until a rewrap renews it. */
      format: z.literal(FORMER).optional(),
    }),
  ),
  /** For a destroyed key: the versions that had wrapped it, which may have to be ended too. */
  wrappedBy: z.array(z.strictObject({ provider: providerSchema, keyId: z.string(), version: z.string() })).optional(),
})

/** One epoch key of one dataset, wrapped by every configured key service: `keys/<dataset>/<kid>.json`. */
export interface KeyRecord extends Readonly<Omit<z.infer<typeof recordSchema>, 'wraps'>> {
  readonly wraps: readonly StoredWrap[]
}

export interface StoredWrap extends Wrap {
  readonly format?: typeof FORMER | undefined
}

/** What a wrap of this record is bound to; without `wrap`, what a new wrap is bound to. */
export function wrapContext(record: Omit<KeyRecord, 'wraps'>, wrap?: StoredWrap): KeyContext {
  const { dataset, kid, epoch, created, state } = record
  return isFormer(record, wrap) ? { dataset, kid } : { dataset, kid, said: { epoch, created, state } }
}

/** Whether a wrap is bound only to the key's name. */
export function isFormer({ format }: Pick<KeyRecord, 'format'>, wrap?: StoredWrap): boolean {
  return format === FORMER || wrap?.format === FORMER
}

/**
 * Converts a record to the current format, without renewing its wraps. `epoch` and `created` are the values that the caller
 * trusts more than the record's.
 */
export function upgraded(record: KeyRecord, known: Pick<KeyRecord, 'epoch' | 'created'>): KeyRecord {
  const wraps = record.wraps.map((wrap): StoredWrap => ({ ...wrap, format: FORMER }))
  return { ...record, ...known, format: 'credence-key/2', wraps }
}

const pointerSchema = z.strictObject({
  format: z.literal('credence-current-key/1'),
  kid: kidSchema,
  epoch: z.int().positive(),
})
/** Which key encrypts a dataset's new objects: `keys/<dataset>/current.json`. */
export type Pointer = Readonly<z.infer<typeof pointerSchema>>

/** A name for a key that reveals nothing about it: 128 bits of HKDF-SHA-256 (RFC 5869) of the key, in hex. */
export function kidOf(key: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', key, '', 'credence kid v1', 16)).toString('hex')
}

/** Throws `invalid` for a dataset name that keys cannot be stored under. */
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

/** Throws `corrupt` unless the bytes are the record of exactly this key. */
export function parseKeyRecord(bytes: Uint8Array, dataset: string, kid: string): KeyRecord {
  const path = recordPath(dataset, kid)
  const record = parse(recordSchema, bytes, path)
  if (record.dataset !== dataset || record.kid !== kid) {
    throw new AppError('corrupt', `${path} is another key's record: ${RESTORE}`, { reason: 'key_record' })
  }
  return record
}

export function parsePointer(bytes: Uint8Array, dataset: string): Pointer {
  return parse(pointerSchema, bytes, pointerPath(dataset))
}

const RESTORE = 'put it back from a copy of the store'

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array, path: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (error) {
    throw new AppError('corrupt', `${path} is damaged: ${RESTORE}`, { cause: error, reason: 'key_record' })
  }
}
