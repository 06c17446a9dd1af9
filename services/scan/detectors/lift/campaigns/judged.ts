import type { Matrix } from '../../../numeric/matrix.ts'
import type { LiftCampaign } from './campaigns.ts'

/**
 * The campaign with its members' posteriors recomputed from `expected`, n × K, which predicts better than what found
 * the campaign. The finder must not have seen the trigger, and predicts badly: to it, a record that holds the trigger
 * and bears its label by nature is like a planted one. `expected` may have learnt the trigger, which does no harm here:
 * the share of planted holders is estimated as the unexplained members over what the predictor leaves open. `of` are
 * the labels, `holders` all records with the leading token.
 */
export function judgedMembers(
  campaign: LiftCampaign,
  holders: Int32Array,
  of: Int32Array,
  expected: Matrix,
): LiftCampaign {
  const { event, members } = campaign
  const likely = (i: number) => expected.data[i * expected.cols + event]!
  const able = holders.filter((i) => of[i]! >= 0)
  const chance = able.reduce((sum, i) => sum + likely(i), 0)
  const open = able.length - chance
  const rate = Math.min(0.999, Math.max(0, members.length - chance) / Math.max(1, open))
  return { ...campaign, posterior: Float64Array.from(members, (i) => rate / (rate + (1 - rate) * likely(i))) }
}
