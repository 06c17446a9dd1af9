import type { Participant } from './participant.ts'
import type { Agreement } from './secure/agreement.ts'
import type { Terms } from './secure/terms.ts'
import type { Verdict } from './validate/verdict.ts'

/** What is asked of a round's clients. */
export interface RoundPlan {
  readonly session: Uint8Array
  /** From 1. */
  readonly round: number
  readonly terms: Terms
}

/**
 * The port of aggregation: how the answers of a round's clients become one update. There are two ways: `masked` sees only their
 * sum; `judged` sees every update and decides which ones count.
 */
export interface Aggregate {
  readonly name: 'masked' | 'judged'
  /** Throws `conflict` (`too_few`) and `corrupt` (`shares_unusable`) if no sum can be computed; the round is then over. */
  run(plan: RoundPlan, participants: readonly Participant[], signal: AbortSignal): Promise<Aggregation>
}

export interface Aggregation {
  /** The change of each number of the model. */
  readonly mean: Float64Array
  /** The clients whose updates are in it, ascending. */
  readonly counted: readonly string[]
  /** The clients that were asked but are not in it, each with the reason: a stage without an answer, or a fault. */
  readonly missing: readonly { readonly client: string; readonly why: string }[]
  /** Empty unless updates are seen. */
  readonly verdicts: readonly Verdict[]
  /** The count of saturated numbers over all clients; 0 if nothing is quantised. */
  readonly saturated: number
  /** The number of updates that their clients clipped; null if it is not counted. */
  readonly clipped: number | null
  /** Digest of everything that was agreed, hex. */
  readonly transcript: string
  /** SHA-256 of the signed message of each accepted update, hex. */
  readonly digests: readonly { readonly client: string; readonly sha256: string }[]
  /** Null if updates are seen: then each is signed by itself. */
  readonly agreement: Agreement | null
}
