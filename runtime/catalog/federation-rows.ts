import type { ClientPasts } from './client-pasts.ts'
import type { Lease } from './lease.ts'

export interface FederationRow {
  readonly name: string
  /** 32 random bytes, hex: what every message of the federation is bound to. */
  readonly session: string
  /** The epoch key that the aggregator's identity is derived from. */
  readonly kid: string
}

export interface ParticipantRow {
  readonly name: string
  /** Ed25519, hex. */
  readonly publicKey: string
  /** A suspended client is not asked, and may be asked again; a revoked one never is. */
  readonly state: 'enrolled' | 'suspended' | 'revoked'
  readonly enrolledAt: Date
}

export type RoundState = 'open' | 'committed' | 'rolledBack' | 'aborted'

/** The noise of a round, as the accountant is told of it. */
export interface RoundNoise {
  readonly noise: number
  readonly sampling: number
}

export interface NewRound {
  readonly round: number
  readonly asked: readonly string[]
  readonly noise: RoundNoise | null
  /** SHA-256 of the model that the round begins with, hex. */
  readonly model: string
}

export interface RoundClient {
  readonly client: string
  readonly ruling: 'counted' | 'clipped' | 'held' | 'rejected' | 'missing'
  /** In deviations above the bulk of the round; 0 where updates are not seen. */
  readonly score: number
  /** The probability that the client poisons, as far as its updates say; null where they are not seen. */
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
  /** What its clients were asked last; null before the first stage. */
  readonly stage: string | null
  readonly why: string | null
  readonly epsilon: number | null
  readonly manifest: number | null
  readonly openedAt: Date
  readonly endedAt: Date | null
}

export interface ClientRound extends Omit<RoundClient, 'client'> {
  readonly round: number
  /** Null where it was not held. */
  readonly standing: 'held' | 'cleared' | null
}

export interface HeldClient extends RoundClient {
  readonly federation: string
  readonly round: number
  readonly standing: 'held' | 'cleared'
}

export interface FederationCatalog extends ClientPasts {
  /** The federation as whoever began it first made it. Throws `conflict` (`name_taken`) where there are windows of a dataset of this name. */
  begin(federation: FederationRow): Promise<FederationRow>
  get(name: string): Promise<FederationRow | null>
  /**
   * The same name and key again change nothing. Throws `conflict`: `enrolled_differently` where an enrolled name has another key,
   * `key_taken` where the key was ever enrolled under another name, or was revoked.
   */
  enrol(federation: string, name: string, publicKey: string): Promise<ParticipantRow>
  /** Suspends, lets back in or revokes. Throws `not_found`, and `conflict` (`revoked`) where the client is revoked. */
  setState(federation: string, name: string, state: ParticipantRow['state'], reason: string): Promise<void>
  participants(federation: string): Promise<ParticipantRow[]>
  /**
   * Opens the round after the last, under the aggregator's lease. Throws `conflict`: `lease_lost`; `round_taken` where another
   * round is open or the number was given; `catalog_behind` where it is beyond the next.
   */
  open(federation: string, round: NewRound, lease: Lease): Promise<void>
  /** What the open round's clients are asked now. */
  stage(federation: string, round: number, stage: string): Promise<void>
  /** Open → ended. On a round that has ended, changes nothing. */
  end(federation: string, round: number, end: RoundEnd): Promise<void>
  /** The newest first. */
  rounds(federation: string, limit?: number): Promise<RoundRow[]>
  clients(federation: string, round: number): Promise<RoundClient[]>
  /** What became of one client's updates, the newest round first. */
  history(federation: string, client: string): Promise<ClientRound[]>
  /** Clients whose updates were held, the newest first. */
  held(filter: {
    readonly federation?: string | undefined
    readonly standing?: HeldClient['standing']
  }): Promise<HeldClient[]>
  /**
   * A reviewer saw no harm: all that the client is held for is cleared and forgotten, and it is asked again. In how many rounds it was held. `by` is whom the log names, if
   * not this process. Throws `conflict` (`stale`), and changes nothing, where a round holds it that is none of `held`.
   */
  clear(
    federation: string,
    client: string,
    reason: string,
    options?: { readonly by?: string; readonly held?: readonly number[] },
  ): Promise<number>
}
