/** How updates lie relative to each other. In double precision: n × n, row by row. */
export interface Geometry {
  readonly size: number
  readonly norms: Float64Array
  /** Squared Euclidean distances, summed over differences, so that distances between long, close vectors keep their precision. */
  readonly distances: Float64Array
  /** 0 if one of the two vectors is 0. */
  readonly cosines: Float64Array
}

export function geometryOf(vectors: readonly Float64Array[]): Geometry {
  const size = vectors.length
  const norms = Float64Array.from(vectors, (vector) => Math.sqrt(dot(vector, vector)))
  const distances = new Float64Array(size * size)
  const cosines = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const [a, b] = [vectors[i]!, vectors[j]!]
      let distance = 0
      for (let k = 0; k < a.length; k++) distance += (a[k]! - b[k]!) ** 2
      distances[i * size + j] = distances[j * size + i] = distance
      cosines[i * size + j] = cosines[j * size + i] = cosineOf(a, b)
    }
  }
  return { size, norms, distances, cosines }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

/** 0 if one of the two vectors is 0. */
export function cosineOf(a: Float64Array, b: Float64Array): number {
  const length = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b))
  return length === 0 ? 0 : dot(a, b) / length
}

export function medianOf(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** 1.4826 times the median absolute deviation is the standard deviation of a normal distribution. */
const NORMAL = 1.4826

/**
 * How many deviations each value is above the bulk, by median and median absolute deviation; `least` is the smallest deviation
 * that is assumed.
 */
export function robustScores(values: ArrayLike<number>, least: number): Float64Array {
  const centre = medianOf(values)
  const distances = Float64Array.from(values, (value) => Math.abs(value - centre))
  const deviation = Math.max(NORMAL * medianOf(distances), least)
  return Float64Array.from(values, (value) => (value - centre) / deviation)
}
