import { symmetricEigen } from '../numeric/eigen.ts'
import { type Matrix, gatherRows, matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'

export interface ClassMembers {
  readonly label: number
  readonly members: Int32Array
}

/** The labels that at least `least` records carry, each with its records, ascending. */
export function classesOf(labels: Grouping, least: number): ClassMembers[] {
  return Array.from(labels.counts.keys())
    .filter((label) => labels.counts[label]! >= least)
    .map((label) => ({ label, members: bearing(label, labels) }))
}

function bearing(label: number, { of, counts }: Grouping): Int32Array {
  const members = new Int32Array(counts[label]!)
  let count = 0
  for (let i = 0; i < of.length; i++) if (of[i] === label) members[count++] = i
  return members.subarray(0, count)
}

interface ClassAxes {
  /** members × k, centred. */
  readonly projected: Matrix
  readonly variances: Float64Array
}

interface Spectrum {
  readonly centred: Matrix
  readonly values: Float64Array
  readonly vectors: Float64Array
}

/** Several detectors ask for the same classes of the same activations: by matrix, and by the class's first record. */
const known = new WeakMap<Matrix, Map<number, Spectrum>>()

/** A class's rows of x in its own leading axes: members × k, centred, with the variances along them. */
export function classAxes(x: Matrix, members: Int32Array, k: number): ClassAxes {
  const of = known.get(x) ?? new Map<number, Spectrum>()
  known.set(x, of)
  const first = members[0] ?? -1
  const found = of.get(first)
  const spectrum = found?.centred.rows === members.length ? found : spectrumOf(x, members)
  of.set(first, spectrum)
  const { centred: rows, values, vectors } = spectrum
  const d = rows.cols
  const size = Math.min(k, d)
  const projected = matrix(rows.rows, size)
  for (let i = 0; i < rows.rows; i++) {
    for (let r = 0; r < size; r++) {
      let dot = 0
      for (let j = 0; j < d; j++) dot += rows.data[i * d + j]! * vectors[r * d + j]!
      projected.data[i * size + r] = dot
    }
  }
  return { projected, variances: values.slice(0, size) }
}

function spectrumOf(x: Matrix, members: Int32Array): Spectrum {
  const rows = gatherRows(x, members)
  const d = rows.cols
  const mean = new Float64Array(d)
  for (let i = 0; i < rows.rows; i++) for (let j = 0; j < d; j++) mean[j] = mean[j]! + rows.data[i * d + j]! / rows.rows
  for (let i = 0; i < rows.rows; i++) {
    for (let j = 0; j < d; j++) rows.data[i * d + j] = rows.data[i * d + j]! - mean[j]!
  }
  const { values, vectors } = symmetricEigen(covariance(rows.data, rows.rows, d), d)
  return { centred: rows, values, vectors }
}

/** Second moments of centred rows: d × d. */
export function covariance(centred: ArrayLike<number>, n: number, d: number): Float64Array {
  const out = new Float64Array(d * d)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      const value = centred[i * d + j]! / n
      if (value === 0) continue
      for (let l = j; l < d; l++) out[j * d + l] = out[j * d + l]! + value * centred[i * d + l]!
    }
  }
  for (let j = 0; j < d; j++) for (let l = 0; l < j; l++) out[j * d + l] = out[l * d + j]!
  return out
}
