import { type Matrix, matrix } from '../../../numeric/matrix.ts'

/** At most `most` of the records, evenly drawn. */
export function spread(records: Int32Array, most: number): Int32Array {
  const step = Math.max(1, records.length / most)
  return Int32Array.from({ length: Math.min(records.length, most) }, (_, at) => records[Math.floor(at * step)]!)
}

/** A copy of some rows and some columns. */
export function partOf({ cols, data }: Matrix, rows: Int32Array, columns: Int32Array): Matrix {
  const some = matrix(rows.length, columns.length)
  rows.forEach((of, i) => columns.forEach((at, j) => (some.data[i * some.cols + j] = data[of * cols + at]!)))
  return some
}
