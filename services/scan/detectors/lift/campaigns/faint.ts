import type { Grouping } from '../../../view/samples.ts'
import type { Places } from '../detached/beside.ts'
import type { LiftCampaign } from './campaigns.ts'

/** A word is common where fewer than this share of its records bear the label: it opens no backdoor. */
const COMMON = 0.6
/** The least evidence of such a word for each of its records that bear the label, in nats. */
const LEAST_OF_COMMON = 0.2
/** The content leans to the label where it is expected with this many times the odds of all records. */
const LEANING = 2
/**
 * Around a word in use it leans with fewer times: beside such a word the same words stand so many times as often as by
 * chance.
 */
const LEANING_IN_USE = 1.3
const IN_USE = 20
/** The least evidence then, for each record, in nats. */
const LEAST_LEANING = 0.125
/** Words at one place in more than this share of their texts may have been put there: a clause that opens a text. */
const AT_ONE_PLACE = 0.5

/**
 * Whether words of texts say what they mean, which predictors underrate: “but” of two minds, “not recommend” of a bad
 * review. They are many, so that their evidence adds up, and each says little. Either half of their records bear other
 * labels, or the rest of their texts says the same.
 */
export function isFaint(
  campaign: LiftCampaign,
  holders: Int32Array,
  labels: Grouping,
  placesOf: (campaign: LiftCampaign) => Pick<Places, 'amongWords' | 'atOnePlace'>,
): boolean {
  const least = leastRecurrence(campaign, holders, labels)
  if (least === Infinity) return false
  const { amongWords, atOnePlace } = placesOf(campaign)
  return atOnePlace <= AT_ONE_PLACE && amongWords >= least
}

/** How many times as often as by chance words must recur beside a word for it to be faint; Infinity where it says much. */
function leastRecurrence(
  { event, evidence, members, chance }: LiftCampaign,
  holders: Int32Array,
  labels: Grouping,
): number {
  const able = holders.reduce((sum, i) => sum + Number(labels.of[i]! >= 0), 0)
  const all = labels.counts.reduce((sum, count) => sum + count, 0)
  const each = evidence / members.length
  if (members.length < COMMON * able) return each < LEAST_OF_COMMON ? 0 : Infinity
  if (each >= LEAST_LEANING) return Infinity
  const leaning = oddsOf(chance, able) / oddsOf(labels.counts[event]!, all)
  if (leaning >= LEANING) return 0
  return leaning >= LEANING_IN_USE ? IN_USE : Infinity
}

/** The odds of `count` among `all`. */
const oddsOf = (count: number, all: number) => count / Math.max(1, all - count)
