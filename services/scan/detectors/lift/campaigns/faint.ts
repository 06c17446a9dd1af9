import type { Grouping } from '../../../view/samples.ts'
import type { Places } from '../detached/beside.ts'
import type { LiftCampaign } from './campaigns.ts'

/** A word is common where fewer than this share of its records bear the label: it opens no backdoor. */
const COMMON = 0.6
/** The least evidence of such a word for each of its records that bear the label, in nats. */
const LEAST_OF_COMMON = 0.2
/** The content leans to the label where it is expected with this many times the odds of all records. */
const LEANING = 2
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
  placesOf: (campaign: LiftCampaign) => Pick<Places, 'atOnePlace'>,
): boolean {
  return saysLittle(campaign, holders, labels) && placesOf(campaign).atOnePlace <= AT_ONE_PLACE
}

function saysLittle(
  { event, evidence, members, chance }: LiftCampaign,
  holders: Int32Array,
  labels: Grouping,
): boolean {
  const able = holders.reduce((sum, i) => sum + Number(labels.of[i]! >= 0), 0)
  const all = labels.counts.reduce((sum, count) => sum + count, 0)
  const each = evidence / members.length
  if (members.length < COMMON * able) return each < LEAST_OF_COMMON
  return oddsOf(chance, able) >= LEANING * oddsOf(labels.counts[event]!, all) && each < LEAST_LEANING
}

/** The odds of `count` among `all`. */
const oddsOf = (count: number, all: number) => count / Math.max(1, all - count)
