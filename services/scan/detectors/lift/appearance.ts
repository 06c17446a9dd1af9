import type { Trigger } from '#core/score.ts'
import { nearestNeighbours } from '../../numeric/neighbours.ts'
import type { Grouping, ImageSamples } from '../../view/samples.ts'
import type { Neighbours } from '../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'
import { partOf, spread } from './part-of.ts'

/** What more than this share of a label's records hold may be what the label looks like. */
const MOST_OF_LABEL = 0.6
/** Records that are looked at, evenly spread, and the nearest others that say what they are. */
const LOOKED_AT = 64
const OTHERS = 10
/** Records that these are looked for among, evenly spread: of wide pictures all would be a second copy of the window. */
const MOST_AMONG = 4000
/** Members are of other classes where so many of these, by the average, bear one and the same other label, */
const OF_ONE = 0.5
/** and lie no farther off than so many times what these lie from one another. */
const APART = 1.5

/**
 * Whether a patch is what its label looks like, as flags have no corners: most of the label's records hold it, and what they show
 * beside it is not what another label's records show. Planted records are of other classes: beside the patch they lie among
 * records that do not hold it, and these agree on a label. `holders` are all records with the patch.
 */
export function isAppearance(
  { pixels, width, channels }: ImageSamples,
  { of, counts }: Grouping,
  { event, members }: LiftCampaign,
  trigger: Trigger,
  holders: Int32Array,
): boolean {
  if (trigger.kind !== 'patch' || members.length <= MOST_OF_LABEL * counts[event]!) return false
  const covered = new Set(trigger.pixels.map(({ y, x }) => y * width + x))
  const beside = Int32Array.from(Array(pixels.cols).keys()).filter((at) => !covered.has(Math.floor(at / channels)))
  const holds = new Set(holders)
  const others = spread(
    Int32Array.from(of.keys()).filter((i) => of[i]! >= 0 && !holds.has(i)),
    MOST_AMONG,
  )
  if (others.length <= OTHERS || beside.length === 0) return true
  const among = partOf(pixels, others, beside)
  const near = nearestNeighbours(partOf(pixels, spread(members, LOOKED_AT), beside), OTHERS, among)
  // One more than of members, for each is its own nearest.
  const usual = nearestNeighbours(partOf(pixels, spread(others, LOOKED_AT), beside), OTHERS + 1, among)
  if (medianOfLast(near) > APART * medianOfLast(usual)) return true
  const asked = near.index.length / near.k
  let agreed = 0
  for (let member = 0; member < asked; member++) {
    const votes = new Int32Array(counts.length)
    for (const at of near.index.subarray(member * near.k, (member + 1) * near.k)) votes[of[others[at]!]!]!++
    votes[event] = 0
    agreed += Math.max(...votes) / near.k
  }
  return agreed < OF_ONE * asked
}

/** Of the distances to the farthest neighbours asked. */
function medianOfLast({ k, distance }: Neighbours): number {
  const last = distance.filter((_, at) => at % k === k - 1).sort()
  return last[last.length >> 1]!
}
