import { components } from '../detectors/components.ts'
import { medianNearest, NEAR, nearPairs } from '../detectors/copies/near-pairs.ts'
import type { Neighbours } from '../view/window-view.ts'

/** What each of n records counts: near-copies of one another are one that comes again, and count as one together. */
export function countedOnce(neighbours: Neighbours, n: number): Float64Array {
  const counts = new Float64Array(n).fill(1)
  const pairs = nearPairs(neighbours, n, NEAR, medianNearest(neighbours, n))
  for (const members of components(n, pairs)) for (const i of members) counts[i] = 1 / members.length
  return counts
}
