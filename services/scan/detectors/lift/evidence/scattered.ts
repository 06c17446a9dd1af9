import { tableRanks } from '../../../features/tables.ts'
import { gatherRows, type Matrix } from '../../../numeric/matrix.ts'
import { nearestNeighbours } from '../../../numeric/neighbours.ts'
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
  const others = new Map<string, Matrix>()
  const without = (own: readonly string[]) => {
    const key = JSON.stringify(own)
    const known =
      others.get(key) ??
      tableRanks(
        columns.filter(({ name }) => !own.includes(name)),
        n,
      )
    others.set(key, known)
    return known
  }
  const lieApart = (token: number) => {
    const held = holders(token)
    return sharedAmongNearest(held, without(tokens.columns(token))) <= (SCATTERED * (held.length - 1)) / (n - 1)
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

/** The share of holders among the nearest records of some of the holders, by the columns of x. */
function sharedAmongNearest(held: Int32Array, x: Matrix): number {
  const holds = new Uint8Array(x.rows)
  for (const i of held) holds[i] = 1
  const stride = Math.max(1, held.length / SOME_HOLDERS)
  const asked = Int32Array.from(
    { length: Math.ceil(held.length / stride) },
    (_, at) => held[Math.min(held.length - 1, Math.floor(at * stride))]!,
  )
  // a record is its own nearest, unless it has that many equals
  const { index, k } = nearestNeighbours(gatherRows(x, asked), NEAREST + 1, x)
  let shared = 0
  for (const [at, i] of asked.entries()) {
    const nearest = index.subarray(at * k, (at + 1) * k)
    const others = nearest.filter((j) => j !== i).subarray(0, NEAREST)
    for (const j of others) shared += holds[j]!
  }
  return shared / Math.max(1, asked.length * Math.min(NEAREST, x.rows - 1))
}
