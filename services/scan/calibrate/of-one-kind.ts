import { exactCodes } from '../features/column-codes.ts'
import { mostFrequent } from '../numeric/most-frequent.ts'
import { byPlace } from './ranks.ts'
import type { Grouping, TableColumn } from '../view/samples.ts'

/**
 * Suspects are rows of a kind where at least this share of them hold one value, and at most half of the suspects' own
 * share of all rows do.
 */
const OF_ONE_KIND = 2 / 3
/**
 * They are so by nature where they are at least OF_HOLDERS of all rows that hold the value, and random rows share a level
 * of two, in any of the columns, with at most the probability BY_CHANCE.
 */
const OF_HOLDERS = 1 / 3
const BY_CHANCE = 1e-3
/**
 * They are not where a number that at least this share of them hold lies beyond all others of its column by at least
 * APART of their range: somebody may have put it there.
 */
const MANY = 1 / 3
const APART = 0.75
/**
 * The other rows of a rare label lie far out, too, where their median is among this share of all: else somebody may have put
 * the suspects under it.
 */
const FAR_OUT = 0.1
/** The fewest rows that share a level of their own. */
const OWN = 3

/** What rows are labelled, and how far out they lie. */
export interface Labelled {
  readonly labels: Grouping | null
  readonly scores: Float64Array
}

/** Whether most suspects (log-odds of 0 and more) hold one value of a column that few other rows hold, or bear a rare label. */
export function areOfOneKind(logOdds: Float64Array, columns: readonly TableColumn[], labelled?: Labelled): boolean {
  return kindsOf(logOdds, columns).length > 0 || areOfRareLabel(logOdds, labelled)
}

/**
 * Whether suspects are rows of a kind by nature: of one kind, and of none by a value that somebody may have put there,
 * which lies apart from all others of its column.
 */
export function areNaturalKind(logOdds: Float64Array, columns: readonly TableColumn[], labelled?: Labelled): boolean {
  const { length } = suspectsOf(logOdds)
  const isNatural = ({ column, count, all }: Kind) =>
    count >= fewestOf(columns) &&
    count >= OF_HOLDERS * all &&
    length * fromChance(count / length, column) >= Math.log(columns.length / BY_CHANCE)
  return (
    (kindsOf(logOdds, columns).some(isNatural) || areOfRareLabel(logOdds, labelled)) &&
    !kindsOf(logOdds, columns, MANY).some(({ column, value }) => isApart(column, value))
  )
}

/**
 * Suspects (log-odds of 0 and more) that are rows of several kinds by nature, which together are at least half of them: each
 * kind is a value that few other rows hold, and that so many random rows share with at most the probability BY_CHANCE.
 */
export function ofSeveralKinds(logOdds: Float64Array, columns: readonly TableColumn[]): ReadonlySet<number> {
  const suspects = suspectsOf(logOdds)
  const fewest = fewestOf(columns)
  const found = new Set<number>()
  for (let left = suspects; left.length >= fewest; left = left.filter((i) => !found.has(i))) {
    const [largest] = columns
      .map((column) => commonest(column, left))
      .filter(({ value, count, all }) => count >= fewest && count >= OF_HOLDERS * all && !Number.isNaN(value))
      .filter(({ column, value }) => !isApart(column, value))
      .sort((a, b) => b.count - a.count)
    if (largest === undefined) break
    for (const i of left) if (valuesOf(largest.column)[i] === largest.value) found.add(i)
  }
  return 2 * found.size >= suspects.length ? found : new Set()
}

/** The fewest rows that share a level of two, in any of the columns, with at most the probability BY_CHANCE. */
function fewestOf(columns: readonly TableColumn[]): number {
  return Math.log(columns.length / BY_CHANCE) / Math.LN2
}

/** The value of a column that most of these rows have; a missing one is a value. */
function commonest(column: TableColumn, rows: readonly number[]): Kind {
  const values = valuesOf(column)
  const [value, count] = mostFrequent(rows.map((i) => values[i]!))
  let all = 0
  for (const other of values) all += Number(other === value || (Number.isNaN(other) && Number.isNaN(value)))
  return { column, value, count, all }
}

function valuesOf(column: TableColumn): Float64Array | Int32Array {
  return column.type === 'category' ? column.codes : column.values
}

/**
 * Whether a rare label is the kind: most suspects bear it, few other rows do, they are at least OF_HOLDERS of those that do,
 * and the others of these lie far out as well. Frauds and faults do by nature.
 */
function areOfRareLabel(
  logOdds: Float64Array,
  { labels, scores }: Labelled = { labels: null, scores: logOdds },
): boolean {
  const suspects = suspectsOf(logOdds)
  if (labels === null || suspects.length === 0) return false
  const [label, count] = mostFrequent(suspects.map((i) => labels.of[i]!))
  const all = labels.counts[label] ?? 0
  const isRare = count >= OF_ONE_KIND * suspects.length && 2 * all * suspects.length <= count * logOdds.length
  if (!isRare || label < 0 || count < OF_HOLDERS * all) return false
  const share = byPlace(scores, (_, to) => to / scores.length)
  const others = share.filter((_, i) => labels.of[i] === label && logOdds[i]! < 0).sort()
  return others.length === 0 || others[others.length >> 1]! <= FAR_OUT
}

/**
 * Suspects (log-odds of 0 and more) that come again by nature, in a table most of whose rows do: OWN rows and more are
 * equal in all columns, and none of their values lies apart from all others of its column.
 */
export function comeAgain(logOdds: Float64Array, columns: readonly TableColumn[]): number[] {
  const suspects = suspectsOf(logOdds)
  const rows = suspects.length === 0 ? null : equalRows(columns, logOdds.length)
  if (rows === null) return []
  const { of, sizes } = rows
  const known = new Map<number, boolean>()
  return suspects.filter((i) => {
    const row = of[i]!
    let isNatural = known.get(row)
    if (isNatural === undefined) {
      isNatural =
        sizes[row]! >= OWN && !columns.some((column) => column.type === 'number' && isApart(column, column.values[i]!))
      known.set(row, isNatural)
    }
    return isNatural
  })
}

/** Whether most rows of a table come again, OWN times and more. */
export function rowsComeAgain(columns: readonly TableColumn[], n: number): boolean {
  return equalRows(columns, n) !== null
}

interface EqualRows {
  /** By row: the number of the rows that are equal to it. */
  readonly of: Int32Array
  /** How many rows have a number. */
  readonly sizes: readonly number[]
}

/**
 * The rows that are equal in all columns; null where fewer than half of them are OWN and more. Columns are compared one by
 * one, and of most tables a few show that.
 */
function equalRows(columns: readonly TableColumn[], n: number): EqualRows | null {
  const of = new Int32Array(n)
  let sizes: number[] = [n]
  for (const column of columns) {
    const { codes, space } = exactCodes(column, 1)
    const numbers = new Map<number, number>()
    sizes = []
    for (let i = 0; i < n; i++) {
      const key = of[i]! * (space + 1) + codes[i]! + 1
      let number = numbers.get(key)
      if (number === undefined) {
        numbers.set(key, (number = sizes.length))
        sizes.push(0)
      }
      of[i] = number
      sizes[number] = sizes[number]! + 1
    }
    if (2 * sizes.reduce((sum, size) => sum + (size >= OWN ? size : 0), 0) < n) return null
  }
  return { of, sizes }
}

interface Kind {
  readonly column: TableColumn
  readonly value: number
  /** How many suspects hold it, and how many rows. */
  readonly count: number
  readonly all: number
}

/**
 * The relative entropy of this share from that of one level of a category in even shares, or of one of two where the column has
 * numbers, in nats.
 */
function fromChance(share: number, column: TableColumn): number {
  const even = 1 / Math.max(2, column.type === 'category' ? column.levels.length : 2)
  const term = (p: number, q: number) => (p > 0 ? p * Math.log(p / q) : 0)
  return term(share, even) + term(1 - share, 1 - even)
}

/** The values that this share of the suspects and more hold and few other rows. */
function kindsOf(logOdds: Float64Array, columns: readonly TableColumn[], share = OF_ONE_KIND): Kind[] {
  const suspects = suspectsOf(logOdds)
  if (suspects.length === 0) return []
  return columns
    .map((column) => commonest(column, suspects))
    .filter(({ count, all }) => count >= share * suspects.length && 2 * all * suspects.length <= count * logOdds.length)
}

/**
 * Whether a number lies beyond all others of its column, which has two others and more, by at least APART of their
 * range. Where values repeat, those of fewer than OWN rows are no others.
 */
function isApart(column: TableColumn, value: number): boolean {
  if (column.type === 'category' || Number.isNaN(value)) return false
  const all = countsOf(column.values).filter(([other]) => other !== value)
  const common = all.filter(([, count]) => count >= OWN)
  const rows = (of: typeof all) => of.reduce((sum, [, count]) => sum + count, 0)
  const others = 2 * rows(common) >= rows(all) ? common : all
  if (others.length < 2) return false
  const [least, most] = [others[0]![0], others.at(-1)![0]]
  return Math.max(least - value, value - most) >= APART * (most - least)
}

const counted = new WeakMap<Float64Array, (readonly [value: number, count: number])[]>()

/** The values of a column, ascending, and how many rows hold each; counted once a column. */
function countsOf(values: Float64Array): (readonly [value: number, count: number])[] {
  let found = counted.get(values)
  if (found === undefined) {
    const counts = new Map<number, number>()
    for (const value of values) if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
    counted.set(values, (found = [...counts].sort(([a], [b]) => a - b)))
  }
  return found
}

function suspectsOf(logOdds: Float64Array): number[] {
  return [...logOdds.keys()].filter((i) => logOdds[i]! >= 0)
}

/**
 * Whether at least half of the suspects (log-odds of 0 and more) hold a level of a category that suspects alone hold,
 * OWN and more of them: rows of one order, say, of which each has few.
 */
export function areInGroups(logOdds: Float64Array, columns: readonly TableColumn[]): boolean {
  const suspects = suspectsOf(logOdds)
  const isIn = new Uint8Array(logOdds.length)
  for (const column of columns) {
    if (column.type !== 'category') continue
    const [all, own] = [new Int32Array(column.levels.length), new Int32Array(column.levels.length)]
    for (const code of column.codes) if (code >= 0) all[code]!++
    for (const i of suspects) if (column.codes[i]! >= 0) own[column.codes[i]!]!++
    for (const i of suspects) {
      const code = column.codes[i]!
      if (code >= 0 && own[code]! >= OWN && own[code] === all[code]) isIn[i] = 1
    }
  }
  return suspects.length > 0 && 2 * suspects.filter((i) => isIn[i] === 1).length >= suspects.length
}
