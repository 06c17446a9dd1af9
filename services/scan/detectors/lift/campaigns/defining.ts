import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'

/** Values define a label where at least this share of its records hold one of them, */
const ALL = 0.98
/** and at most this share of those hold two. */
const BOTH = 0.02
/**
 * One value alone defines a label of at least COMMON of the records, MOST of whose records hold it, or one that so many
 * hold as nobody plants, and MANY_OF it does: labels and values that somebody replaced leave some that do not (ADR 177).
 * What fewer share may have been planted, and defines a label that hardly anybody else bears.
 */
const COMMON = 0.05
const MOST = 0.85
const MANY = 0.07
const MANY_OF = 0.7
/** A pair of values is a case of a definition where at least this share of the holders of one of them bear the label. */
const PURE = 0.85

/**
 * The campaigns without those whose values define a label, by itself or together (ADR 88). Where at most one of several
 * columns is set (black, hispanic) and the label means that none is (white), the columns and the label are one property
 * written several times. So is a value without which nobody has the label (no glazing, and how it is distributed), and
 * with it whatever value of another column goes with it (ADR 218). A planted value with a label is not all that the
 * label is.
 */
export function withoutDefinitions(
  campaigns: readonly LiftCampaign[],
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
  labels: Grouping,
): readonly LiftCampaign[] {
  const n = labels.of.length
  const isDefinition = (token: number, event: number, isPair: boolean) => {
    const held = holders(token)
    const bearing = held.reduce((sum, i) => sum + Number(labels.of[i] === event), 0)
    const demanded = bearing >= MANY * n ? MANY_OF : labels.counts[event]! >= COMMON * n ? MOST : ALL
    return bearing >= demanded * labels.counts[event]! && (!isPair || bearing >= PURE * held.length)
  }
  const isDefined = (campaign: LiftCampaign) => {
    const values = valuesOf(campaign, tokens, holders)
    const isPair = values[0] !== campaign.tokens[0]
    return values.some((token) => isDefinition(token, campaign.event, isPair))
  }
  const defining = new Set(campaigns.filter(isDefined))
  const left = campaigns.filter((campaign) => !defining.has(campaign))
  for (const event of new Set(left.map((campaign) => campaign.event))) {
    const own = left.filter((campaign) => campaign.event === event && isOneValue(campaign, tokens))
    const columns = new Set(own.map(({ tokens: [lead] }) => tokens.columns(lead!)[0]))
    if (columns.size < 2 || columns.size < own.length) continue
    const held = new Set(own.flatMap(({ members }) => [...members]))
    const inAll = own.reduce((sum, { members }) => sum + members.length, 0)
    if (held.size >= ALL * labels.counts[event]! && inAll - held.size <= BOTH * held.size)
      for (const campaign of own) defining.add(campaign)
  }
  return campaigns.filter((campaign) => !defining.has(campaign))
}

/** The single values that the records of a campaign share: its own, or those that its pair is of. */
function valuesOf(
  { tokens: [lead], event }: LiftCampaign,
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
): number[] {
  if (event < 0 || lead === undefined) return []
  const columns = tokens.columns(lead)
  if (columns.length < 2) return columns.length === 1 ? [lead] : []
  const own = holders(lead)
  const values: number[] = []
  for (let token = 0; token < tokens.tokens; token++) {
    const [column, ...more] = tokens.columns(token)
    if (more.length > 0 || column === undefined || !columns.includes(column)) continue
    const held = new Set(holders(token))
    if (own.every((i) => held.has(i))) values.push(token)
  }
  return values
}

function isOneValue({ tokens: [lead], event }: LiftCampaign, tokens: TokenMatrix): boolean {
  return event >= 0 && lead !== undefined && tokens.columns(lead).length === 1
}
