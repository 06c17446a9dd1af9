import type { DetectorInfo } from '#core/score.ts'
import type { Detection } from '../detector.ts'

/** A detector's word on a window, made comparable. */
export interface Channel {
  readonly info: DetectorInfo
  readonly detection: Detection
  /** n log-odds that the record is poison. */
  readonly logOdds: Float64Array
  /** It adds to a record's evidence and takes no part in its risk. */
  readonly supporting: boolean
}
