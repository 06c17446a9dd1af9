import { cosineOf, robustScores, type Geometry } from './geometry.ts'
import { coordinateMedian, krumScores } from './combine.ts'

/** Kinds of suspicion against an update. */
export const SIGNS = ['length', 'direction', 'copy', 'alone', 'signs', 'distance', 'loss'] as const
export type Sign = (typeof SIGNS)[number]

/** One number per client for each sign: deviations above the bulk of the round. Higher always means more suspicious. */
export type Scores = Readonly<Record<Sign, Float64Array>>

/** The smallest deviations that are assumed: clients with different data differ by so much. */
const LEAST = {
  length: 0.25,
  direction: 0.05,
  copy: 0.05,
  alone: 0.02,
  signs: 0.01,
  distance: 0.25,
  loss: 0.05,
} as const

export interface StatisticsInput {
  /** Finite, all of the same length. */
  readonly vectors: readonly Float64Array[]
  readonly geometry: Geometry
  /** The number of poisoning clients that Krum allows for. */
  readonly attackers: number
  /** How much each update adds to the loss on a few of the aggregator's own examples. */
  readonly lossAdded?: ArrayLike<number> | undefined
}

export function scoreUpdates({ vectors, geometry, attackers, lossAdded }: StatisticsInput): Scores {
  const { size, norms, cosines } = geometry
  const centre = coordinateMedian(vectors)
  const none = () => new Float64Array(size)
  const nearest = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => (i === j ? 0 : cosines[i * size + j]!)).reduce((a, b) => Math.max(a, b), 0),
  )
  const positive = vectors.map((vector) => {
    const moved = vector.reduce((sum, value) => sum + Number(value !== 0), 0)
    return moved === 0 ? 0.5 : vector.reduce((sum, value) => sum + Number(value > 0), 0) / moved
  })
  return {
    length: robustScores(
      Float64Array.from(norms, (norm) => Math.log(norm + Number.MIN_VALUE)),
      LEAST.length,
    ),
    direction: robustScores(
      vectors.map((vector) => -cosineOf(vector, centre)),
      LEAST.direction,
    ),
    copy: robustScores(nearest, LEAST.copy),
    alone: robustScores(aloneShares(vectors), LEAST.alone),
    signs: robustScores(positive, LEAST.signs).map(Math.abs),
    distance: robustScores(
      krumScores(geometry, attackers).map((score) => Math.log(score + Number.MIN_VALUE)),
      LEAST.distance,
    ),
    loss: lossAdded === undefined ? none() : robustScores(lossAdded, LEAST.loss),
  }
}

/**
 * The share of each update's energy in numbers that hardly any other client changes: fewer than a quarter of the others change
 * them by more than a tenth as much. A trigger that honest data does not contain is learned there.
 */
function aloneShares(vectors: readonly Float64Array[]): Float64Array {
  const size = vectors.length
  const alone = new Float64Array(size)
  const energy = new Float64Array(size)
  const crowd = (size - 1) / 4
  for (let k = 0; k < (vectors[0]?.length ?? 0); k++) {
    for (let i = 0; i < size; i++) {
      const own = Math.abs(vectors[i]![k]!)
      if (own === 0) continue
      let others = 0
      for (let j = 0; j < size; j++) if (j !== i && Math.abs(vectors[j]![k]!) * 10 > own) others++
      energy[i]! += own * own
      if (others < crowd) alone[i]! += own * own
    }
  }
  return alone.map((share, i) => (energy[i] === 0 ? 0 : share / energy[i]!))
}
