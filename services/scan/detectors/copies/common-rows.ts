import type { TableColumn } from '../../view/samples.ts'

/** A column tells of another where so many rows hold its value. */
const FEWEST = 30
/** A share that another column raises counts for less by so many standard errors: the best of many is raised by chance too. */
const ERRORS = 2
/** So many of the rarest values are asked what they tell: those that a wide table has besides are the ones that nearly all rows hold. */
const MOST_TELLING = 32
/** Fewer rows than that are none, whatever the other columns say. */
const NONE = 0.1
/** Values of a column whose rows are kept for the next group. */
const MOST_KEPT = 32
/** Rows with values in fewer of the columns are alike in those alone. */
const HALF = 0.5
const WORD = 32

/**
 * How many rows alike to a group there would be by their values alone: rows of values that are common are alike by nature, as many as there are rows
 * times the share of each value given the column that tells most of it (Chow & Liu 1968, Approximating Discrete Probability Distributions with Dependence
 * Trees). Shares are those of all other rows: copies do not make their own values common. What all members lack says nothing where it is most
 * of the columns: such rows are alike in values that are there.
 */
export function rowsByValues(columns: readonly TableColumn[], n: number): (members: Int32Array) => number {
  const kept = new Map(columns.map((column) => [column, new Map<number, Uint32Array>()]))
  return (members) => {
    const others = new Uint32Array(Math.ceil(n / WORD)).fill(0xffffffff)
    for (const i of members) others[i >> 5]! &= ~(1 << (i & (WORD - 1)))
    const filled = columns.filter((column) => !areWithout(column, members))
    const asked = filled.length < HALF * columns.length ? filled : columns
    const held = asked.map((column) => rowsWith(column, members, kept.get(column)!))
    return rowsHolding(held, others, { n, copies: members.length })
  }
}

/** Whether none of some rows has a value in a column. */
export function areWithout(column: TableColumn, rows: Int32Array): boolean {
  return rows.every((i) => (column.type === 'category' ? column.codes[i]! < 0 : Number.isNaN(column.values[i]!)))
}

/** Of so many rows those that hold all values, each given one of those that are rarer, by the shares among the others. */
function rowsHolding(
  held: readonly Uint32Array[],
  others: Uint32Array,
  { n, copies }: { readonly n: number; readonly copies: number },
): number {
  const columns = held.map((rows) => ({ rows, count: onesInAll(rows, others, others) }))
  columns.sort((a, b) => a.count - b.count)
  let expected = n
  for (const [at, { rows, count }] of columns.entries()) {
    if (expected < NONE) break
    let likeliest = (count + 0.5) / (n - copies + 1)
    for (const other of columns.slice(0, Math.min(at, MOST_TELLING))) {
      if (other.count < FEWEST) continue
      const both = onesInAll(rows, other.rows, others)
      likeliest = Math.max(likeliest, (both - ERRORS * Math.sqrt(both)) / other.count)
    }
    expected *= likeliest
  }
  return expected
}

/** Which rows hold what the members hold: a value, a number between theirs, or none where one of them has none. */
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
