import { type Matrix, matrix, transpose } from './matrix.ts'

/** Sparse rows: row i holds `values[at]` in column `columns[at]` for `at` in `offsets[i] … offsets[i+1]`. */
export interface Sparse {
  readonly n: number
  readonly cols: number
  readonly offsets: Int32Array
  readonly columns: Int32Array
  readonly values: Float32Array
}

/** s · rightᵀ: n × k, for right given as k × cols. */
export function sparseTimes(s: Sparse, right: Matrix): Matrix {
  const k = right.rows
  const byColumn = transpose(right).data
  const out = matrix(s.n, k)
  for (let i = 0; i < s.n; i++) {
    const target = out.data.subarray(i * k, (i + 1) * k)
    for (let at = s.offsets[i]!; at < s.offsets[i + 1]!; at++) {
      addScaled(target, byColumn, s.columns[at]! * k, s.values[at]!)
    }
  }
  return out
}

/** leftᵀ · s: k × cols, for left given as n × k. */
export function sparseTransposedTimes(s: Sparse, left: Matrix): Matrix {
  const k = left.cols
  const sums = matrix(s.cols, k)
  for (let i = 0; i < s.n; i++) {
    for (let at = s.offsets[i]!; at < s.offsets[i + 1]!; at++) {
      const target = s.columns[at]! * k
      const value = s.values[at]!
      for (let c = 0; c < k; c++) sums.data[target + c] = sums.data[target + c]! + value * left.data[i * k + c]!
    }
  }
  return matrix(k, s.cols, transpose(sums).data)
}

function addScaled(target: Float32Array, from: Float32Array, start: number, factor: number): void {
  for (let c = 0; c < target.length; c++) target[c] = target[c]! + factor * from[start + c]!
}
