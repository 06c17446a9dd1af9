import type { ClientPasts } from './client-pasts.ts'
import type { Lease } from './lease.ts'

export interface FederationRow {
  readonly name: string
  /** 32 random bytes, hex; every message of the federation is bound to them. */
  readonly session: string
  /** The epoch key from which the aggregator's identity is derived. */
  readonly kid: string
}

export interface ParticipantRow {
  readonly name: string
  /** Ed25519, hex. */
  readonly publicKey: string
  /** A suspended client is not asked but may be again; a revoked one never is. */
  readonly state: 'enrolled' | 'suspended' | 'revoked'
  readonly enrolledAt: Date
}

export type RoundState = 'open' | 'committed' | 'rolledBack' | 'aborted'

/** The noise of a round, as the accountant needs it. */
export interface RoundNoise {
  readonly noise: number
  readonly sampling: number
}

export interface NewRound {
  readonly round: number
  readonly asked: readonly string[]
  readonly noise: RoundNoise | null
  /** SHA-256 of the model at the beginning of the round, hex. */
  readonly model: string
}

export interface RoundClient {
  readonly client: string
  readonly ruling: 'counted' | 'clipped' | 'held' | 'rejected' | 'missing'
  /** In deviations above the bulk of the round; 0 if updates are not seen. */
  readonly score: number
  /** The probability that the client poisons, as far as its updates show; null if they are not seen. */
  readonly risk: number | null
  /** Sentences for a person. */
  readonly why: readonly string[]
}

export interface RoundEnd {
  readonly state: Exclude<RoundState, 'open'>
  readonly why: string | null
  /** SHA-256 of the model after the round, hex. */
  readonly model: string
  readonly epsilon: number | null
  /** Place of the round's link in the federation's chain. */
  readonly manifest: number
  readonly clients: readonly RoundClient[]
}

export interface RoundRow extends NewRound {
  readonly state: RoundState
  /** The last stage that its clients were asked for; null before the first. */
  readonly stage: string | null
  readonly why: string | null
  readonly epsilon: number | null
  readonly manifest: number | null
  readonly openedAt: Date
  readonly endedAt: Date | null
}

export interface ClientRound extends Omit<RoundClient, 'client'> {
  readonly round: number
  /** Null if it was not held. */
  readonly standing: 'held' | 'cleared' | null
}

export interface HeldClient extends RoundClient {
  readonly federation: string
  readonly round: number
  readonly standing: 'held' | 'cleared'
}

export interface FederationCatalog extends ClientPasts {
  /** The federation as it was first begun. Throws `conflict` (`name_taken`) if a dataset of this name has windows. */
  begin(federation: FederationRow): Promise<FederationRow>
  get(name: string): Promise<FederationRow | null>
  /**
   * Enrols a client; repeating it with the same name and key changes nothing. Throws `conflict`: `enrolled_differently` if the
   * name has another key, `key_taken` if the key was ever enrolled under another name, or was revoked.
   */
  enrol(federation: string, name: string, publicKey: string): Promise<ParticipantRow>
  /** Suspends, readmits or revokes. Throws `not_found`, and `conflict` (`revoked`) if the client is revoked. */
  setState(federation: string, name: string, state: ParticipantRow['state'], reason: string): Promise<void>
  participants(federation: string): Promise<ParticipantRow[]>
  /**
   * Opens the round after the last, under the aggregator's lease. Throws `conflict`: `lease_lost`; `round_taken` if another
   * round is open or the number was used; `catalog_behind` if it is beyond the next.
   */
  open(federation: string, round: NewRound, lease: Lease): Promise<void>
  /** Stores the stage that the open round's clients are asked for. */
  stage(federation: string, round: number, stage: string): Promise<void>
  /** Open → ended. Changes nothing on a round that has ended. */
  end(federation: string, round: number, end: RoundEnd): Promise<void>
  /** The latest first. */
  rounds(federation: string, limit?: number): Promise<RoundRow[]>
  clients(federation: string, round: number): Promise<RoundClient[]>
  /** The outcomes of one client's updates, the latest round first. */
  history(federation: string, client: string): Promise<ClientRound[]>
  /** Clients whose updates were held, the latest first. */
  held(filter: {
    readonly federation?: string | undefined
    readonly standing?: HeldClient['standing']
  }): Promise<HeldClient[]>
  /**
   * Records that a reviewer saw no harm: everything that the client is held for is cleared and forgotten, and it is asked again.
   * Returns in how many rounds it was held. `by` is the actor for the log, if not this process. Throws `conflict` (`stale`), and
   * changes nothing, if the client is held for a round that is not in `held`.
   */
  clear(
    federation: string,
    client: string,
    reason: string,
    options?: { readonly by?: string; readonly held?: readonly number[] },
  ): Promise<number>
}
