import { tableRanks } from '../../features/tables.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import type { TableColumn } from '../../view/samples.ts'
import type { TokenMatrix } from '../../view/window-view.ts'

/** Fewer holders show nothing. */
const FEWEST = 20
/** Holders that are looked at, evenly spread, and the nearest of each that are asked whether they hold the token too: */
const SOME_HOLDERS = 24
const NEAREST = 10
/** up to so many times as many as by chance. */
const SCATTERED = 3
/** Sums and sets of columns decide by three values and more; no trigger is told from them. */
const MOST_COLUMNS = 2
/** So many tokens of the same columns show how far one of them shifts labels by nature. */
const ENOUGH_VALUES = 12

/**
 * Tokens whose holders are near one another for the token alone, and lie in the table's other columns like everybody else. Kinds of
 * records (an operator's aircraft) lie together whatever column is left out; records that a value, or two at once, were planted in
 * do not, and must not be asked about one another's labels.
 */
export interface Scattered {
  /** Whether it can be told of a token, which is seen at once. */
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

/** How many tokens are of the same columns: an array that those of several share. */
function countOfValues(matrix: TokenMatrix): (columns: readonly string[]) => number {
  const counts = new Map<unknown, number>()
  const keyOf = (columns: readonly string[]) => (columns.length === 1 ? columns[0] : columns)
  for (let token = 0; token < matrix.tokens; token++) {
    const key = keyOf(matrix.columns(token))
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return (columns) => counts.get(keyOf(columns)) ?? 0
}

/** The share of some holders' nearest records that are holders too. */
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

/** Squared differences of row i from all rows, one after another as they lie in memory. */
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

/** The nearest records of one, without itself. */
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
