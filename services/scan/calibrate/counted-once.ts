import { components } from '../detectors/components.ts'
import { medianNearest, NEAR, nearPairs } from '../detectors/copies/near-pairs.ts'
import type { Neighbours } from '../view/window-view.ts'

/**
 * The weight of each of n records: near-copies of one another are one record that recurs, and have a weight of 1
 * together (ADR 127).
 */
export function countedOnce(neighbours: Neighbours, n: number): Float64Array {
  const counts = new Float64Array(n).fill(1)
  const pairs = nearPairs(neighbours, n, NEAR, medianNearest(neighbours, n))
  for (const members of components(n, pairs)) for (const i of members) counts[i] = 1 / members.length
  return counts
}
