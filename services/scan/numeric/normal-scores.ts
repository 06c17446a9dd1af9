import { ascending, countBelow } from './sorted.ts'

/** Values that a column must have for its ends to be known. */
const LEAST_VALUES = 100
/** The tail of an end is what lies beyond the value that this share of all lie beyond. */
const SHOULDER = 0.1
/** Values that a tail must have: fewer do not say how far out the next may lie, and are told by their ranks. */
const LEAST_TAIL = 10
/** Nats of surprise, at most: beyond it values are as odd as can be. */
const LARGEST = 18

/**
 * The normal scores of a column's values (van der Waerden 1952): the standard normal quantile of each rank. Beyond half
 * of an end's tail ranks would say how many lie as far out and not how far that is; there the quantile is of the longer
 * one of two tails, exponential in the distance from the median or in its logarithm, whose scale is the tail's median,
 * so that a few values far out do not lengthen it. Missing values have 0. Null of a column of fewer than 100 values, or
 * of which no two differ, or whose span is no number.
 */
export function normalScores(values: Float64Array): Float64Array | null {
  const sorted = ascending(values.filter((value) => Number.isFinite(value)))
  const m = sorted.length
  const span = sorted[m - 1]! - sorted[0]!
  if (m < LEAST_VALUES || !(span > 0 && span < Infinity)) return null
  const { different, scores } = scoresOfRanks(sorted)
  const middle = sorted[m >> 1]!
  const step = typicalStep(different)
  const low = tailOf((k) => middle - sorted[k]!, m, step)
  const high = tailOf((k) => sorted[m - 1 - k]! - middle, m, step)
  return values.map((value) => {
    if (!Number.isFinite(value)) return 0
    if (value - middle > high.from) return quantile(high.surprise(value - middle))
    if (middle - value > low.from) return -quantile(low.surprise(middle - value))
    return scores[countBelow(different, value, false)]!
  })
}

/** The different values of ascending ones, and the normal score of the mean rank of each. */
function scoresOfRanks(sorted: Float64Array): { different: Float64Array; scores: Float64Array } {
  const m = sorted.length
  const [different, scores] = [new Float64Array(m), new Float64Array(m)]
  let count = 0
  for (let from = 0; from < m;) {
    let to = from
    while (to < m && sorted[to] === sorted[from]) to++
    const below = (from + to) / (2 * m)
    different[count] = sorted[from]!
    scores[count++] = below < 0.5 ? -quantile(-Math.log(below)) : quantile(-Math.log(1 - below))
    from = to
  }
  return { different: different.subarray(0, count), scores }
}

function typicalStep(different: Float64Array): number {
  const steps = different.subarray(1).map((value, at) => value - different[at]!)
  return steps.sort()[(steps.length - 1) >> 1]!
}

interface Tail {
  /** The distance from the median from which the tail is asked, and not the rank. */
  readonly from: number
  /** Minus the logarithm of the share of values that lie farther from the median than so. */
  readonly surprise: (distance: number) => number
}

/** `out(k)`: how far from the median the value lies that is the k-th from the end. */
function tailOf(out: (k: number) => number, m: number, step: number): Tail {
  const shoulder = Math.max(0, out(Math.min(m - 1, Math.ceil(SHOULDER * m))))
  let beyond = 0
  while (beyond < m && out(beyond) > shoulder) beyond++
  if (beyond < LEAST_TAIL) return { from: Infinity, surprise: () => 0 }
  const half = out(beyond >> 1)
  const base = Math.max(shoulder, step)
  const linear = (half - shoulder) / Math.LN2
  // Of whole numbers, and of flags, a tail is no sharper than half of a step.
  const logarithmic = Math.max(Math.log(Math.max(half, base) / base) / Math.LN2, Math.log1p(step / 2 / base))
  const start = -Math.log(Math.min(0.5, beyond / m))
  const surprise = (distance: number) =>
    Math.min(LARGEST, start + Math.min((distance - shoulder) / linear, Math.log(distance / base) / logarithmic))
  return { from: Math.max(half, base), surprise }
}

/** The standard normal quantile beyond which a share of e^−surprise lies, of half at most (Abramowitz & Stegun 1964, 26.2.23; within 5 · 10⁻⁴). */
function quantile(surprise: number): number {
  if (surprise <= Math.LN2) return 0
  const t = Math.sqrt(2 * surprise)
  const above = 2.515517 + t * (0.802853 + t * 0.010328)
  return t - above / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
}
