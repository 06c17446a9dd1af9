import type { DetectorInfo } from '#core/score.ts'
import type { Detection, DetectorTags, Group } from '../detector.ts'

/** A detector's word on a window, made comparable. */
export interface Channel {
  readonly info: DetectorInfo
  readonly tags: DetectorTags
  readonly detection: Detection
  /** n log-odds that the record is poison. */
  readonly logOdds: Float64Array
  /** Groups among its highest scores, with evidence of their own: they act whatever the channel's role. */
  readonly extremes: readonly Group[]
}
