import { fault } from '../secure/faults.ts'

export interface Clipped {
  readonly update: Float64Array
  /** The Euclidean norm before clipping. */
  readonly norm: number
  /** Whether the update was longer than the bound and was shortened to it. */
  readonly clipped: boolean
}

/**
 * Shortens an update to the bound. Throws `not_finite` before it computes the norm, because comparisons with NaN are always
 * false.
 */
export function clipUpdate(update: ArrayLike<number>, bound: number): Clipped {
  const norm = normOf(update)
  const clipped = norm > bound
  const scale = clipped ? bound / norm : 1
  const shortened = new Float64Array(update.length)
  for (let i = 0; i < shortened.length; i++) shortened[i] = update[i]! * scale
  return { update: shortened, norm, clipped }
}

/** The Euclidean norm, computed so that it does not overflow if the result fits a double. Throws `not_finite`. */
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
  /** The share of updates that should be shorter than the bound. */
  readonly quantile: number
  /** How fast the bound moves. */
  readonly rate: number
}

/**
 * The next round's bound, from the share of this round's updates that were within it: a geometric step towards the quantile
 * (Andrew et al. 2021, "Differentially Private Learning with Adaptive Clipping", section 2.1). `within` may be noisy, so it may
 * lie outside 0…1.
 */
export function nextBound(bound: number, within: number, { quantile, rate }: AdaptiveClip): number {
  return bound * Math.exp(-rate * (Math.min(Math.max(within, 0), 1) - quantile))
}

/**
 * The noise of the one mechanism that is equivalent to noise on the updates and noise on the count of those within the bound (a
 * standard deviation, in clients) together (Andrew et al. 2021, theorem 1).
 */
export function noiseWithCount(ofUpdates: number, ofCount: number): number {
  return (ofUpdates ** -2 + (2 * ofCount) ** -2) ** -0.5
}

/**
 * The noise that the updates need besides that count, so that both together are equivalent to `noise`. Throws RangeError if the
 * count alone is worse.
 */
export function noiseBesideCount(noise: number, ofCount: number): number {
  const rest = noise ** -2 - (2 * ofCount) ** -2
  if (!(rest > 0)) throw new RangeError('the count takes all of the noise')
  return rest ** -0.5
}
