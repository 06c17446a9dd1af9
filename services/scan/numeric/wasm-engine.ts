import type { Engine } from './engine.ts'
import { sharedKernels } from './kernels/kernels.ts'
import { type Matrix, matrix } from './matrix.ts'
import { sameInner } from './shapes.ts'

/**
 * How many floats of an operand are copied into the kernels' memory at a time, so that memory is bounded for any number
 * of rows.
 */
const CHUNK = 1 << 19

/** How many terms are summed before they are added to the rest, as in `kernels/source/product.as`. */
const TERMS = 256
/** The shapes of a product, as in `kernels/source/product.as`. */
const SHAPE = { whole: 0, symmetric: 1, triangular: 2, lower: 3 } as const

/** Matrix products in WebAssembly, four numbers at a time; the bits of the results are the same on every machine. */
export function createWasmEngine(): Engine {
  return {
    name: 'wasm',
    async multiply(a, b) {
      sameInner(a.cols, b.rows)
      return byRows(a, b, b.cols, [b.cols, 1])
    },
    async multiplyTransposed(a, b, factors) {
      sameInner(a.rows, b.rows)
      return transposedProduct(a, b, factors)
    },
    async multiplyByTransposed(a, b) {
      sameInner(a.cols, b.cols)
      return a === b ? gramOfRows(a) : byRows(a, b, b.rows, [1, b.cols])
    },
    async multiplyByLower(a, lower) {
      sameInner(a.cols, lower.cols)
      return byRows(a, lower, lower.rows, [1, lower.cols], SHAPE.triangular)
    },
    async lowerTimes(lower, b) {
      sameInner(lower.cols, b.rows)
      return byRows(lower, b, b.cols, [b.cols, 1], SHAPE.lower)
    },
    async gram(a, factors) {
      return transposedProduct(a, a, factors)
    },
  }
}

/** a · b, some rows of a at a time; element (p, j) of b is at `p * strides[0] + j * strides[1]`. */
function byRows(
  a: Matrix,
  b: Matrix,
  cols: number,
  strides: readonly [number, number],
  shape: number = SHAPE.whole,
): Matrix {
  const out = matrix(a.rows, cols)
  if (out.data.length === 0 || a.cols === 0) return out
  const k = a.cols
  // In a triangle the row's place gives its number of terms: it is passed whole.
  const some = shape === SHAPE.lower ? a.rows : Math.max(64, Math.floor(CHUNK / Math.max(k, cols)))
  const rows = Math.min(a.rows, some)
  const kernels = sharedKernels()
  const sizes = [kernels.productScratch, 4 * b.data.length, 4 * rows * k, 4 * rows * cols] as const
  const [scratch = 0, right = 0, left = 0, target = 0] = kernels.reserve(...sizes)
  kernels.floats(right, b.data.length).set(b.data)
  const from = kernels.floats(left, rows * k)
  const to = kernels.floats(target, rows * cols)
  for (let i = 0; i < a.rows; i += rows) {
    const height = Math.min(rows, a.rows - i)
    from.set(a.data.subarray(i * k, (i + height) * k))
    to.fill(0)
    kernels.product(height, cols, k, left, k, 1, right, strides[0], strides[1], target, scratch, shape)
    out.data.set(to.subarray(0, height * cols), i * cols)
  }
  return out
}

/** a · aᵀ: one half is computed and mirrored. */
function gramOfRows(a: Matrix): Matrix {
  const { rows: n, cols: k } = a
  const kernels = sharedKernels()
  const [scratch = 0, at = 0, target = 0] = kernels.reserve(kernels.productScratch, 4 * n * k, 4 * n * n)
  kernels.floats(at, n * k).set(a.data)
  const sums = kernels.floats(target, n * n).fill(0)
  kernels.product(n, n, k, at, k, 1, at, 1, k, target, scratch, SHAPE.symmetric)
  kernels.mirror(n, target)
  return matrix(n, n, sums.slice())
}

/** aᵀ · b, some rows of both at a time, those of a times `factors`; where a is b, one half is computed and mirrored. */
function transposedProduct(a: Matrix, b: Matrix, factors?: Float64Array): Matrix {
  const [m, n] = [a.cols, b.cols]
  const out = matrix(m, n)
  if (out.data.length === 0 || a.rows === 0) return out
  // Whole blocks of terms, so that sums are the same as in one pass.
  const rows = Math.min(a.rows, TERMS * Math.max(1, Math.floor(CHUNK / (TERMS * Math.max(m, n)))))
  const kernels = sharedKernels()
  const [scratch = 0, target = 0, left = 0, beside = 0] = kernels.reserve(
    kernels.productScratch,
    4 * m * n,
    4 * rows * m,
    a === b ? 0 : 4 * rows * n,
  )
  const right = a === b ? left : beside
  const sums = kernels.floats(target, m * n).fill(0)
  const shape = a === b ? SHAPE.symmetric : SHAPE.whole
  for (let i = 0; i < a.rows; i += rows) {
    const some = Math.min(rows, a.rows - i)
    const rowsOfA = kernels.floats(left, some * m)
    rowsOfA.set(a.data.subarray(i * m, (i + some) * m))
    if (factors !== undefined) scaleRows(rowsOfA, m, factors.subarray(i, i + some))
    if (a !== b) kernels.floats(right, some * n).set(b.data.subarray(i * n, (i + some) * n))
    kernels.product(m, n, some, left, 1, m, right, n, 1, target, scratch, shape)
  }
  if (a === b) kernels.mirror(n, target)
  out.data.set(sums)
  return out
}

function scaleRows(rows: Float32Array, length: number, factors: Float64Array): void {
  for (let r = 0; r < factors.length; r++) {
    const factor = factors[r]!
    if (factor === 1) continue
    for (let at = r * length; at < (r + 1) * length; at++) rows[at] = rows[at]! * factor
  }
}
