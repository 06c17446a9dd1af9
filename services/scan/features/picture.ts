import { type Matrix, matrix, row, scaled } from '../numeric/matrix.ts'
import { sumOfSquares } from '../numeric/rows.ts'
import type { ImageSamples } from '../view/samples.ts'

/** What images show, for predictors to learn from in place of their pixels. */
export interface Picture {
  /** n × d, d at most 256 */
  readonly projected: Matrix
  /** Other images of the same size, in the same columns. */
  readonly alike: (others: ImageSamples) => Promise<Matrix>
}

/** What two pictures of the same images show, as one. Both have the same spread in it. */
export function bothOf(a: Picture, b: Picture): Picture {
  const [ofA, ofB] = [toUnit(a.projected), toUnit(b.projected)]
  const joined = (x: Matrix, y: Matrix) => sideBySide(scaled(x, ofA), scaled(y, ofB))
  return {
    projected: joined(a.projected, b.projected),
    alike: async (others) => joined(await a.alike(others), await b.alike(others)),
  }
}

/** What scales x to a root mean square of 1. */
export function toUnit({ data }: Matrix): number {
  const squares = sumOfSquares(data)
  return squares > 0 ? Math.sqrt(data.length / squares) : 1
}

function sideBySide(a: Matrix, b: Matrix): Matrix {
  const out = matrix(a.rows, a.cols + b.cols)
  for (let i = 0; i < a.rows; i++) {
    out.data.set(row(a, i), i * out.cols)
    out.data.set(row(b, i), i * out.cols + a.cols)
  }
  return out
}
