import { z } from 'zod'
import { segmentSchema } from './window.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const digest = z.strictObject({ sha256: hex })

/** An object that a manifest vouches for: its path and the digest of its ciphertext. */
export const subjectSchema = z.strictObject({ name: z.string(), digest })
export type Subject = z.infer<typeof subjectSchema>

/** An object that an earlier link vouches for, and the name of the subject that takes its place. */
const replacedSchema = z.strictObject({ from: subjectSchema, by: z.string() })
export type Replaced = z.infer<typeof replacedSchema>

/** What a round came to, for whoever cannot open its objects. */
const outcomeSchema = z.strictObject({
  state: z.enum(['committed', 'rolledBack', 'aborted']),
  /** SHA-256 of the model before and after, little-endian doubles. */
  before: hex,
  after: hex,
  /** Digest of all that was agreed; null where nothing was. */
  transcript: hex.nullable(),
  /** Clients whose updates are in it. */
  counted: z.int(),
  /** All that was spent of the clients' privacy up to and with this round; null without noise or budget. */
  epsilon: z.number().nullable(),
})
export type RoundOutcome = z.infer<typeof outcomeSchema>

/**
 * The predicate of an in-toto statement (https://in-toto.io/Statement/v1): what one link of a dataset's chain says.
 * - `window`: what a window committed.
 * - `release`: records that review let out of quarantine, in the subject's object.
 * - `revocation`: record ids that no earlier link admits any more. The last link that names a record decides.
 * - `recall`: ids of admitted records that were found to be poison later: nothing admits them until a reinstatement names them.
 * - `reinstatement`: ids that a recall named: they stand as they would without it.
 * - `reencryption`: the subject's objects hold what the objects in `replaced` held, under another epoch key.
 * - `rotation`: from here on another key signs, and the one before does not; both have signed this link.
 * - `round`: how a round of a federation ended, in the subjects' objects; round 0 holds the model that it began with.
 */
const predicateSchema = z.strictObject({
  kind: z.enum(['window', 'release', 'revocation', 'recall', 'reinstatement', 'reencryption', 'rotation', 'round']),
  dataset: z.string(),
  /** Place in the chain, from 1. */
  ordinal: z.int().positive(),
  /** Digest of the previous link's envelope; absent on the first. */
  previous: digest.optional(),
  window: z.string().optional(),
  /** The review that caused a release, a revocation, a recall or a reinstatement. */
  review: z.string().optional(),
  source: z.string().optional(),
  segments: z.array(segmentSchema).optional(),
  counts: z.record(z.enum(['received', 'admitted', 'quarantined', 'rejected', 'deadLettered']), z.int()).optional(),
  contract: digest.optional(),
  policy: z.record(z.string(), z.unknown()).optional(),
  detectors: z.array(z.strictObject({ name: z.string(), version: z.int() })).optional(),
  /** Set where a window was scanned quickly, and nothing in it was suspected. */
  effort: z.literal('quick').optional(),
  /** Ids of records revoked, ascending; only on `revocation`. */
  revoked: z.array(z.string()).optional(),
  /** Ids of records, ascending; only on `recall`, and on the `reinstatement` that ends it. */
  recalled: z.array(z.string()).optional(),
  /** Names a batch of re-encrypted objects; only on `reencryption`. */
  batch: z.string().optional(),
  /** What each of the subject's objects stands for from now on; only on `reencryption`. */
  replaced: z.array(replacedSchema).optional(),
  /** Ids of the signing keys; only on `rotation`. */
  rotation: z.strictObject({ from: z.string(), to: z.string() }).optional(),
  /** Only on `round`. */
  round: z.int().nonnegative().optional(),
  outcome: outcomeSchema.optional(),
})
export type Predicate = z.infer<typeof predicateSchema>

export const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(subjectSchema),
  predicateType: z.literal('https://credence.dev/manifest/v1'),
  predicate: predicateSchema,
})
export type Statement = z.infer<typeof statementSchema>

/** DSSE envelope (https://github.com/secure-systems-lab/dsse). */
export const envelopeSchema = z.strictObject({
  payloadType: z.literal('application/vnd.in-toto+json'),
  payload: z.string(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.string() })).min(1),
})
export type DsseEnvelope = z.infer<typeof envelopeSchema>

/** The last link of a chain: its place, and the digest of its envelope. */
export interface ChainHead {
  readonly ordinal: number
  readonly sha256: string
}
