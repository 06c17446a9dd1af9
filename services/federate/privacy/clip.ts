import { fault } from '../secure/faults.ts'

export interface Clipped {
  readonly update: Float64Array
  /** The Euclidean norm before. */
  readonly norm: number
  /** Whether the update was longer than the bound, and is as long as the bound now. */
  readonly clipped: boolean
}

/** Shortens an update to the bound. Throws `not_finite` before any norm is taken: one NaN would make every comparison with it false. */
export function clipUpdate(update: ArrayLike<number>, bound: number): Clipped {
  const norm = normOf(update)
  const clipped = norm > bound
  const scale = clipped ? bound / norm : 1
  const shortened = new Float64Array(update.length)
  for (let i = 0; i < shortened.length; i++) shortened[i] = update[i]! * scale
  return { update: shortened, norm, clipped }
}

/** The Euclidean norm, which does not run over while it fits a double. Throws `not_finite`. */
export function normOf(update: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < update.length; i++) {
    const value = update[i]!
    if (!Number.isFinite(value)) throw fault('not_finite', 'the update holds a number that is not finite')
    largest = Math.max(largest, Math.abs(value))
  }
  if (largest === 0) return 0
  let sum = 0
  for (let i = 0; i < update.length; i++) sum += (update[i]! / largest) ** 2
  return largest * Math.sqrt(sum)
}

export interface AdaptiveClip {
  /** The share of updates that the bound is to leave whole. */
  readonly quantile: number
  /** How fast the bound moves. */
  readonly rate: number
}

/**
 * The next round's bound, from the share of this round's updates that were within it: a geometric step towards the quantile (Andrew
 * et al. 2021, "Differentially Private Learning with Adaptive Clipping", section 2.1). `within` may be noised, hence outside 0…1.
 */
export function nextBound(bound: number, within: number, { quantile, rate }: AdaptiveClip): number {
  return bound * Math.exp(-rate * (Math.min(Math.max(within, 0), 1) - quantile))
}

/**
 * What the noise on updates and the noise on the count of those within the bound (a deviation, in clients) come to together, as the noise of
 * one mechanism (Andrew et al. 2021, theorem 1).
 */
export function noiseWithCount(ofUpdates: number, ofCount: number): number {
  return (ofUpdates ** -2 + (2 * ofCount) ** -2) ** -0.5
}

/** What the updates need beside that count so that both together are as good as `noise`. Throws RangeError where the count alone is worse. */
export function noiseBesideCount(noise: number, ofCount: number): number {
  const rest = noise ** -2 - (2 * ofCount) ** -2
  if (!(rest > 0)) throw new RangeError('the count takes all of the noise')
  return rest ** -0.5
}
