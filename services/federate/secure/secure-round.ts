import type { Agreement } from './agreement.ts'
import type { SecureStage } from './message.ts'
import type { KeyPair, RandomBytes } from '#services/federate/secure/primitives.ts'
import type { Sum } from './quantise.ts'
import type { Terms } from './terms.ts'

export interface RoundOptions {
  readonly terms: Terms
  readonly session: Uint8Array
  readonly round: number
  /** Ed25519; clients know its public key. */
  readonly identity: KeyPair
  /** Everybody who may take part, with their Ed25519 keys. */
  readonly participants: ReadonlyMap<string, Uint8Array>
  /** Whom to leave out of the sum, by the sketches of all: asked once, where the terms have a sketch. */
  readonly leaveOut?: ((sketches: ReadonlyMap<string, Int32Array>) => LeftOut) | undefined
  /** What the seed of sketches is drawn from. */
  readonly random?: RandomBytes | undefined
}

export interface LeftOut {
  /** They are never in the sum: where the others are too few, there is none. */
  readonly must: readonly string[]
  /** The first of them that the committees can do without. */
  readonly may: readonly string[]
}

/** What the aggregator asks next, by client; or that the round is over. */
export type Requests = ReadonlyMap<string, Uint8Array>

/**
 * The aggregator's side of one round. It asks (`begin`), takes answers as they come (`accept`) and, when all are there or time is
 * up, goes on with those it has (`close`): whoever has not answered has dropped out. Vectors are added as they come and not kept.
 */
export interface SecureRound {
  readonly stage: SecureStage | 'done'
  begin(): Requests
  /**
   * Takes an answer to the current stage and returns its sender. The same bytes again change nothing. Throws the fault for which it
   * is refused; the round goes on without it.
   */
  accept(message: Uint8Array): string
  /**
   * Who is proved to have signed a sketch of another update than it masked, to have dealt shares of no use, or to have revealed another share than it
   * was dealt. Where a sum needed them, there is none.
   */
  readonly liars: readonly string[]
  /** Clients asked in this stage that have not answered. */
  missing(): string[]
  /** Ends the stage. Empty after the last. Throws `too_few`, `shares_undealt`, `shares_missing`, `shares_unusable` and `sketch_differs`, which end the round without a sum. */
  close(): Requests
  /** Throws until the round is done. */
  result(): SecureSum
}

export interface SecureSum extends Sum {
  readonly survivors: readonly string[]
  /** Who advertised keys and is not in the sum, with the stage that went unanswered. */
  readonly dropped: readonly { readonly name: string; readonly stage: SecureStage }[]
  /** Who answered everything and was left out of the sum. */
  readonly leftOut: readonly string[]
  /** Those of them that contradicted somebody else about a mask. */
  readonly disputed: readonly string[]
  /** Digest of everything that was agreed. */
  readonly transcript: Uint8Array
  /** What everybody agreed to, and the signatures under it. */
  readonly agreement: Agreement
  /** SHA-256 of each survivor's masked update as it was signed, by name. */
  readonly digests: ReadonlyMap<string, Uint8Array>
}
