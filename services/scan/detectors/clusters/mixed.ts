import { gatherRows, type Matrix } from '../../numeric/matrix.ts'
import { nearestNeighbours } from '../../numeric/neighbours.ts'
import { columnMeans } from '../../numeric/pca.ts'

/** How many nearest records tell of which of two sets a record is, and whether two sets are mixed. */
const NEAREST = 10

/** What sets one set of records apart from another by its mean: a mark, where both are alike otherwise. */
export function meanShift(x: Matrix, from: Int32Array, to: Int32Array): Float64Array {
  return difference(gatherRows(x, to), gatherRows(x, from))
}

/** Per record of `of`: the share of `theirs` among the nearest of `theirs` and `rest`, once it is moved by the shift. */
export function resembling(
  x: Matrix,
  of: Int32Array,
  { theirs, rest }: { readonly theirs: Int32Array; readonly rest: Int32Array },
  shift: Float64Array | null,
): Float64Array {
  const both = Int32Array.from([...theirs, ...rest])
  const { k, index } = nearestNeighbours(moved(gatherRows(x, of), shift), NEAREST + 1, gatherRows(x, both))
  return Float64Array.from(of, (i, r) => {
    let [heard, like] = [0, 0]
    for (let at = r * k; at < (r + 1) * k && heard < NEAREST; at++) {
      const j = index[at]!
      if (both[j] === i) continue
      heard++
      if (j < theirs.length) like++
    }
    return like / Math.max(1, heard)
  })
}

/**
 * How much larger the share of `ours` is among the nearest records of ours than among those of `theirs`: about 0 where
 * nothing tells the two sets apart, however many each has (Schilling 1986, Multivariate Two-Sample Tests Based on Nearest
 * Neighbors). With `aligned` their means are first put on one another.
 */
export function amongThemselves(x: Matrix, ours: Int32Array, theirs: Int32Array, aligned: boolean): number {
  const [own, other] = [gatherRows(x, ours), gatherRows(x, theirs)]
  const placed = moved(own, aligned ? difference(other, own) : null)
  const both = {
    rows: own.rows + other.rows,
    cols: x.cols,
    data: new Float32Array(own.data.length + other.data.length),
  }
  both.data.set(other.data)
  both.data.set(placed.data, other.data.length)
  const { k, index } = nearestNeighbours(both, NEAREST)
  let [ofOurs, ofTheirs] = [0, 0]
  for (let i = 0; i < both.rows; i++) {
    let near = 0
    for (let at = i * k; at < (i + 1) * k; at++) near += Number(index[at]! >= other.rows)
    if (i < other.rows) ofTheirs += near / k
    else ofOurs += near / k
  }
  return ofOurs / own.rows - ofTheirs / other.rows
}

function difference(a: Matrix, b: Matrix): Float64Array {
  const [of, from] = [columnMeans(a), columnMeans(b)]
  return Float64Array.from(of, (mean, j) => mean - from[j]!)
}

function moved(x: Matrix, by: Float64Array | null): Matrix {
  return by === null ? x : { ...x, data: x.data.map((value, at) => value + by[at % x.cols]!) }
}
