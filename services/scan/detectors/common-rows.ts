import type { TableColumn } from '../view/samples.ts'

/** A column tells of another where so many rows hold its value. */
const FEWEST = 30
/** A share that another column raises counts for less by so many standard errors: the best of many is raised by chance too. */
const ERRORS = 2
const WORD = 32

/**
 * How many rows alike to a group there would be by their values alone: rows of values that are common are alike by nature, as many as there are rows
 * times the share of each value given the column that tells most of it (Chow & Liu 1968, Approximating Discrete Probability Distributions with Dependence
 * Trees). Shares are those of all other rows: copies do not make their own values common.
 */
export function rowsByValues(columns: readonly TableColumn[], n: number): (members: Int32Array) => number {
  return (members) => {
    const others = all(n)
    for (const i of members) others[i >> 5]! &= ~(1 << (i & (WORD - 1)))
    return (
      n *
      shareOf(
        columns.map((column) => withValue(column, members, others)),
        n - members.length,
      )
    )
  }
}

/** The share of rows that hold all values, each given one of those that are rarer. */
function shareOf(held: readonly Uint32Array[], n: number): number {
  const columns = held.map((rows) => ({ rows, count: ones(rows) })).sort((a, b) => a.count - b.count)
  let share = 1
  for (const [at, { rows, count }] of columns.entries()) {
    let likeliest = (count + 0.5) / (n + 1)
    for (const other of columns.slice(0, at)) {
      if (other.count < FEWEST) continue
      const both = onesInBoth(rows, other.rows)
      likeliest = Math.max(likeliest, (both - ERRORS * Math.sqrt(both)) / other.count)
    }
    share *= likeliest
  }
  return share
}

/** Which of the rows hold what the members hold: a value, or a number between theirs. */
function withValue(column: TableColumn, members: Int32Array, rows: Uint32Array): Uint32Array {
  const held = new Uint32Array(rows.length)
  const values = column.type === 'category' ? (column.values ?? column.codes) : column.values
  let [least, most] = [Infinity, -Infinity]
  for (const i of members) {
    least = Math.min(least, values[i]!)
    most = Math.max(most, values[i]!)
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if ((value >= least && value <= most) || (Number.isNaN(least) && Number.isNaN(value)))
      held[i >> 5]! |= 1 << (i & (WORD - 1))
  }
  for (let word = 0; word < held.length; word++) held[word]! &= rows[word]!
  return held
}

function all(n: number): Uint32Array {
  const rows = new Uint32Array(Math.ceil(n / WORD)).fill(0xffffffff)
  if (n % WORD > 0) rows[rows.length - 1] = 2 ** (n % WORD) - 1
  return rows
}

function ones(rows: Uint32Array): number {
  let sum = 0
  for (const row of rows) sum += onesIn(row)
  return sum
}

function onesInBoth(a: Uint32Array, b: Uint32Array): number {
  let sum = 0
  for (let word = 0; word < a.length; word++) sum += onesIn(a[word]! & b[word]!)
  return sum
}

function onesIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
