import type { Matrix } from '../../numeric/matrix.ts'
import type { LiftCampaign } from './campaigns.ts'

/**
 * The campaign with its members' posteriors by `expected`, n × K, which is sharper than what found it. What found it must not
 * have seen the trigger and is blunt: to it, a record that holds the trigger by nature and bears its own label is a member like the
 * planted ones. A predictor that has learnt the trigger is not misled here: the share of holders that were planted is
 * what it leaves unexplained, of what it leaves open. `of` are the labels, `holders` all who hold the leading token.
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
