import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'

/** Values define a label where at least this share of its records hold one of them, */
const ALL = 0.98
/** and at most this share of those hold two. */
const BOTH = 0.02
/**
 * One value alone defines a label of at least this share of the records, most of whose records hold it: what fewer share
 * may have been planted. Labels and values that somebody replaced leave some that do not (ADR 177).
 */
const ALONE = 0.05
const MOST = 0.85

/**
 * The campaigns without those whose values define a label together (ADR 88). Where at most one of several columns is
 * set (black, hispanic) and the label means that none is (white), the columns and the label are one property written
 * several times. So is a value without which nobody has the label (no glazing, and how it is distributed). A planted value
 * with a label is not all that the label is.
 */
export function withoutDefinitions(
  campaigns: readonly LiftCampaign[],
  tokens: TokenMatrix,
  labels: Grouping,
): readonly LiftCampaign[] {
  const defining = new Set<LiftCampaign>()
  for (const event of new Set(campaigns.map((campaign) => campaign.event))) {
    const own = campaigns.filter((campaign) => campaign.event === event && isOneValue(campaign, tokens))
    const columns = new Set(own.map(({ tokens: [lead] }) => tokens.columns(lead!)[0]))
    const isAlone = columns.size === 1
    const isCommon = labels.counts[event]! >= ALONE * labels.of.length
    if (columns.size < (isCommon ? 1 : 2) || columns.size < own.length) continue
    const held = new Set(own.flatMap(({ members }) => [...members]))
    const inAll = own.reduce((sum, { members }) => sum + members.length, 0)
    if (held.size >= (isAlone ? MOST : ALL) * labels.counts[event]! && inAll - held.size <= BOTH * held.size)
      for (const campaign of own) defining.add(campaign)
  }
  return campaigns.filter((campaign) => !defining.has(campaign))
}

function isOneValue({ tokens: [lead], event }: LiftCampaign, tokens: TokenMatrix): boolean {
  return event >= 0 && lead !== undefined && tokens.columns(lead).length === 1
}
