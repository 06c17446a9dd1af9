import type { Samples, TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** The records on either side of a value that show how the column goes on there, */
const BESIDE = 40
/** and the fewest that show it. */
const LEAST = 12
/** Records that are remembered, of all tokens together. */
const MOST_KEPT = 2_000_000

/**
 * Whether a token has a stretch of a column of numbers as a part. What labels do over a stretch, alone or with other
 * parts, they do by nature; a trigger's value within the stretch is a token of its own.
 */
export function stretches(
  samples: Samples,
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
): (token: number) => boolean {
  if (samples.kind !== 'table') return () => false
  const columns = new Map(samples.columns.map((column) => [column.name, column]))
  const isStretch = (token: number) =>
    tokens.columns(token).some((name) => {
      const column = columns.get(name)
      return column?.type === 'number' && differ(column.values, holders(token))
    })
  // Each predictor asks for mostly the same tokens.
  const known = new Int8Array(tokens.tokens)
  return (token) => {
    if (known[token] === 0) known[token] = isStretch(token) ? 1 : -1
    return known[token] === 1
  }
}

/** Whether some records have more than one value. Missing cells are one value, not a stretch (ADR 103). */
function differ(values: Float64Array, held: Int32Array): boolean {
  const first = values[held[0]!]!
  for (let at = 1; at < held.length; at++) {
    const value = values[held[at]!]!
    if (value !== first && !(Number.isNaN(value) && Number.isNaN(first))) return true
  }
  return false
}

/**
 * For a token of a table, sets of records that differ from its holders as little as possible: alike in all of its
 * columns but one, and in that one just below, just above, or, for a category, of another level. What the token's
 * values do by nature, these records do as well; what a trigger forces, they do not. Texts and images have no such
 * sets.
 */
export function surroundings(
  samples: Samples,
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
): (token: number) => Int32Array[] {
  if (samples.kind !== 'table') return () => []
  const columns = new Map(samples.columns.map((column) => [column.name, column]))
  const values = new Map<TableColumn, Float64Array>()
  const orders = new Map<TableColumn, Int32Array>()
  const levels = new Map<TableColumn, Int32Array[]>()
  const orderOf = ({ column, values }: Part) => {
    let order = orders.get(column)
    if (!order) orders.set(column, (order = ascending(values)))
    return order
  }
  const found = new Int32Array(tokens.offsets.length - 1)
  const bearing = (part: Part) => {
    const { column, values, low, high } = part
    if (column.type === 'number') {
      const order = orderOf(part)
      return order.subarray(firstFrom(values, order, low), firstFrom(values, order, high, true))
    }
    if (low !== high) return undefined
    let known = levels.get(column)
    if (!known) levels.set(column, (known = byLevel(column.codes, column.levels.length)))
    return known[low]
  }
  const surround = (token: number) => {
    const held = holders(token)
    const parts = tokens.columns(token).flatMap((name) => {
      const column = columns.get(name)
      if (!column) return []
      let of = values.get(column)
      if (!of) values.set(column, (of = column.type === 'number' ? column.values : Float64Array.from(column.codes)))
      return [partOf(column, of, held)]
    })
    return parts.flatMap((part, at) => {
      const others = parts.filter((_, other) => other !== at)
      if (part.column.type === 'category') return others.length > 0 ? besideLevel(part, others, bearing, found) : []
      return besideRange(part, orderOf(part), others)
    })
  }
  // Each predictor asks for those of mostly the same tokens.
  const known = new Map<number, Int32Array[]>()
  let kept = 0
  return (token) => {
    let beside = known.get(token)
    if (beside === undefined) {
      beside = surround(token)
      kept += beside.reduce((sum, { length }) => sum + length, 0)
      if (kept <= MOST_KEPT) known.set(token, beside)
    }
    return beside
  }
}

interface Part {
  readonly column: TableColumn
  /** The column's numbers, or the codes of its levels. */
  readonly values: Float64Array
  readonly low: number
  readonly high: number
}

/** The range of the holders' values in one column: of numbers or of codes. */
function partOf(column: TableColumn, values: Float64Array, held: Int32Array): Part {
  let [low, high] = [Infinity, -Infinity]
  for (let at = 0; at < held.length; at++) {
    low = Math.min(low, values[held[at]!]!)
    high = Math.max(high, values[held[at]!]!)
  }
  return { column, values, low, high }
}

function holdsPart({ values, low, high }: Part, i: number): boolean {
  return values[i]! >= low && values[i]! <= high
}

function holdsAll(parts: readonly Part[], i: number): boolean {
  for (let at = 0; at < parts.length; at++) if (!holdsPart(parts[at]!, i)) return false
  return true
}

/**
 * The records with another level that are alike in all `others`, of which there is at least one; `bearing` returns the
 * records of a part, where an index of them exists. Overwrites `found`, which has room for all records.
 */
function besideLevel(
  part: Part,
  others: readonly Part[],
  bearing: (part: Part) => Int32Array | undefined,
  found: Int32Array,
): Int32Array[] {
  let fewest: Int32Array | undefined
  // The records of the rarest part are walked, so that this part is not checked again.
  let rest = others
  let byValue = false
  for (const other of others) {
    const some = bearing(other)
    if (some === undefined || (fewest !== undefined && some.length >= fewest.length)) continue
    fewest = some
    byValue = other.column.type === 'number'
    rest = others.filter((each) => each !== other)
  }
  const count = putBeside(part, rest, fewest ?? Int32Array.from(found.keys()), found)
  if (count < LEAST) return []
  const beside = found.slice(0, count)
  return [byValue ? beside.sort() : beside]
}

/** Puts those of the records that are alike in `others` and not in the part first into `found`; returns how many these are. */
function putBeside(
  { values, low, high }: Part,
  others: readonly Part[],
  records: Int32Array,
  found: Int32Array,
): number {
  let count = 0
  for (let at = 0; at < records.length; at++) {
    const i = records[at]!
    const value = values[i]!
    if (!(value >= low && value <= high) && holdsAll(others, i)) found[count++] = i
  }
  return count
}

/** The records of each level, ascending. */
function byLevel(codes: Int32Array, levels: number): Int32Array[] {
  const counts = new Int32Array(levels)
  for (const code of codes) if (code >= 0) counts[code]!++
  const records = Array.from(counts, (count) => new Int32Array(count))
  counts.fill(0)
  codes.forEach((code, i) => {
    if (code >= 0) records[code]![counts[code]!++] = i
  })
  return records
}

/** Of the records that are alike in all `others`, the nearest below the part's range, and the nearest above. */
function besideRange({ values, low, high }: Part, order: Int32Array, others: readonly Part[]): Int32Array[] {
  const [below, above]: [number[], number[]] = [[], []]
  if (Number.isNaN(low)) return []
  const from = firstFrom(values, order, low)
  for (let at = from - 1; at >= 0 && below.length < BESIDE; at--) {
    if (holdsAll(others, order[at]!)) below.push(order[at]!)
  }
  for (let at = firstFrom(values, order, high, true); at < order.length && above.length < BESIDE; at++) {
    if (holdsAll(others, order[at]!)) above.push(order[at]!)
  }
  return [below, above].filter((side) => side.length >= LEAST).map((side) => Int32Array.from(side))
}

/** The first position in `order` whose value is at least `from`; with `isMore`, the first whose value is greater. */
function firstFrom(values: Float64Array, order: Int32Array, from: number, isMore = false): number {
  let [low, high] = [0, order.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const value = values[order[middle]!]!
    if (value < from || (isMore && value === from)) low = middle + 1
    else high = middle
  }
  return low
}

/** Indices of the values that are not missing, ascending by value. */
function ascending(values: Float64Array): Int32Array {
  return Int32Array.from(values.keys())
    .filter((i) => !Number.isNaN(values[i]!))
    .sort((a, b) => values[a]! - values[b]! || a - b)
}
