import { sharedKernels } from './kernels/kernels.ts'

/** Two Gaussians fitted to one dimension. Index 1 is the mode with the larger mean. */
export interface TwoModes {
  readonly means: readonly [number, number]
  readonly deviations: readonly [number, number]
  /** Share of the upper mode. */
  readonly weight: number
  /** Ashman, Bird & Zepf 1994, Detecting bimodality in astronomical datasets: above 2 the modes are separate. */
  readonly separation: number
  /** Mean log-likelihood per value. */
  readonly likelihood: number
  /** Posterior of the upper mode, one a value. */
  readonly upper: Float32Array
}

/** Rounds after which the three starts are compared; the likeliest goes on alone. */
const TRIAL = 6
/** A fit is settled once its means' distance moves by less in a round. */
const SETTLED = 1e-4

/**
 * Expectation–maximisation from three starts (the split of largest between-group variance, and either tail, for rare
 * modes that this split would cut through the bulk), of which the likeliest after a few rounds goes on to the end (small
 * runs: Biernacki, Celeux & Govaert 2003). Deviations are held above `floor`.
 */
export function twoModes(values: Float32Array, floor = 0.02, rounds = 25): TwoModes {
  const n = values.length
  const sorted = values.toSorted()
  const tail = Math.max(2, Math.round(n * 0.02))
  const kernels = sharedKernels()
  const padded = 16 * Math.ceil(n / 4)
  const [at = 0, fit = 0, upper = 0] = kernels.reserve(padded, 8 * FIT, padded)
  kernels.floats(at, n).set(values)
  kernels.floats(at + 4 * n, padded / 4 - n).fill(0)
  const figures = kernels.doubles(fit, FIT)
  let best: Float64Array | undefined
  for (const start of [otsu(sorted), tail, n - tail]) {
    const [m0, s0] = moments(sorted.subarray(0, start), floor)
    const [m1, s1] = moments(sorted.subarray(start), floor)
    figures.set([m0, m1, s0, s1, 1 - start / n, 0])
    kernels.maximise(at, n, fit, TRIAL, floor, SETTLED)
    kernels.posteriors(at, n, fit, upper)
    if (!best || figures[LIKELIHOOD]! > best[LIKELIHOOD]!) best = figures.slice()
  }
  figures.set(best!)
  kernels.maximise(at, n, fit, rounds - TRIAL, floor, SETTLED)
  kernels.posteriors(at, n, fit, upper)
  const fitted = withoutStrays(values, kernels.floats(upper, n), ordered(figures), floor)
  figures.set([fitted.m0, fitted.m1, fitted.s0, fitted.s1, fitted.weight])
  kernels.posteriors(at, n, fit, upper)
  const { m0, m1, s0, s1, weight, likelihood } = fitted
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

/** Doubles of a fit in the kernels' memory, and the place of its likelihood. */
const FIT = 6
const LIKELIHOOD = 5

interface Fit {
  readonly m0: number
  readonly m1: number
  readonly s0: number
  readonly s1: number
  readonly weight: number
  readonly likelihood: number
  /** Whether the second of the kernels' modes is the upper one, as their posteriors have it. */
  readonly inOrder: boolean
}

function ordered([m0 = 0, m1 = 0, s0 = 1, s1 = 1, weight = 0, likelihood = 0]: Float64Array): Fit {
  return m1 < m0
    ? { m0: m1, m1: m0, s0: s1, s1: s0, weight: 1 - weight, likelihood, inOrder: false }
    : { m0, m1, s0, s1, weight, likelihood, inOrder: true }
}

/** Distance of two modes in units of their common deviation. */
export function ashman(means: readonly [number, number], deviations: readonly [number, number]): number {
  return Math.abs(means[1] - means[0]) / Math.sqrt((deviations[0] ** 2 + deviations[1] ** 2) / 2)
}

/** The index that cuts sorted values into the two groups of largest between-group variance (Otsu 1979). */
function otsu(sorted: Float32Array): number {
  let total = 0
  for (const v of sorted) total += v
  let below = 0
  let best = -1
  let at = 1
  for (let k = 1; k < sorted.length; k++) {
    below += sorted[k - 1]!
    const gap = below / k - (total - below) / (sorted.length - k)
    const between = k * (sorted.length - k) * gap * gap
    if (between > best) [best, at] = [between, k]
  }
  return at
}

/** Strays have joined a mode where its deviation is this much larger than that of its middle half. */
const STRAYED = 2.5

/**
 * The fit with each mode's place and width taken from its middle half, where strays had joined it: records far from both
 * modes must be in one of them, and a few make a narrow mode look wide.
 */
function withoutStrays(values: Float32Array, posterior: Float32Array, fit: Fit, floor: number): Fit {
  const isUpper = (i: number) => posterior[i]! > 0.5 === fit.inOrder
  const lower = middle(
    values.filter((_, i) => !isUpper(i)),
    floor,
  )
  const higher = middle(
    values.filter((_, i) => isUpper(i)),
    floor,
  )
  let { m0, m1, s0, s1 } = fit
  if (s0 > STRAYED * lower.deviation) [m0, s0] = [lower.median, 1.2 * lower.deviation]
  if (s1 > STRAYED * higher.deviation) [m1, s1] = [higher.median, 1.2 * higher.deviation]
  return { ...fit, m0, m1, s0, s1 }
}

function middle(values: Float32Array, floor: number): { median: number; deviation: number } {
  if (values.length < 10) return { median: 0, deviation: Infinity }
  const sorted = values.sort()
  const at = (q: number) => sorted[Math.floor(q * (sorted.length - 1))] ?? 0
  return { median: at(0.5), deviation: Math.max((at(0.75) - at(0.25)) / 1.349, floor) }
}

function moments(values: Float32Array, floor: number): [number, number] {
  let mean = 0
  for (const v of values) mean += v
  mean /= Math.max(values.length, 1)
  let square = 0
  for (const v of values) square += (v - mean) ** 2
  return [mean, Math.max(Math.sqrt(square / Math.max(values.length, 1)), floor)]
}
