import { type Matrix, matrix } from '../../numeric/matrix.ts'

/** Columns in the order in which they are whitened, and the largest square that each adds to a distance. */
export interface Ordered {
  readonly x: Matrix
  readonly largest: Float64Array
}

/**
 * Orders the columns for whitening: columns of two values first (levels of a category, missing values, numbers that are
 * zero or one), the rarest foremost, then all others. Each column is judged given those before it, so that whatever the
 * records of a rare level share counts once, for the level. A level adds at most −2 ln of its share, the deviance of a
 * category in the location model (Olkin & Tate 1961, Multivariate Correlation Models with Mixed Discrete and Continuous
 * Variables): a level of one record in sixteen is not as odd as a number four standard deviations out, however few the
 * other columns are. No column adds more than `most`. Returns null where no column has two values.
 */
export function levelsFirst(x: Matrix, most: number): Ordered | null {
  const { rows: n, cols: d, data } = x
  const shares = Float64Array.from({ length: d }, (_, j) => rarerShare(x, j))
  if (shares.every((share) => share === 1)) return null
  const order = Int32Array.from(shares.keys()).sort((a, b) => shares[a]! - shares[b]! || a - b)
  const largest = Float64Array.from(order, (j) => (shares[j]! < 1 ? Math.min(most, -2 * Math.log(shares[j]!)) : most))
  const out = matrix(n, d)
  for (let i = 0; i < n; i++) orderRow(out.data, data, i * d, order)
  return { x: out, largest }
}

/** A function of its own, as loops over one row are. */
function orderRow(out: Float32Array, data: Float32Array, from: number, order: Int32Array): void {
  for (let at = 0; at < order.length; at++) out[from + at] = data[from + order[at]!]!
}

/** The share of the rarer of a column's two values; 1 where it has more. */
function rarerShare({ rows: n, cols: d, data }: Matrix, j: number): number {
  const first = data[j]!
  let [other, count] = [first, 0]
  for (let at = j; at < data.length; at += d) {
    const value = data[at]!
    if (value === first) continue
    if (count > 0 && value !== other) return 1
    other = value
    count++
  }
  return Math.min(count, n - count) / n
}
