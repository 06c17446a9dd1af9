import type { Participant } from './participant.ts'
import type { Agreement } from './secure/agreement.ts'
import type { Terms } from './secure/terms.ts'
import type { Verdict } from './validate/verdict.ts'

/** What a round is asked for. */
export interface RoundPlan {
  readonly session: Uint8Array
  /** From 1. */
  readonly round: number
  readonly terms: Terms
}

/**
 * The port of aggregation: how the answers of a round's clients become one update. Two ways: `masked` sees their sum and nothing else,
 * `judged` sees every update and decides which of them count.
 */
export interface Aggregate {
  readonly name: 'masked' | 'judged'
  /** Throws `conflict` (`too_few`) and `corrupt` (`shares_unusable`) where no sum can be had: the round is over, and says why. */
  run(plan: RoundPlan, participants: readonly Participant[], signal: AbortSignal): Promise<Aggregation>
}

export interface Aggregation {
  /** One number for each of the model's: what it is to change by. */
  readonly mean: Float64Array
  /** Whose updates are in it, ascending. */
  readonly counted: readonly string[]
  /** Who was asked and is not in it, and why: a stage that went unanswered, or a fault. */
  readonly missing: readonly { readonly client: string; readonly why: string }[]
  /** Only where updates are seen. */
  readonly verdicts: readonly Verdict[]
  /** Numbers that saturated, over all clients; 0 where nothing is quantised. */
  readonly saturated: number
  /** Updates that their clients clipped; null where nobody counts them. */
  readonly clipped: number | null
  /** Digest of everything that was agreed, hex. */
  readonly transcript: string
  /** SHA-256 of the signed message of each update that was taken, hex. */
  readonly digests: readonly { readonly client: string; readonly sha256: string }[]
  /** Null where updates are seen: there each is signed by itself. */
  readonly agreement: Agreement | null
}
