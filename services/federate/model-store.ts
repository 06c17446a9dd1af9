import { sha256Hex } from '#core/hash.ts'
import type { Aggregation } from './aggregate.ts'
import type { NoisyRounds } from './privacy/accountant.ts'
import type { Verdict } from './validate/verdict.ts'

/** The port to where models and the records of rounds are kept. An adapter neither retries nor logs. */
export interface ModelStore {
  /** The model that the last committed round made, or the one that the federation began with. */
  head(): Promise<StoredModel>
  /**
   * A round that was begun is never begun again, whatever becomes of it: called before anybody is asked. Throws `conflict` where
   * another is open or it is not the next.
   */
  open(round: OpenedRound): Promise<void>
  /** Records of all rounds so far, in order. */
  records(): Promise<readonly RoundRecord[]>
  /**
   * Keeps a round's record, and the model where it made one: both or neither, and once. The same record again changes nothing.
   * Throws `conflict` (`committed_differently`) where the round has another record, or is not the next one.
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

/** How a round ended. It is kept whatever the end: a round that failed is a round that happened. */
export interface RoundRecord {
  readonly round: number
  /** `committed` made a model; `rolledBack` made one that its gate refused; `aborted` made none. */
  readonly state: 'committed' | 'rolledBack' | 'aborted'
  /** Why it was rolled back or aborted. */
  readonly why: string | null
  /** SHA-256 of the model before and after, hex; the same where none was made. */
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
  /** What it spent of the clients' privacy; null without noise. */
  readonly noise: NoisyRounds | null
  /** All that was spent up to and with this round; null without noise or budget. */
  readonly epsilon: number | null
}

/** SHA-256 over little-endian doubles, hex. */
export function digestOf(model: Float64Array): string {
  return sha256Hex(new Uint8Array(model.buffer, model.byteOffset, model.byteLength))
}
