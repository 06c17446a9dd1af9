import type { TableColumn } from '../../view/samples.ts'

/** Rows that must hold a value for it to predict the value of another column. */
const FEWEST = 30
/**
 * Standard errors by which a share given another column is lowered before the best of many columns is chosen: the best
 * one is raised by chance.
 */
const ERRORS = 2
/** The rarest values are tried as predictors, at most so many: in a wide table nearly all rows hold the others. */
const MOST_TELLING = 32
/** Expected rows below which the remaining columns are not read. */
const NONE = 0.1
/** Values of a column whose rows are kept for the next group. */
const MOST_KEPT = 32
/** Rows with values in a smaller share of the columns are compared in these columns alone. */
const HALF = 0.5
/** Rows per number of a bit set. */
const WORD = 32

/**
 * Returns how many rows would be like a group's by their values alone: rows of common values are alike by nature. The
 * number is the number of rows times the share of each value, given the column that predicts it best (Chow & Liu 1968,
 * Approximating Discrete Probability Distributions with Dependence Trees). Shares are counted among all other rows,
 * because copies must not make their own values common. Where the members lack values in most columns, only the columns
 * with values count. `lowered`: shares are taken as low as they may be. Several of them in a row make the number too
 * small, and as they are it is too large.
 */
export function rowsByValues(
  columns: readonly TableColumn[],
  n: number,
  lowered = true,
): (members: Int32Array) => number {
  const kept = new Map(columns.map((column) => [column, new Map<number, Uint32Array>()]))
  return (members) => {
    const others = new Uint32Array(Math.ceil(n / WORD)).fill(0xffffffff)
    for (const i of members) others[i >> 5]! &= ~(1 << (i & (WORD - 1)))
    const filled = columns.filter((column) => !areWithout(column, members))
    const asked = filled.length < HALF * columns.length ? filled : columns
    const held = asked.map((column) => rowsWith(column, members, kept.get(column)!))
    return rowsHolding(held, others, { n, copies: members.length, lowered })
  }
}

/** Whether none of some rows has a value in a column. */
export function areWithout(column: TableColumn, rows: Int32Array): boolean {
  return rows.every((i) => (column.type === 'category' ? column.codes[i]! < 0 : Number.isNaN(column.values[i]!)))
}

/**
 * How many of n rows are expected to hold all values, each value given a rarer one, by the shares among the other rows.
 */
function rowsHolding(
  held: readonly Uint32Array[],
  others: Uint32Array,
  { n, copies, lowered }: { readonly n: number; readonly copies: number; readonly lowered: boolean },
): number {
  const columns = held.map((rows) => ({ rows, count: onesInAll(rows, others, others) }))
  columns.sort((a, b) => a.count - b.count)
  let expected = n
  for (const [at, { rows, count }] of columns.entries()) {
    if (expected < NONE) break
    let likeliest = (count + 0.5) / (n - copies + 1)
    let share = likeliest
    for (const other of columns.slice(0, Math.min(at, MOST_TELLING))) {
      if (other.count < FEWEST) continue
      const both = onesInAll(rows, other.rows, others)
      const least = (both - ERRORS * Math.sqrt(both)) / other.count
      if (least <= likeliest) continue
      likeliest = least
      share = lowered ? least : both / other.count
    }
    expected *= share
  }
  return expected
}

/** The rows, as bits, with a value from the members' least to their greatest, or with none where a member has none. */
function rowsWith(column: TableColumn, members: Int32Array, kept: Map<number, Uint32Array>): Uint32Array {
  const values = column.type === 'category' ? (column.values ?? column.codes) : column.values
  let [least, most] = [Infinity, -Infinity]
  let isMissing = false
  for (const i of members) {
    const value = values[i]!
    if (Number.isNaN(value)) {
      isMissing = true
      continue
    }
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  const isOneValue = least === most && !isMissing
  const known = isOneValue ? kept.get(least) : undefined
  if (known !== undefined) return known
  const rows = new Uint32Array(Math.ceil(values.length / WORD))
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if ((value >= least && value <= most) || (isMissing && Number.isNaN(value))) rows[i >> 5]! |= 1 << (i & (WORD - 1))
  }
  if (isOneValue && kept.size < MOST_KEPT) kept.set(least, rows)
  return rows
}

function onesInAll(a: Uint32Array, b: Uint32Array, c: Uint32Array): number {
  let sum = 0
  for (let word = 0; word < a.length; word++) sum += onesIn(a[word]! & b[word]! & c[word]!)
  return sum
}

function onesIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
