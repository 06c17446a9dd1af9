import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { doublesOf } from '../secure/bytes.ts'
import type { RoundRecord } from '../model-store.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const bytes = z.base64().transform((text): Uint8Array => Buffer.from(text, 'base64'))

const recordSchema = z.strictObject({
  format: z.literal('credence-round/1'),
  round: z.int().positive(),
  state: z.enum(['committed', 'rolledBack', 'aborted']),
  why: z.string().nullable(),
  before: hex,
  after: hex,
  counted: z.array(z.string()),
  missing: z.array(z.strictObject({ client: z.string(), why: z.string() })),
  verdicts: z.array(
    z.strictObject({
      client: z.string(),
      ruling: z.enum(['accept', 'clip', 'hold', 'reject']),
      score: z.number(),
      risk: z.number().min(0).max(1).optional(),
      why: z.array(z.string()),
    }),
  ),
  saturated: z.int(),
  clipped: z.int().nullable(),
  transcript: hex.nullable(),
  digests: z.array(z.strictObject({ client: z.string(), sha256: hex })),
  agreement: z
    .strictObject({
      terms: bytes,
      roster: bytes,
      sharers: bytes,
      seed: bytes.optional(),
      survivors: bytes,
      agreements: bytes,
    })
    .nullable(),
  noise: z.strictObject({ noise: z.number(), sampling: z.number(), rounds: z.int() }).nullable(),
  epsilon: z.number().nullable(),
  /** Ed25519 keys of the clients that were asked, as enrolled at that time. */
  keys: z.record(z.string(), hex),
})

/** A round's record as stored: with the keys by which its messages are verified. */
export interface KeptRecord extends RoundRecord {
  readonly keys: Readonly<Record<string, string>>
}

/** Canonical JSON, bytes in base64: the same record, the same bytes. */
export function encodeRecord({ agreement, ...record }: KeptRecord): Uint8Array {
  const text = (part: Uint8Array) => Buffer.from(part).toString('base64')
  const agreed =
    agreement === null ? null : Object.fromEntries(Object.entries(agreement).map(([name, part]) => [name, text(part)]))
  return Buffer.from(canonicalJson({ format: 'credence-round/1', ...record, agreement: agreed } as unknown as Value))
}

/** Throws `corrupt` (`round_format`). */
export function decodeRecord(encoded: Uint8Array, path: string): KeptRecord {
  const { format: _, ...record } = parse(path, () => recordSchema.parse(JSON.parse(Buffer.from(encoded).toString())))
  return record
}

const modelSchema = z.strictObject({ format: z.literal('credence-model/1'), values: z.base64() })

/** Little-endian doubles in base64. */
export function encodeModel(model: Float64Array): Uint8Array {
  const values = Buffer.from(model.buffer, model.byteOffset, model.byteLength).toString('base64')
  return Buffer.from(canonicalJson({ format: 'credence-model/1', values }))
}

/** Throws `corrupt` (`round_format`). */
export function decodeModel(encoded: Uint8Array, path: string): Float64Array {
  return parse(path, () => {
    const { values } = modelSchema.parse(JSON.parse(Buffer.from(encoded).toString()))
    return doublesOf(Buffer.from(values, 'base64'))
  })
}

function parse<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch {
    // what a parser says may quote what it read
    throw new AppError('corrupt', `${path} is no record or model of a round`, { reason: 'round_format' })
  }
}
