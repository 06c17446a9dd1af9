import type { Contract } from '#core/contract.ts'
import type { Policy } from '#core/decision.ts'
import type { Effort } from '#core/score.ts'

/** How a window of a dataset is to be judged. */
export interface ScanSettings {
  readonly contract: Contract
  readonly policy: Policy
  readonly seed: number
  readonly effort: Effort
  /** The user's own model, in place of the probe. */
  readonly model?: string | undefined
  /** After how many windows of the dataset a memory is made; null where nothing is remembered. */
  readonly every: number | null
  /** Modules with the user's own detectors. */
  readonly detectors?: readonly string[] | undefined
}
