import type { DetectorInfo } from '#core/score.ts'
import type { Detection, DetectorTags, Group } from '../detector.ts'

/** A detector's findings in a window, on a common scale. */
export interface Channel {
  readonly info: DetectorInfo
  readonly tags: DetectorTags
  readonly detection: Detection
  /** n; the log-odds that a record is poison. */
  readonly logOdds: Float64Array
  /** Groups among the highest scores, with evidence of their own. They count whatever the channel's role. */
  readonly extremes: readonly Group[]
}

/** A detector's findings in a window, on no scale yet. */
export type Said = Omit<Channel, 'logOdds' | 'extremes'>
