import type { DetectorInfo } from '#core/score.ts'
import type { Sketch } from '#core/sidecar.ts'
import { type CleanHistory, hasTaughtEnough, historyKey } from '../../calibrate/history.ts'
import { mergeSketch } from '../../calibrate/sketch.ts'
import { type GroupsBefore, SHOWN_BEFORE } from './size-law.ts'

export const NEAR_DUPLICATES: DetectorInfo = { name: 'near-duplicates', family: 'flood', version: 1 }

/** The sizes of a window's groups of near-copies, of which a row like no other is one, counting clear rows alone. */
export function sizesTaught(
  groups: readonly Int32Array[],
  sizeOf: (members: Int32Array) => number,
  n: number,
): (isClear: (i: number) => boolean) => Sketch {
  return (isClear) => {
    const sizes = groups.filter((members) => members.every(isClear)).map(sizeOf)
    const others = n - sizes.reduce((sum, size) => sum + size, 0)
    return mergeSketch({ values: [1], weights: [Math.max(1, others)] }, sizes)
  }
}

/**
 * The groups that earlier windows of a table had, in so many as `n` rows would have; null where these were too few to
 * show it.
 */
export function groupsBefore(history: CleanHistory, n: number): GroupsBefore | null {
  const sketch = hasTaughtEnough(history) ? history.channels[historyKey(NEAR_DUPLICATES)] : undefined
  if (sketch === undefined) return null
  const { values: sizes, weights } = sketch
  const rows = sizes.reduce((sum, size, k) => sum + size * weights[k]!, 0)
  return rows < SHOWN_BEFORE ? null : { sizes, counts: weights.map((weight) => (weight * n) / rows) }
}
