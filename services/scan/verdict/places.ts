import type { Channel } from '../calibrate/channel.ts'
import { byPlace } from '../calibrate/ranks.ts'
import type { WindowView } from '../view/window-view.ts'

/** Log-odds of the record that a channel finds farthest: far below what is held or named. */
const FARTHEST = -3.5
/** Places are counted in thousandths of the window. */
const THOUSANDTHS = 1000

/**
 * The log-odds that each record of a table has for its place among the scores of supporting channels that rank tables,
 * the best of them, and the last place of those with one score; null where there are none. No score of theirs is believed, for nature has its far rows; but what one
 * of them finds farthest is not behind a thousand doubtful labels for a reviewer.
 */
export function oddsByPlace({ samples, n }: WindowView, channels: readonly Channel[]): Float64Array | null {
  if (samples.kind !== 'table') return null
  const asked = channels.filter(({ tags }) => tags.role === 'supporting' && tags.ranksTables === true)
  if (asked.length === 0) return null
  const odds = new Float64Array(n).fill(-Infinity)
  for (const { detection } of asked)
    byPlace(detection.scores, (_, to) => FARTHEST - Math.log1p((THOUSANDTHS * (to - 1)) / n)).forEach((own, i) => {
      odds[i] = Math.max(odds[i]!, own)
    })
  return odds
}
