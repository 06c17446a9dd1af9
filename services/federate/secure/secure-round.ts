import type { Agreement } from './agreement.ts'
import type { SecureStage } from './message.ts'
import type { KeyPair, RandomBytes } from '#services/federate/secure/primitives.ts'
import type { Sum } from './quantise.ts'
import type { Terms } from './terms.ts'

export interface RoundOptions {
  readonly terms: Terms
  readonly session: Uint8Array
  readonly round: number
  /** The aggregator's Ed25519 key pair; clients know the public key. */
  readonly identity: KeyPair
  /** All possible participants with their Ed25519 public keys. */
  readonly participants: ReadonlyMap<string, Uint8Array>
  /** Selects the clients to leave out of the sum by the sketches of all; called once, if the terms have a sketch. */
  readonly leaveOut?: ((sketches: ReadonlyMap<string, Int32Array>) => LeftOut) | undefined
  /** The randomness from which the seed of sketches is drawn. */
  readonly random?: RandomBytes | undefined
}

export interface LeftOut {
  /** Clients that are never in the sum. If too few others remain, there is no sum. */
  readonly must: readonly string[]
  /** Clients that are left out, in this order, if the committees can do without them. */
  readonly may: readonly string[]
}

/** The next request to each client; empty when the round is over. */
export type Requests = ReadonlyMap<string, Uint8Array>

/**
 * The aggregator's side of one round. It asks (`begin`), takes answers as they come (`accept`) and, when all are there or time
 * is up, continues with those it has (`close`): a client that has not answered has dropped out. Vectors are added as they come
 * and not stored, except in rounds with sketches.
 */
export interface SecureRound {
  readonly stage: SecureStage | 'done'
  begin(): Requests
  /**
   * Takes an answer to the current stage and returns its sender. The same bytes again change nothing. Throws the fault for which
   * the answer is refused; the round continues without it.
   */
  accept(message: Uint8Array): string
  /**
   * The clients that are proved to have signed a sketch of another update than they masked, to have dealt unusable shares, or to
   * have revealed another share than they were dealt. If a sum needed them, there is none.
   */
  readonly liars: readonly string[]
  /** Clients that were asked in this stage and have not answered. */
  missing(): string[]
  /**
   * Ends the stage and returns the next requests; empty after the last stage. Throws `too_few`, `shares_undealt`,
   * `shares_missing`, `shares_unusable` and `sketch_differs`, which end the round without a sum.
   */
  close(): Requests
  /** Throws until the round is done. */
  result(): SecureSum
}

export interface SecureSum extends Sum {
  readonly survivors: readonly string[]
  /** The clients that advertised keys and then dropped out, each with the stage that it did not answer. */
  readonly dropped: readonly { readonly name: string; readonly stage: SecureStage }[]
  /** The clients that answered everything and were left out of the sum. */
  readonly leftOut: readonly string[]
  /** Those of them that contradicted another client about a mask. */
  readonly disputed: readonly string[]
  /** Digest of everything that was agreed. */
  readonly transcript: Uint8Array
  /** What all agreed to, and the signatures under it. */
  readonly agreement: Agreement
  /** SHA-256 of each survivor's masked update as it was signed, by name. */
  readonly digests: ReadonlyMap<string, Uint8Array>
}
