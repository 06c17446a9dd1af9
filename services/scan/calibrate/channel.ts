import type { DetectorInfo } from '#core/score.ts'
import type { Detection, DetectorTags } from '../detector.ts'

/** A detector's word on a window, made comparable. */
export interface Channel {
  readonly info: DetectorInfo
  readonly tags: DetectorTags
  readonly detection: Detection
  /** n log-odds that the record is poison. */
  readonly logOdds: Float64Array
}
