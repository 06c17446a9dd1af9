import { sha256Hex } from '#core/hash.ts'
import type { Aggregation } from './aggregate.ts'
import type { NoisyRounds } from './privacy/accountant.ts'
import type { Verdict } from './validate/verdict.ts'

/** The port to the storage of models and records of rounds. An adapter neither retries nor logs. */
export interface ModelStore {
  /** The model of the last committed round, or else the initial model. */
  head(): Promise<StoredModel>
  /**
   * Opens a round. A round that was opened is never opened again, whatever its end, so this is called before any client is
   * asked. Throws `conflict` if another round is open or this is not the next one.
   */
  open(round: OpenedRound): Promise<void>
  /** Records of all rounds so far, in order. */
  records(): Promise<readonly RoundRecord[]>
  /**
   * Stores a round's record and, if there is one, its model: both or neither, and once. Storing the same record again changes
   * nothing. Throws `conflict` (`committed_differently`) if the round has another record or is not the next one.
   */
  commit(record: RoundRecord, model: Float64Array | null): Promise<void>
}

export interface OpenedRound extends Pick<RoundRecord, 'round' | 'before' | 'noise'> {
  readonly asked: readonly string[]
}

export interface StoredModel {
  readonly values: Float64Array
  /** SHA-256 over the values as little-endian doubles, hex. */
  readonly sha256: string
}

/** How a round ended. It is stored for failed rounds too. */
export interface RoundRecord {
  readonly round: number
  /** `committed`: it made a model; `rolledBack`: its model was refused by the gate; `aborted`: it made no model. */
  readonly state: 'committed' | 'rolledBack' | 'aborted'
  /** Why it was rolled back or aborted. */
  readonly why: string | null
  /** SHA-256 of the model before and after, hex; both are the same unless a model was committed. */
  readonly before: string
  readonly after: string
  readonly counted: readonly string[]
  readonly missing: Aggregation['missing']
  readonly verdicts: readonly Verdict[]
  readonly saturated: number
  readonly clipped: number | null
  readonly transcript: string | null
  readonly digests: Aggregation['digests']
  readonly agreement: Aggregation['agreement']
  /** The round's noise, which spends the clients' privacy; null without noise. */
  readonly noise: NoisyRounds | null
  /** The privacy (ε) spent up to and including this round; null without noise or budget. */
  readonly epsilon: number | null
}

/** SHA-256 over little-endian doubles, hex. */
export function digestOf(model: Float64Array): string {
  return sha256Hex(new Uint8Array(model.buffer, model.byteOffset, model.byteLength))
}
