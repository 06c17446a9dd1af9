import { exactCodes } from '../../../features/column-codes.ts'
import type { Matrix } from '../../../numeric/matrix.ts'
import { ascendingPlaces, presentIn } from '../../../numeric/sorted.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { LiftCampaign } from '../campaigns/campaigns.ts'

/** A column of more different values is read in PARTS parts of as many records each. */
const VALUES = 12
const PARTS = 8
/** As if this many members had the values that the others have. */
const DOUBT = 4
/**
 * A column belongs to the trigger where at least SHARED of the members have one value, and others have it at most half
 * as often.
 */
const SHARED = 0.85
/** Members whose posterior is at least this share of the highest are asked: of the others their content says the label. */
const SURE = 0.8
/**
 * The rest tells members apart where it does so at least this well (area under the curve), and this many standard errors
 * better than chance.
 */
const TOLD = 0.6
const ERRORS = 3.7
/** The content of natural bearers leads to expect their label of at least this share of them. */
const EXPECTED = 0.1
/** Fewer records on either side show nothing. */
const FEWEST = 6

/** The records with a value that come with one label, the `event`; how likely the value made it theirs, and how many were expected. */
export type Bearers = Pick<LiftCampaign, 'event' | 'members' | 'posterior' | 'chance'>

/**
 * Whether the rest of their rows tells a value's bearers from the records of other labels (ADR 254). Whoever puts a
 * value into records and changes their labels takes them from the other labels, and all that he left is as theirs.
 * Records that have a value by nature have others that go with it: who has no children is young. A naive Bayes
 * classifier of members and others is asked, each record left out once, without the trigger's columns; others count as
 * often as `expected`, n × K, leads to expect their labels of the members, so that one who strikes a single label gains
 * nothing.
 * Who strikes records that are alike, in the midst of other labels, is not believed either: natural bearers are beside
 * records of their label.
 */
export function isToldByRest(
  { event, members, posterior, chance }: Bearers,
  own: readonly string[],
  columns: readonly TableColumn[],
  labels: Grouping,
  expected: Matrix,
): boolean {
  if (chance < EXPECTED * members.length) return false
  const bar = SURE * posterior.reduce((most, p) => Math.max(most, p), 0)
  const inside = members.filter((i, at) => labels.of[i] === event && posterior[at]! >= bar)
  const outside = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! >= 0 && labels.of[i] !== event)
  if (inside.length < FEWEST || outside.length < FEWEST) return false
  const weights = weightsOf(inside, outside, event, labels, expected)
  const rest = columns.filter((column) => !own.includes(column.name) && !isShared(column, inside, outside))
  if (rest.length < 2) return false
  const told = rest
    .map((column) => toldBy(partsOf(column), { inside, outside, weights }))
    .sort((a, b) => b.area - a.area)
  const [odds, others] = [new Float64Array(inside.length), new Float64Array(outside.length)]
  for (const column of told.slice(1)) {
    column.odds.forEach((l, at) => (odds[at]! += l))
    column.others.forEach((l, at) => (others[at]! += l))
  }
  const area = areaUnder(odds, others, weights)
  const count = sum(weights) ** 2 / sum(weights.map((w) => w * w))
  const error = Math.sqrt((inside.length + count + 1) / (12 * inside.length * count))
  return area >= TOLD && area - ERRORS * error >= 0.5
}

/** Each other record's weight: what is expected of the members' labels, shared among the records of that label. */
function weightsOf(
  inside: Int32Array,
  outside: Int32Array,
  event: number,
  { of, names }: Grouping,
  { cols, data }: Matrix,
): Float64Array {
  const due = names.map((_, label) =>
    label === event ? 0 : sum(Float64Array.from(inside, (i) => data[i * cols + label]!)),
  )
  const sizes = new Int32Array(names.length)
  for (const i of outside) sizes[of[i]!]!++
  const all = sum(due)
  return Float64Array.from(outside, (i) => (due[of[i]!]! / Math.max(all, 1e-12) / sizes[of[i]!]!) * outside.length)
}

interface Parts {
  readonly codes: Int32Array
  readonly space: number
}

/** A column as a few parts: its values, or the eighths of its numbers; the last part has none. */
function partsOf(column: TableColumn): Parts {
  const exact = exactCodes(column, 1)
  if (column.type === 'category' || exact.space <= VALUES) return exact
  const { sorted, places } = ascendingPlaces(column.values)
  const codes = new Int32Array(sorted.length).fill(PARTS)
  const present = presentIn(sorted)
  for (let from = 0; from < present;) {
    let to = from + 1
    while (to < present && sorted[to] === sorted[from]) to++
    const part = Math.floor((PARTS * (from + to)) / (2 * present))
    for (let at = from; at < to; at++) codes[places[at]!] = Math.min(PARTS - 1, part)
    from = to
  }
  return { codes, space: PARTS + 1 }
}

/** Whether members have one value of a column, and few others have it. */
function isShared(column: TableColumn, inside: Int32Array, outside: Int32Array): boolean {
  const { codes, space } = exactCodes(column, 1)
  const counts = new Int32Array(space)
  for (const i of inside) counts[codes[i]!]!++
  const code = counts.reduce((most, count, at) => (count > counts[most]! ? at : most), 0)
  const count = counts[code]!
  if (count < SHARED * inside.length) return false
  const others = outside.reduce((sum, i) => sum + Number(codes[i] === code), 0)
  return 2 * others * inside.length <= count * outside.length
}

interface Sides {
  readonly inside: Int32Array
  readonly outside: Int32Array
  readonly weights: Float64Array
}

/** By how many nats a record's value is likelier among members, by all records but itself; and how well that tells them apart. */
function toldBy({ codes, space }: Parts, { inside, outside, weights }: Sides) {
  const [counts, usual] = [new Float64Array(space), new Float64Array(space).fill(0.5)]
  for (const i of inside) counts[codes[i]!]!++
  outside.forEach((i, at) => (usual[codes[i]!]! += weights[at]!))
  const all = sum(usual)
  const said = (k: number, own: number, weight: number) =>
    Math.log((((counts[k]! - own) * (all - weight)) / (usual[k]! - weight) + DOUBT) / (inside.length - own + DOUBT))
  const odds = Float64Array.from(inside, (i) => said(codes[i]!, 1, 0))
  const others = Float64Array.from(outside, (i, at) => said(codes[i]!, 0, weights[at]!))
  // Of one column with few values, records left out are told from one another by that alone.
  const [plain, plainly] = [inside, outside].map((of) => Float64Array.from(of, (i) => said(codes[i]!, 0, 0)))
  return { odds, others, area: areaUnder(plain!, plainly!, weights) }
}

/** How often a member has higher odds than another record, ties halved. */
function areaUnder(odds: Float64Array, others: Float64Array, weights: Float64Array): number {
  const all = new Float64Array(odds.length + others.length)
  all.set(odds)
  all.set(others, odds.length)
  const { sorted, places } = ascendingPlaces(all)
  let [below, area, total] = [0, 0, 0]
  for (let from = 0; from < all.length;) {
    let [to, members, weight] = [from, 0, 0]
    for (; to < all.length && sorted[to] === sorted[from]; to++) {
      const at = places[to]! - odds.length
      if (at < 0) members++
      else weight += weights[at]!
    }
    area += members * (below + weight / 2)
    below += weight
    total += weight
    from = to
  }
  return area / (odds.length * total)
}

function sum(of: Iterable<number>): number {
  let all = 0
  for (const value of of) all += value
  return all
}
