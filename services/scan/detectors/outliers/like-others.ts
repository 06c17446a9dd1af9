import { areOfOneKind } from '../../calibrate/of-one-kind.ts'
import { countBelow } from '../../numeric/sorted.ts'
import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'

/** Rows differ from the others when a mean rank deviates farther than chance brings about in one of so many tables. */
const ONE_IN = 20
/** They differ, too, when chance draws so few labels, or levels of a category, in at most one of so many tables, */
const FEW_IN = 100
/** or when chance spreads values so unevenly in at most one of so many tables. */
const BUNCHED_IN = 200

/** Terms of Kuiper's series, which converges from LEAST_REACH on. */
const TERMS = 20
const LEAST_REACH = 0.4

/**
 * Members are whole units where at least MOSTLY of them have a value of one column that at least UNIT rows have, of which
 * at least MOSTLY are members: a city in each of its years.
 */
const UNIT = 3
const MOSTLY = 2 / 3

/**
 * Whether the members are like all rows in the columns `others` and in their labels: their mean rank and its spread are
 * usual in each column of numbers, they share no value and no label that few other rows have, chance would draw as few
 * different labels and levels (ADR 213), and they are no whole units (ADR 167).
 */
export function areLikeOthers(
  members: Int32Array,
  n: number,
  others: readonly TableColumn[],
  labels: Grouping | null,
): boolean {
  const of = new Float64Array(n).fill(-1)
  for (const i of members) of[i] = 1
  if (areOfOneKind(of, others) || others.some((column) => areUnits(of, column))) return false
  const label: TableColumn[] =
    labels === null ? [] : [{ name: '', type: 'category', codes: labels.of, levels: labels.names }]
  if (areOfOneKind(of, label)) return false
  const kinds = [...label, ...others].flatMap((column) => (column.type === 'category' ? [column.codes] : []))
  if (kinds.some((codes) => chanceOfSoFew(codes, members) * FEW_IN * kinds.length < 1)) return false
  const numbers = others.filter((column): column is NumberColumn => column.type === 'number')
  const bar = Math.sqrt(2 * Math.log(ONE_IN * Math.max(1, numbers.length)))
  const isBunched = (values: Float64Array) => chanceOf(values, members) * BUNCHED_IN * numbers.length < 1
  return numbers.every(({ values }) => Math.abs(rankDeviation(values, members)) <= bar && !isBunched(values))
}

/** Whether members (0 and more) are mostly units of the column. */
function areUnits(of: Float64Array, column: TableColumn): boolean {
  const values = column.type === 'category' ? column.codes : column.values
  const rows = new Map<number, { members: number; all: number }>()
  of.forEach((is, i) => {
    const value = values[i]!
    if (Number.isNaN(value) || (column.type === 'category' && value < 0)) return
    const unit = rows.get(value) ?? { members: 0, all: 0 }
    rows.set(value, { members: unit.members + Number(is >= 0), all: unit.all + 1 })
  })
  let [members, inUnits] = [0, 0]
  for (const unit of rows.values()) {
    members += unit.members
    if (unit.all >= UNIT && unit.members >= MOSTLY * unit.all) inUnits += unit.members
  }
  return members > 0 && inUnits >= MOSTLY * members
}

/**
 * At most how often chance draws so many rows with so few different levels: the levels may be any of as many, and all
 * rows are of these. Two countries of a table of many are no rows of their own (ADR 213).
 */
function chanceOfSoFew(codes: Int32Array, members: Int32Array): number {
  const counts = new Map<number, number>()
  for (const code of codes) if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1)
  const known = members.filter((i) => codes[i]! >= 0)
  const borne = new Set(Array.from(known, (i) => codes[i]!))
  let [all, ofThese, ways, chosen] = [0, 0, 1, 0]
  for (const count of counts.values()) all += count
  for (const code of borne) {
    ofThese += counts.get(code)!
    ways *= (counts.size - chosen) / (chosen + 1)
    chosen++
  }
  return all === 0 ? 1 : ways * (ofThese / all) ** known.length
}

/**
 * By how many standard errors the members' mean rank differs from the mean of all (Wilcoxon 1945); missing values are
 * left out.
 */
function rankDeviation(values: Float64Array, members: Int32Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const known = Array.from(members, (i) => values[i]!).filter((value) => !Number.isNaN(value))
  if (known.length === 0) return 0
  let sum = 0
  for (const value of known)
    sum += (countBelow(sorted, value, false) + countBelow(sorted, value, true)) / 2 / sorted.length - 0.5
  return sum * Math.sqrt(12 / known.length)
}

/** How often chance draws so many rows whose values lie so differently from those of all rows (Kuiper 1960). */
function chanceOf(values: Float64Array, members: Int32Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const known = Float64Array.from(members, (i) => values[i]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const m = known.length
  if (m === 0) return 1
  let [above, below] = [0, 0]
  for (const value of known) {
    const ahead = (isUpTo: boolean) =>
      countBelow(known, value, isUpTo) / m - countBelow(sorted, value, isUpTo) / sorted.length
    above = Math.max(above, ahead(true))
    below = Math.max(below, -ahead(false))
  }
  const reach = (Math.sqrt(m) + 0.155 + 0.24 / Math.sqrt(m)) * (above + below)
  let chance = 0
  for (let j = 1; j <= TERMS; j++) chance += 2 * (4 * j * j * reach * reach - 1) * Math.exp(-2 * j * j * reach * reach)
  return reach < LEAST_REACH ? 1 : chance
}
