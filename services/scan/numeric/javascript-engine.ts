import type { Engine } from './engine.ts'
import { type Matrix, matrix, transpose } from './matrix.ts'
import { sameInner } from './shapes.ts'

/** Rows of b that stay in the cache while every row of a passes over them. */
const BLOCK = 64

/** Matrix products in plain JavaScript, for machines on which onnxruntime does not load: some thirty times slower. */
export function createJavascriptEngine(): Engine {
  return {
    name: 'javascript',
    async multiply(a, b) {
      sameInner(a.cols, b.rows)
      return product(a, b)
    },
    async multiplyTransposed(a, b) {
      sameInner(a.rows, b.rows)
      return product(transpose(a), b)
    },
    async multiplyByTransposed(a, b) {
      sameInner(a.cols, b.cols)
      return product(a, transpose(b))
    },
  }
}

function product(a: Matrix, b: Matrix): Matrix {
  const [inner, cols] = [a.cols, b.cols]
  const out = matrix(a.rows, cols)
  for (let from = 0; from < inner; from += BLOCK) {
    const to = Math.min(from + BLOCK, inner)
    for (let i = 0; i < a.rows; i++) {
      addCombination(
        out.data.subarray(i * cols, (i + 1) * cols),
        a.data.subarray(i * inner + from, i * inner + to),
        b,
        from,
      )
    }
  }
  return out
}

/** target += Σ weights[k] · row(from + k), four rows at a time so that the target is read and rounded less often. */
function addCombination(target: Float32Array, weights: Float32Array, b: Matrix, from: number): void {
  const cols = target.length
  const data = b.data
  let k = 0
  for (; k + 3 < weights.length; k += 4) {
    const [w0, w1, w2, w3] = [weights[k]!, weights[k + 1]!, weights[k + 2]!, weights[k + 3]!]
    if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0) continue
    const r0 = (from + k) * cols
    const [r1, r2, r3] = [r0 + cols, r0 + 2 * cols, r0 + 3 * cols]
    for (let j = 0; j < cols; j++) {
      target[j] = target[j]! + w0 * data[r0 + j]! + w1 * data[r1 + j]! + w2 * data[r2 + j]! + w3 * data[r3 + j]!
    }
  }
  for (; k < weights.length; k++) {
    const w = weights[k]!
    const r = (from + k) * cols
    for (let j = 0; j < cols; j++) target[j] = target[j]! + w * data[r + j]!
  }
}
