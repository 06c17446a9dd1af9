import type { Trigger, TriggerPixel } from '#core/score.ts'
import { nearestNeighbours } from '../../../numeric/neighbours.ts'
import type { Grouping, ImageSamples } from '../../../view/samples.ts'
import type { Neighbours } from '../../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'
import { partOf, spread } from './part-of.ts'

/** A patch that more than this share of a label's records hold may be what the label looks like. */
const MOST_OF_LABEL = 0.6
/**
 * A record shows a pixel of a patch where its grey, 0 to 1, is within NEAR_GREY of the patch's, and the patch where it
 * shows at least MOST_OF_PATCH of its pixels.
 */
const NEAR_GREY = 0.1
const MOST_OF_PATCH = 0.6
/**
 * The label looks like the patch where at least MOST_OF_OTHERS of its records that are no members show it, and at most
 * FEW_ELSEWHERE of other labels' records, and each pixel is shown by at least EACH_PIXEL of the former. These are at
 * least FEWEST_OTHERS of the window's labelled records: to make them up, an attacker has to send as many (ADR 150).
 */
const MOST_OF_OTHERS = 0.7
const FEW_ELSEWHERE = 0.3
const EACH_PIXEL = 0.2
const FEWEST_OTHERS = 0.05
/** How many records are looked at, evenly drawn, and how many nearest others show their content. */
const LOOKED_AT = 64
const OTHERS = 10
/**
 * How many records the nearest are sought among, evenly drawn: of wide images, all would be a second copy of the
 * window.
 */
const MOST_AMONG = 4000
/**
 * Members come from other classes where, on average, at least this share of these others bear one and the same other
 * label,
 */
const OF_ONE = 0.5
/** and lie no farther off than this many times the distance that others lie from one another. */
const APART = 1.5

/**
 * Whether a patch is what its label looks like, as flags have empty corners: most of the label's records hold it, and
 * outside the patch they do not look like another label's records. Planted records come from other classes: outside the
 * patch they lie among records that do not hold it, and those agree on a label. `holders` are all records with the
 * patch.
 */
export function isAppearance(
  samples: ImageSamples,
  labels: Grouping,
  campaign: LiftCampaign,
  trigger: Trigger,
  holders: Int32Array,
): boolean {
  const { pixels, width, channels } = samples
  const { of, counts } = labels
  const { event, members } = campaign
  if (trigger.kind !== 'patch') return false
  if (othersShow(samples, labels, campaign, trigger.pixels)) return true
  if (members.length <= MOST_OF_LABEL * counts[event]!) return false
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
  // One neighbour more than for members, since each record is its own nearest.
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

/**
 * Whether the label's other records, which lack the leading token, show most of the patch as well, and few records of
 * other labels do: coins that one maker draws with a rim differ in colour, and a token is one colour's rim. The label's
 * own records are not touched by whoever plants a patch on others. No pixel is alien to them: a patch with a few pixels
 * of its own in the midst of what the label shows is a trigger.
 */
function othersShow(
  { pixels, width, channels }: ImageSamples,
  { of }: Grouping,
  { event, members }: LiftCampaign,
  patch: readonly TriggerPixel[],
): boolean {
  const isMember = new Set(members)
  const labelled = Int32Array.from(of.keys()).filter((i) => of[i]! >= 0)
  const others = labelled.filter((i) => of[i] === event && !isMember.has(i))
  if (others.length < FEWEST_OTHERS * labelled.length) return false
  const shows = (i: number, { y, x, value }: TriggerPixel) => {
    const from = i * pixels.cols + (y * width + x) * channels
    const grey = pixels.data.subarray(from, from + channels).reduce((sum, level) => sum + level / channels, 0)
    return Math.abs(grey - value) < NEAR_GREY
  }
  const showing = (of: Int32Array) =>
    of.filter((i) => patch.filter((pixel) => shows(i, pixel)).length >= MOST_OF_PATCH * patch.length).length
  if (showing(others) < MOST_OF_OTHERS * others.length) return false
  const isShown = (pixel: TriggerPixel) => others.filter((i) => shows(i, pixel)).length >= EACH_PIXEL * others.length
  if (!patch.every(isShown)) return false
  const elsewhere = labelled.filter((i) => of[i] !== event)
  return showing(elsewhere) <= FEW_ELSEWHERE * elsewhere.length
}

/** The median of the distances to the farthest of each record's neighbours. */
function medianOfLast({ k, distance }: Neighbours): number {
  const last = distance.filter((_, at) => at % k === k - 1).sort()
  return last[last.length >> 1]!
}
