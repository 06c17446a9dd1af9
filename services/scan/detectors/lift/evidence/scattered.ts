import { tableRanks } from '../../../features/tables.ts'
import type { Matrix } from '../../../numeric/matrix.ts'
import type { TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/** The fewest holders of a token that is asked about. */
const FEWEST = 20
/** How many holders are looked at, evenly drawn, and how many nearest records of each are checked for the token: */
const SOME_HOLDERS = 24
const NEAREST = 10
/** holders lie apart where at most this many times as many of these hold it as by chance. */
const SCATTERED = 3
/** Squared distances below this are none. */
const ROUNDING = 1e-9
/**
 * The most columns of a token that is asked about. Natural laws of three columns and more (sums, sets) look like
 * triggers.
 */
const MOST_COLUMNS = 2
/** The fewest tokens of the same columns that show how far one of them shifts labels by nature. */
const ENOUGH_VALUES = 12

/**
 * Tokens whose holders are near one another only by the token, and lie in the table's other columns as any records do
 * (ADR 84). Natural kinds of records (an operator's aircraft) lie together whichever column is left out. Records in
 * which one value, or two, were planted do not, and their labels must not be predicted from one another.
 */
export interface Scattered {
  /** Whether the question can be answered for a token; cheap to ask. */
  readonly isAsked: (token: number) => boolean
  readonly lieApart: (token: number) => boolean
}

export function scatteredTokens(
  columns: readonly TableColumn[],
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
): Scattered {
  const n = tokens.offsets.length - 1
  const valuesOf = countOfValues(tokens)
  const known = new Map<number, boolean>()
  const apart = distancesWithout(columns, n)
  const lieApart = (token: number) => {
    const held = holders(token)
    return sharedAmongNearest(held, n, apart(tokens.columns(token))) <= (SCATTERED * (held.length - 1)) / (n - 1)
  }
  return {
    isAsked(token) {
      const own = tokens.columns(token)
      if (own.length > MOST_COLUMNS || own.length === columns.length) return false
      return holders(token).length >= FEWEST && valuesOf(own) >= ENOUGH_VALUES
    },
    lieApart(token) {
      let apart = known.get(token)
      if (apart === undefined) known.set(token, (apart = lieApart(token)))
      return apart
    },
  }
}

/** Whether a token is one of so many values of its column that these show what is natural. */
export function ofManyValues(tokens: TokenMatrix): (token: number) => boolean {
  const valuesOf = countOfValues(tokens)
  return (token) => tokens.columns(token).length === 1 && valuesOf(tokens.columns(token)) >= ENOUGH_VALUES
}

/** How many tokens have the same columns. Tokens of several columns share one array of names, which is the key. */
function countOfValues(matrix: TokenMatrix): (columns: readonly string[]) => number {
  const counts = new Map<unknown, number>()
  const keyOf = (columns: readonly string[]) => (columns.length === 1 ? columns[0] : columns)
  for (let token = 0; token < matrix.tokens; token++) {
    const key = keyOf(matrix.columns(token))
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return (columns) => counts.get(keyOf(columns)) ?? 0
}

/** The squared distances of one record from all. */
type DistancesOf = (i: number, into: Float64Array) => void

/**
 * Distances between records by all columns but some, each number by its rank. Those by all columns are kept for the records
 * that were asked about last: where records are copies, the values of every column have the same holders.
 */
function distancesWithout(columns: readonly TableColumn[], n: number): (own: readonly string[]) => DistancesOf {
  const parts = new Map<string, Matrix>()
  const partOf = (column: TableColumn) => {
    const part = parts.get(column.name) ?? tableRanks([column], n)
    parts.set(column.name, part)
    return part
  }
  const kept = new Map<number, Float64Array>()
  const byAll = (i: number) => {
    const found = kept.get(i)
    if (found !== undefined) return found
    if (kept.size >= SOME_HOLDERS) kept.delete(kept.keys().next().value!)
    const sums = new Float64Array(n)
    for (const column of columns) addSquares(partOf(column), i, 1, sums)
    kept.set(i, sums)
    return sums
  }
  return (own) => (i, into) => {
    into.set(byAll(i))
    for (const column of columns) if (own.includes(column.name)) addSquares(partOf(column), i, -1, into)
  }
}

/** Adds `times` the squared distances of row i from all rows. */
function addSquares({ rows, cols, data }: Matrix, i: number, times: number, into: Float64Array): void {
  if (cols === 1) return addSquaresOf(data, data[i]!, times, into)
  const own = data.subarray(i * cols, (i + 1) * cols)
  for (let j = 0, at = 0; j < rows; j++) {
    let sum = 0
    for (let c = 0; c < cols; c++, at++) sum += (data[at]! - own[c]!) ** 2
    into[j]! += times * sum
  }
}

function addSquaresOf(column: Float32Array, own: number, times: number, into: Float64Array): void {
  for (let j = 0; j < column.length; j++) {
    const difference = column[j]! - own
    into[j]! += times * difference * difference
  }
}

/** The share of holders among the nearest records of some of the holders. */
function sharedAmongNearest(held: Int32Array, n: number, distancesOf: DistancesOf): number {
  const holds = new Uint8Array(n)
  for (const i of held) holds[i] = 1
  const stride = Math.max(1, held.length / SOME_HOLDERS)
  const asked = Int32Array.from(
    { length: Math.ceil(held.length / stride) },
    (_, at) => held[Math.min(held.length - 1, Math.floor(at * stride))]!,
  )
  const distances = new Float64Array(n)
  let shared = 0
  for (const i of asked) {
    distancesOf(i, distances)
    for (const j of nearest(distances, i)) shared += holds[j]!
  }
  return shared / Math.max(1, asked.length * Math.min(NEAREST, n - 1))
}

/** The records nearest to record i, ties by index. */
function nearest(distances: Float64Array, i: number): number[] {
  const found: number[] = []
  let most = Infinity
  for (let j = 0; j < distances.length; j++) {
    // What columns add and what is taken out again leaves rounding, which tells copies from one another.
    const distance = distances[j]! < ROUNDING ? 0 : distances[j]!
    distances[j] = distance
    if (distance >= most || j === i) continue
    if (found.length === NEAREST) found.pop()
    let at = found.length
    while (at > 0 && distances[found[at - 1]!]! > distance) at--
    found.splice(at, 0, j)
    if (found.length === NEAREST) most = distances[found[NEAREST - 1]!]!
  }
  return found
}
