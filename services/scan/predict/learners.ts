import { seededRandom } from '#core/random.ts'

/**
 * Records that a predictor of labels learns from at most: those of a window of 10,000, on which predictors are measured
 * (ADR 147). All records are judged.
 */
const MOST = 10_000

/** Returns the records `of`, or MOST of them, drawn by the seed; in the order in which they were given. */
export function learners(of: Int32Array, seed: number): Int32Array {
  if (of.length <= MOST) return of
  const drawn = seededRandom(seed, 'learners').permutation(of.length).slice(0, MOST).sort()
  return drawn.map((at) => of[at]!)
}
