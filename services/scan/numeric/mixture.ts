import { sharedKernels } from './kernels/kernels.ts'

/** Two Gaussians fitted to one dimension. Index 1 is the mode with the larger mean. */
export interface TwoModes {
  readonly means: readonly [number, number]
  readonly deviations: readonly [number, number]
  /** Share of the upper mode. */
  readonly weight: number
  /**
   * The modes' distance as in Ashman, Bird & Zepf 1994, Detecting bimodality in astronomical datasets: above 2 they are
   * separate.
   */
  readonly separation: number
  /** Mean log-likelihood per value. */
  readonly likelihood: number
  /** Posterior of the upper mode, one a value. */
  readonly upper: Float32Array
}

/**
 * Fits two Gaussians by expectation–maximisation. It begins from three starts: the split of largest between-group
 * variance, and either tail, for rare modes that this split would cut through the bulk. After a few rounds the
 * likeliest continues to the end (small runs: Biernacki, Celeux & Govaert 2003). Deviations are at least `floor`. For
 * many values, the outermost 64 on either side are fitted one by one, and 256 runs represent the others; posteriors are
 * of every value.
 */
export function twoModes(values: Float32Array, floor = 0.02, rounds = 25): TwoModes {
  const n = values.length
  const kernels = sharedKernels()
  const padded = 16 * Math.ceil(n / 4)
  const [at = 0, fit = 0, upper = 0, ...work] = kernels.reserve(
    padded,
    8 * FIT,
    padded,
    padded,
    padded,
    8 * FIT,
    SORT,
    padded,
    padded,
    padded,
  )
  kernels.floats(at, n).set(values)
  kernels.floats(at + 4 * n, padded / 4 - n).fill(0)
  const [sorted = 0, beside = 0, best = 0, counts = 0, ones = 0, few = 0, weights = 0] = work
  const tail = Math.max(2, Math.round(n * RARE))
  kernels.fitModes(at, n, tail, floor, rounds, fit, upper, sorted, beside, best, counts, ones, few, weights)
  const [m0 = 0, m1 = 0, s0 = 1, s1 = 1, weight = 0, likelihood = 0] = kernels.doubles(fit, FIT)
  const means = [m0, m1] as const
  const deviations = [s0, s1] as const
  return {
    means,
    deviations,
    weight,
    separation: ashman(means, deviations),
    likelihood,
    upper: kernels.floats(upper, n).slice(),
  }
}

/** The doubles of a fit in the kernels' memory, and the bytes of the counts of a sort. */
const FIT = 6
const SORT = 3 * 2048 * 4
/** The share of the values that a start in a tail takes for the rare mode. */
const RARE = 0.02

/** The distance of two modes in units of their common deviation. */
export function ashman(means: readonly [number, number], deviations: readonly [number, number]): number {
  return Math.abs(means[1] - means[0]) / Math.sqrt((deviations[0] ** 2 + deviations[1] ** 2) / 2)
}
