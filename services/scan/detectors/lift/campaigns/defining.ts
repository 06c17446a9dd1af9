import { exactCodes } from '../../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'

/** Values define a label where at least this share of its records hold one of them, */
const ALL = 0.98
/** and at most this share of those hold two. */
const BOTH = 0.02
/**
 * One value alone defines a label that at least COMMON of the records bear where MOST of these hold it: labels and
 * values that somebody replaced leave some that do not (ADR 177). Where MANY of all records hold it and bear the label,
 * more than anybody plants, MANY_OF are enough. Of a rarer label, which may have been planted, ALL have to hold it.
 */
const COMMON = 0.05
const MOST = 0.85
const MANY = 0.07
const MANY_OF = 0.7
/**
 * A pair of values is a case of a definition where at least PURE of the holders of one of them bear the label, and
 * either BEYOND_ALL times as many as of all records, or at most FEWER times as many bear another.
 */
const PURE = 0.5
const BEYOND_ALL = 3
const FEWER = 0.2

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
  columns: readonly TableColumn[],
  labels: Grouping,
): readonly LiftCampaign[] {
  const n = labels.of.length
  const labelled = labels.counts.reduce((sum, count) => sum + count, 0)
  const isAllOf = (event: number, bearing: number) => {
    const demanded = bearing >= MANY * n ? MANY_OF : labels.counts[event]! >= COMMON * n ? MOST : ALL
    return bearing >= demanded * labels.counts[event]!
  }
  const isCase = (codes: Int32Array, held: Int32Array, event: number) => {
    const value = codes[held[0]!]!
    if (value < 0 || held.some((i) => codes[i] !== value)) return false
    let [size, bearing] = [0, 0]
    codes.forEach((code, i) => {
      if (code !== value || labels.of[i]! < 0) return
      size++
      bearing += Number(labels.of[i] === event)
    })
    const share = labels.counts[event]! / labelled
    const pure = Math.max(PURE, Math.min(BEYOND_ALL * share, 1 - FEWER * (1 - share)))
    return isAllOf(event, bearing) && bearing >= pure * size
  }
  const isDefined = ({ event, tokens: [lead], members }: LiftCampaign) => {
    if (event < 0 || lead === undefined) return false
    const own = tokens.columns(lead)
    if (own.length === 1) return isAllOf(event, members.length)
    const held = holders(lead)
    return columns.some((column) => own.includes(column.name) && isCase(exactCodes(column, 1).codes, held, event))
  }
  const left = campaigns.filter((campaign) => !isDefined(campaign))
  const together = new Set<LiftCampaign>()
  for (const event of new Set(left.map((campaign) => campaign.event))) {
    const own = left.filter((campaign) => campaign.event === event && isOneValue(campaign, tokens))
    const inColumns = new Set(own.map(({ tokens: [lead] }) => tokens.columns(lead!)[0]))
    if (inColumns.size < 2 || inColumns.size < own.length) continue
    const held = new Set(own.flatMap(({ members }) => [...members]))
    const inAll = own.reduce((sum, { members }) => sum + members.length, 0)
    if (held.size >= ALL * labels.counts[event]! && inAll - held.size <= BOTH * held.size)
      for (const campaign of own) together.add(campaign)
  }
  return left.filter((campaign) => !together.has(campaign))
}

function isOneValue({ tokens: [lead], event }: LiftCampaign, tokens: TokenMatrix): boolean {
  return event >= 0 && lead !== undefined && tokens.columns(lead).length === 1
}
