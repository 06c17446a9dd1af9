/**
 * What happens to an update.
 * - `accept`: it counts unchanged.
 * - `clip`: it counts, shortened.
 * - `hold`: it does not count until a person has decided.
 * - `reject`: it is not a valid update and cannot count.
 */
export type Ruling = 'accept' | 'clip' | 'hold' | 'reject'

export interface Verdict {
  readonly client: string
  readonly ruling: Ruling
  /** The strongest suspicion, in deviations above the bulk of the round; 0 for an update that was rejected before comparison. */
  readonly score: number
  /**
   * The probability that the client poisons, as far as its updates show. Absent if updates are not seen or could not be
   * compared.
   */
  readonly risk?: number | undefined
  /** Sentences for a person, the strongest first; empty if the update is accepted. */
  readonly why: readonly string[]
}
