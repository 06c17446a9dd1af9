import { symmetricEigen } from '../numeric/eigen.ts'
import type { Engine } from '../numeric/engine.ts'
import { type Matrix, gatherRows, matrix } from '../numeric/matrix.ts'
import { columnMeans, subtractRow } from '../numeric/pca.ts'
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

interface Spectrum {
  readonly members: Int32Array
  readonly centred: Matrix
  readonly vectors: Float64Array
}

/** Several detectors ask for the same classes of the same activations: kept by matrix, and by the class's first record. */
const known = new WeakMap<Matrix, Map<number, Spectrum>>()

/** The members' rows of x, centred and projected onto the class's first k principal axes: members × k. */
export async function classAxes(engine: Engine, x: Matrix, members: Int32Array, k: number): Promise<Matrix> {
  const of = known.get(x) ?? new Map<number, Spectrum>()
  known.set(x, of)
  const first = members[0] ?? -1
  const found = of.get(first)
  const isSame = found?.members.length === members.length && members.every((i, at) => i === found.members[at])
  const spectrum = isSame ? found : await spectrumOf(engine, x, members)
  of.set(first, spectrum)
  const { centred, vectors } = spectrum
  const d = centred.cols
  const size = Math.min(k, d)
  const axes = matrix(size, d, Float32Array.from(vectors.subarray(0, size * d)))
  return engine.multiplyByTransposed(centred, axes)
}

async function spectrumOf(engine: Engine, x: Matrix, members: Int32Array): Promise<Spectrum> {
  const rows = gatherRows(x, members)
  const centred = subtractRow(rows, columnMeans(rows))
  const moments = Float64Array.from((await engine.gram(centred)).data)
  for (let at = 0; at < moments.length; at++) moments[at]! /= Math.max(1, rows.rows)
  return { members, centred, vectors: symmetricEigen(moments, x.cols).vectors }
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
