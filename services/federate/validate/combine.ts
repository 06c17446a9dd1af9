import { AppError } from '#core/errors.ts'
import { cosineOf, dot, medianOf, type Geometry } from './geometry.ts'

/** Ways to combine many updates, each with what a minority can do to it. All sums are in double precision. */

/** The weighted mean: a single long update can determine it. */
export function weightedMean(vectors: readonly Float64Array[], weights: ArrayLike<number>): Float64Array {
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0)
  const mean = new Float64Array(vectors[0]?.length ?? 0)
  for (const [i, vector] of vectors.entries()) {
    const share = total === 0 ? 0 : weights[i]! / total
    for (let k = 0; k < mean.length; k++) mean[k]! += share * vector[k]!
  }
  return mean
}

/** The median of each number (Yin et al. 2018, "Byzantine-Robust Distributed Learning", definition 1). */
export function coordinateMedian(vectors: readonly Float64Array[]): Float64Array {
  return trimmedMean(vectors, Math.ceil(vectors.length / 2) - 1)
}

/**
 * The mean of each number without its `trim` largest and smallest values (Yin et al. 2018, definition 2). Throws `invalid` if
 * nothing is left.
 */
export function trimmedMean(vectors: readonly Float64Array[], trim: number): Float64Array {
  const kept = vectors.length - 2 * trim
  if (kept < 1 || trim < 0)
    throw new AppError('invalid', `${trim} of ${vectors.length} updates to be trimmed at each end`)
  const column = new Float64Array(vectors.length)
  return Float64Array.from({ length: vectors[0]?.length ?? 0 }, (_, k) => {
    for (let i = 0; i < vectors.length; i++) column[i] = vectors[i]![k]!
    column.sort()
    let sum = 0
    for (let i = trim; i < trim + kept; i++) sum += column[i]!
    return sum / kept
  })
}

/**
 * The weighted mean of each number without its largest and smallest values, which have `share` of all weight at either end. A
 * client whose weight reaches across the cut counts with the rest of it. With equal weights and an integer number of clients
 * cut, this is the trimmed mean.
 */
export function weightedTrimmedMean(
  vectors: readonly Float64Array[],
  weights: readonly number[],
  share: number,
): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const [from, to] = [share * total, (1 - share) * total]
  if (!(from < to) || share < 0) throw new AppError('invalid', `${share} of all updates to be trimmed at each end`)
  const order = vectors.map((_, i) => i)
  return Float64Array.from({ length: vectors[0]?.length ?? 0 }, (_, k) => {
    order.sort((a, b) => vectors[a]![k]! - vectors[b]![k]!)
    let [passed, sum] = [0, 0]
    for (const i of order) {
      const end = passed + weights[i]!
      sum += Math.max(0, Math.min(end, to) - Math.max(passed, from)) * vectors[i]![k]!
      passed = end
    }
    return sum / (to - from)
  })
}

/**
 * Krum's score: the sum of squared distances to the n − f − 2 nearest updates (Blanchard et al. 2017, "Machine Learning with
 * Adversaries", section 3). Low is good; Multi-Krum takes the mean of the lowest.
 */
export function krumScores({ size, distances }: Geometry, attackers: number): Float64Array {
  const near = Math.max(1, size - attackers - 2)
  return Float64Array.from({ length: size }, (_, i) => {
    const others = Float64Array.from({ length: size }, (_, j) => distances[i * size + j]!).filter((_, j) => j !== i)
    return others
      .sort()
      .subarray(0, near)
      .reduce((sum, distance) => sum + distance, 0)
  })
}

/** Indexes of the n − f updates with the lowest scores, ascending. */
export function multiKrum(geometry: Geometry, attackers: number): number[] {
  const scores = krumScores(geometry, attackers)
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b)
  return order.slice(0, Math.max(1, geometry.size - attackers)).sort((a, b) => a - b)
}

/**
 * The trust in each update, and their combination. Trust is the cosine to an update that was trained on the aggregator's own
 * data, or 0 if it is negative; every update is scaled to that one's length (Cao et al. 2021, "FLTrust").
 */
export function flTrust(
  vectors: readonly Float64Array[],
  root: Float64Array,
): { trust: Float64Array; mean: Float64Array } {
  const trust = Float64Array.from(vectors, (vector) => Math.max(0, cosineOf(vector, root)))
  const length = Math.sqrt(dot(root, root))
  const scaled = vectors.map((vector) => {
    const norm = Math.sqrt(dot(vector, vector))
    return norm === 0 ? vector : vector.map((value) => (value * length) / norm)
  })
  return { trust, mean: weightedMean(scaled, trust) }
}

/**
 * The majority that FLAME keeps: updates are linked by cosine distance, closest pair first, until more than half are connected
 * (after Nguyen et al. 2022, "FLAME", section 4.1; single linkage in place of HDBSCAN). `bound` is the median norm, to which the
 * rest of FLAME clips. Indexes ascend.
 */
export function flameMajority({ size, cosines, norms }: Geometry): { kept: number[]; bound: number } {
  const pairs: { i: number; j: number; distance: number }[] = []
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) pairs.push({ i, j, distance: 1 - cosines[i * size + j]! })
  }
  pairs.sort((a, b) => a.distance - b.distance || a.i - b.i || a.j - b.j)
  const cluster = Int32Array.from({ length: size }, (_, i) => i)
  const members = (of: number) => Array.from(cluster.keys()).filter((i) => cluster[i] === of)
  let kept = size === 1 ? [0] : []
  for (const { i, j } of pairs) {
    const [into, from] = [cluster[i]!, cluster[j]!]
    if (into === from) continue
    for (const member of members(from)) cluster[member] = into
    kept = members(into)
    if (kept.length > size / 2) break
  }
  return { kept, bound: medianOf(norms) }
}

/**
 * Weights that decrease for clients that move in the same direction as another, by the sums of all their updates so far (Fung et
 * al. 2020, "The Limitations of Federated Learning in Sybil Settings", algorithm 1): 1 for a client unlike all others, 0 for one
 * of several copies.
 */
export function foolsGold({ size, cosines }: Geometry): Float64Array {
  const at = (i: number, j: number) => cosines[i * size + j]!
  const all = Array.from({ length: size }, (_, i) => i)
  const largest = all.map((i) => Math.max(...all.filter((j) => j !== i).map((j) => at(i, j)), 0))
  const pardoned = all.map((i) =>
    Math.max(
      ...all.filter((j) => j !== i).map((j) => at(i, j) * (largest[i]! < largest[j]! ? largest[i]! / largest[j]! : 1)),
      0,
    ),
  )
  const weights = pardoned.map((similar) => Math.min(1, Math.max(0, 1 - similar)))
  const top = Math.max(...weights)
  return Float64Array.from(weights, (weight) => {
    const relative = top === 0 ? 0 : weight / top
    if (relative >= 1) return 1
    return relative === 0 ? 0 : Math.min(1, Math.max(0, Math.log(relative / (1 - relative)) + 0.5))
  })
}
