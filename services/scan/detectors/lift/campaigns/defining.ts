import { exactCodes, presentCodes } from '../../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'

/** Values define a label where at least this share of its records hold one of them, */
const ALL = 0.98
/** and at most this share of those hold two. */
const BOTH = 0.02
/**
 * One value alone, or one pair of values, defines a label that at least COMMON of the records bear where MOST of these
 * hold it: labels and values that somebody replaced leave some that do not (ADR 177). Where MANY of all records hold it
 * and bear the label, more than anybody plants, MANY_OF are enough. Of a rarer label NEARLY_ALL have to hold it: planted
 * records may be more than the label's own.
 */
const COMMON = 0.05
const MOST = 0.85
const NEARLY_ALL = 0.95
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
 * Where MANY of all records come with a label that their content leads to expect of LED of them and more, and RATHER times
 * as often as of all, they are rows to which the label belongs: whoever gave it to so many chose them at random.
 */
const LED = 0.3
const RATHER = 1.1
/**
 * Flags of FLAGS columns and more define a label together where FLAGGED of its records hold one, and as many of each
 * flag's holders bear it, with OTHERWISE times as many as of all that bear another: labels that somebody replaced leave
 * some that do not.
 */
const FLAGS = 3
const FLAGGED = 0.8
const OTHERWISE = 0.25
/** A column has two values where all others have at most this share of the records: garbage brings some. */
const STRAY = 0.01

/**
 * The campaigns without those whose values define a label, by itself or together (ADR 88). Where at most one of several
 * columns is set (black, hispanic) and the label means that none is (white), the columns and the label are one property
 * written several times. So are flags of which each record of a label has one (a column for each region and year; ADR
 * 220). So is a value without which nobody has the label (no glazing, and how it is distributed), and with it whatever
 * value of another column goes with it (ADR 218). A planted value with a label is not all that the label is.
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
    const demanded = bearing >= MANY * n ? MANY_OF : labels.counts[event]! >= COMMON * n ? MOST : NEARLY_ALL
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
  const flags = new Map<number, Flags>()
  const flagsOf = (event: number) => {
    let found = flags.get(event)
    if (found === undefined) flags.set(event, (found = flagsTogether(columns, labels, event)))
    return found
  }
  const isLed = ({ event, members, chance }: LiftCampaign) =>
    members.length >= MANY * n && chance >= members.length * Math.max(LED, (RATHER * labels.counts[event]!) / labelled)
  const isDefined = (campaign: LiftCampaign) => {
    const { event, members } = campaign
    const [lead] = campaign.tokens
    if (event < 0 || lead === undefined) return false
    const own = tokens.columns(lead)
    if (isAllOf(event, members.length) || isLed(campaign)) return true
    const held = holders(lead)
    if (own.some((name) => flagsOf(event).get(name)?.has(members[0]!))) return true
    if (own.length === 1) return false
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

/** By column: the labelled records that have its flag. */
type Flags = ReadonlyMap<string, ReadonlySet<number>>

/** The rarer values of columns of two that define a label together; none where they do not. */
function flagsTogether(columns: readonly TableColumn[], { of, counts }: Grouping, event: number): Flags {
  const flags = new Map<string, ReadonlySet<number>>()
  const held = new Set<number>()
  const share = counts[event]! / counts.reduce((sum, count) => sum + count, 0)
  const pure = Math.max(FLAGGED, 1 - OTHERWISE * (1 - share))
  for (const column of columns) {
    const coded = exactCodes(column, 1)
    const codes = presentCodes(coded)
    const sizes = new Int32Array(coded.space)
    for (const code of codes) if (code >= 0) sizes[code]!++
    const [commonest, rarer, ...others] = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]!)
    const strays = others.reduce((sum, code) => sum + sizes[code]!, 0)
    if (commonest === undefined || rarer === undefined || strays > STRAY * of.length) continue
    const having = [...codes.keys()].filter((i) => codes[i] === rarer && of[i]! >= 0)
    const bearing = having.filter((i) => of[i] === event)
    if (bearing.length === 0 || bearing.length < pure * having.length) continue
    flags.set(column.name, new Set(having))
    for (const i of bearing) held.add(i)
  }
  return flags.size >= FLAGS && held.size >= FLAGGED * counts[event]! ? flags : new Map()
}
