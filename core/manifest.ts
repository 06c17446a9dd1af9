import { z } from 'zod'
import { segmentSchema } from './window.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const digest = z.strictObject({ sha256: hex })

/** An object that a manifest signs for: its path and the digest of its ciphertext. */
export const subjectSchema = z.strictObject({ name: z.string(), digest })
export type Subject = z.infer<typeof subjectSchema>

/** An object that an earlier link signs for, and the name of the subject that replaces it. */
const replacedSchema = z.strictObject({ from: subjectSchema, by: z.string() })
export type Replaced = z.infer<typeof replacedSchema>

/** The result of a round, for readers who cannot open its objects. */
const outcomeSchema = z.strictObject({
  state: z.enum(['committed', 'rolledBack', 'aborted']),
  /** SHA-256 of the model before and after, little-endian doubles. */
  before: hex,
  after: hex,
  /** Digest of all that was agreed; null if nothing was agreed. */
  transcript: hex.nullable(),
  /** The number of clients whose updates are in the model. */
  counted: z.int(),
  /** The privacy (ε) that the clients have spent up to and including this round; null without noise or budget. */
  epsilon: z.number().nullable(),
})
export type RoundOutcome = z.infer<typeof outcomeSchema>

/**
 * The predicate of an in-toto statement (https://in-toto.io/Statement/v1): what one link of a dataset's chain says.
 * - `window`: what a window committed.
 * - `release`: records that a review released from quarantine, in the subject's object.
 * - `revocation`: ids of records that no earlier link admits any more. The last link that names a record decides.
 * - `recall`: ids of admitted records that were later found to be poison: nothing admits them until a reinstatement names
 *   them.
 * - `reinstatement`: ids that a recall named: the recall no longer applies to them.
 * - `reencryption`: the subject's objects hold what the objects in `replaced` held, under another epoch key.
 * - `rotation`: from here on a new key signs, and the old one no longer does; both have signed this link.
 * - `round`: how a federated round ended, in the subjects' objects; round 0 holds the initial model.
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
  /** Present if the window was scanned quickly and nothing in it was suspected. */
  effort: z.literal('quick').optional(),
  /** Ids of records revoked, ascending; only on `revocation`. */
  revoked: z.array(z.string()).optional(),
  /** Ids of records, ascending; only on `recall`, and on the `reinstatement` that ends it. */
  recalled: z.array(z.string()).optional(),
  /** Names a batch of re-encrypted objects; only on `reencryption`. */
  batch: z.string().optional(),
  /** The objects that the subject's objects replace; only on `reencryption`. */
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
