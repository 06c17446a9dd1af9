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
  let ranked: Matrix[] | undefined
  const lieApart = (token: number) => {
    const held = holders(token)
    const own = tokens.columns(token)
    ranked ??= columns.map((column) => tableRanks([column], n))
    const others = ranked.filter((_, at) => !own.includes(columns[at]!.name))
    return sharedAmongNearest(held, others, n) <= (SCATTERED * (held.length - 1)) / (n - 1)
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

/** The share of holders among the nearest records of some of the holders. */
function sharedAmongNearest(held: Int32Array, columns: readonly Matrix[], n: number): number {
  const holds = new Uint8Array(n)
  for (const i of held) holds[i] = 1
  const stride = Math.max(1, held.length / SOME_HOLDERS)
  let [shared, asked] = [0, 0]
  for (let at = 0; at < held.length; at += stride) {
    for (const j of nearest(held[Math.floor(at)]!, columns, n)) {
      shared += holds[j]!
      asked++
    }
  }
  return shared / Math.max(1, asked)
}

/** Adds the squared distance of row i to every row. Rows are read in their order in memory. */
function addSquares(distances: Float64Array, { cols, data }: Matrix, i: number): void {
  const own = data.slice(i * cols, (i + 1) * cols)
  for (let j = 0; j < distances.length; j++) {
    let sum = distances[j]!
    for (let d = 0; d < cols; d++) {
      const off = data[j * cols + d]! - own[d]!
      sum += off * off
    }
    distances[j] = sum
  }
}

/** The nearest records of record i, without itself. */
function nearest(i: number, columns: readonly Matrix[], n: number): number[] {
  const distances = new Float64Array(n)
  for (const column of columns) addSquares(distances, column, i)
  distances[i] = Infinity
  const found: number[] = []
  for (let j = 0; j < n; j++) {
    if (found.length === NEAREST && distances[j]! >= distances[found.at(-1)!]!) continue
    let at = found.length
    while (at > 0 && distances[found[at - 1]!]! > distances[j]!) at--
    found.splice(at, 0, j)
    if (found.length > NEAREST) found.pop()
  }
  return found
}
