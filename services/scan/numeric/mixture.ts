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
  readonly upper: Float64Array
}

/**
 * Expectation–maximisation from three starts (the split of largest between-group variance, and either tail, for rare
 * modes that this split would cut through the bulk); the likeliest fit. Deviations are held above `floor`.
 */
export function twoModes(values: Float64Array, floor = 0.02, rounds = 25): TwoModes {
  const sorted = Float64Array.from(values).sort()
  const tail = Math.max(2, Math.round(sorted.length * 0.02))
  const starts = [otsu(sorted), tail, sorted.length - tail]
  let best: Fit | undefined
  for (const start of starts) {
    const fit = maximise(values, sorted, start, floor, rounds)
    if (!best || fit.likelihood > best.likelihood) best = fit
  }
  const fit = withoutStrays(values, best!, floor)
  const { m0, m1, s0, s1, weight, likelihood } = fit
  const upper = posteriors(values, fit)
  const means = [m0, m1] as const
  const deviations = [s0, s1] as const
  return { means, deviations, weight, separation: ashman(means, deviations), likelihood, upper }
}

interface Fit {
  readonly m0: number
  readonly m1: number
  readonly s0: number
  readonly s1: number
  readonly weight: number
  readonly likelihood: number
}

/** Distance of two modes in units of their common deviation. */
export function ashman(means: readonly [number, number], deviations: readonly [number, number]): number {
  return Math.abs(means[1] - means[0]) / Math.sqrt((deviations[0] ** 2 + deviations[1] ** 2) / 2)
}

/** The index that cuts sorted values into the two groups of largest between-group variance (Otsu 1979). */
function otsu(sorted: Float64Array): number {
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

function maximise(values: Float64Array, sorted: Float64Array, start: number, floor: number, rounds: number): Fit {
  const n = values.length
  let [m0, s0] = moments(sorted.subarray(0, start), floor)
  let [m1, s1] = moments(sorted.subarray(start), floor)
  let weight = 1 - start / n
  for (let round = 0; round < rounds; round++) {
    const [c0, c1] = [Math.log((1 - weight) / s0), Math.log(weight / s1)]
    const [h0, h1] = [-0.5 / (s0 * s0), -0.5 / (s1 * s1)]
    let [sum, first, square, all, allSquare] = [0, 0, 0, 0, 0]
    for (let i = 0; i < n; i++) {
      const v = values[i]!
      const r = 1 / (1 + Math.exp(c0 + h0 * (v - m0) ** 2 - c1 - h1 * (v - m1) ** 2))
      sum += r
      first += r * v
      square += r * v * v
      all += v
      allSquare += v * v
    }
    const [n1, n0] = [Math.max(sum, 1e-9), Math.max(n - sum, 1e-9)]
    const before = m1 - m0
    m1 = first / n1
    m0 = (all - first) / n0
    s1 = Math.max(Math.sqrt(Math.max(square / n1 - m1 * m1, 0)), floor)
    s0 = Math.max(Math.sqrt(Math.max((allSquare - square) / n0 - m0 * m0, 0)), floor)
    weight = Math.min(Math.max(sum / n, 1e-6), 1 - 1e-6)
    if (Math.abs(m1 - m0 - before) < 1e-4) break
  }
  const likelihood = meanLogLikelihood(values, [m0, m1], [s0, s1], weight)
  return m1 < m0
    ? { m0: m1, m1: m0, s0: s1, s1: s0, weight: 1 - weight, likelihood }
    : { m0, m1, s0, s1, weight, likelihood }
}

/** Strays have joined a mode where its deviation is this much larger than that of its middle half. */
const STRAYED = 2.5

/**
 * The fit with each mode's place and width taken from its middle half, where strays had joined it: records far from both
 * modes must be in one of them, and a few make a narrow mode look wide.
 */
function withoutStrays(values: Float64Array, fit: Fit, floor: number): Fit {
  const upper = posteriors(values, fit)
  const lower = middle(
    values.filter((_, i) => upper[i]! <= 0.5),
    floor,
  )
  const higher = middle(
    values.filter((_, i) => upper[i]! > 0.5),
    floor,
  )
  let { m0, m1, s0, s1 } = fit
  if (s0 > STRAYED * lower.deviation) [m0, s0] = [lower.median, 1.2 * lower.deviation]
  if (s1 > STRAYED * higher.deviation) [m1, s1] = [higher.median, 1.2 * higher.deviation]
  return { ...fit, m0, m1, s0, s1 }
}

function middle(values: Float64Array, floor: number): { median: number; deviation: number } {
  if (values.length < 10) return { median: 0, deviation: Infinity }
  const sorted = values.sort()
  const at = (q: number) => sorted[Math.floor(q * (sorted.length - 1))] ?? 0
  return { median: at(0.5), deviation: Math.max((at(0.75) - at(0.25)) / 1.349, floor) }
}

function posteriors(values: Float64Array, { m0, m1, s0, s1, weight }: Fit): Float64Array {
  const odds = Math.log((1 - weight) / s0) - Math.log(weight / s1)
  return values.map((v) => 1 / (1 + Math.exp(odds - 0.5 * ((v - m0) / s0) ** 2 + 0.5 * ((v - m1) / s1) ** 2)))
}

function meanLogLikelihood(
  values: Float64Array,
  [m0, m1]: readonly [number, number],
  [s0, s1]: readonly [number, number],
  weight: number,
): number {
  let sum = 0
  for (const v of values) {
    const l0 = Math.log((1 - weight) / s0) - 0.5 * ((v - m0) / s0) ** 2
    const l1 = Math.log(weight / s1) - 0.5 * ((v - m1) / s1) ** 2
    sum += Math.max(l0, l1) + Math.log1p(Math.exp(-Math.abs(l1 - l0)))
  }
  return sum / values.length - 0.5 * Math.log(2 * Math.PI)
}

function moments(values: Float64Array, floor: number): [number, number] {
  let mean = 0
  for (const v of values) mean += v
  mean /= Math.max(values.length, 1)
  let square = 0
  for (const v of values) square += (v - mean) ** 2
  return [mean, Math.max(Math.sqrt(square / Math.max(values.length, 1)), floor)]
}
