/**
 * What becomes of an update.
 * - `accept`: it counts as it is.
 * - `clip`: it counts, shortened.
 * - `hold`: it does not count until a person has looked at it.
 * - `reject`: it is no update, and cannot count.
 */
export type Ruling = 'accept' | 'clip' | 'hold' | 'reject'

export interface Verdict {
  readonly client: string
  readonly ruling: Ruling
  /** The strongest suspicion, in deviations above the bulk of the round; 0 for what was rejected unseen. */
  readonly score: number
  /** The probability that the client poisons, as far as its updates say. Absent where updates are not seen, or could not be compared. */
  readonly risk?: number | undefined
  /** Sentences for a person, the strongest first; empty for what is accepted. */
  readonly why: readonly string[]
}
