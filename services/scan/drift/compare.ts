import type { Sketch } from '#core/sidecar.ts'

/** How many quantiles a sketch of a window keeps, so that a distance is known to about half of 1/64. */
const QUANTILES = 64
const RESOLUTION = 1 / QUANTILES

/** How far a window's values lie from earlier ones. */
export interface Distance {
  /** The largest difference of the two distributions, 0 to 1. */
  readonly distance: number
  /** The value up to which the two shares of records differ most, and whether the window's is the larger one. */
  readonly at: number
  readonly isLower: boolean
  /** The share up to that value, before and now. */
  readonly before: number
  readonly now: number
  /** The probability of a distance as large if both have one distribution; an upper bound. */
  readonly p: number
}

/**
 * A sketch of the finite values by at most 64 quantiles, so that a window's sidecar stays small; null where there are
 * none.
 */
export function sketchOf(values: Float64Array): Sketch | null {
  const sorted = values.filter((value) => Number.isFinite(value)).sort()
  const n = sorted.length
  if (n === 0) return null
  const parts = Math.min(n, QUANTILES)
  const weights = new Map<number, number>()
  for (let k = 0; k < parts; k++) {
    const value = sorted[Math.floor(((k + 0.5) * n) / parts)]!
    weights.set(value, (weights.get(value) ?? 0) + n / parts)
  }
  return { values: [...weights.keys()], weights: [...weights.values()] }
}

/**
 * The two-sample test of Kolmogorov and Smirnov of a window's values against a sketch of earlier ones. Ties count by
 * their middles, and the p-value allows for what a sketch leaves open. Null where either has no values.
 */
export function compare(values: Float64Array, before: Sketch | undefined): Distance | null {
  const own = sketchOf(values)
  if (own === null || before === undefined) return null
  const [now, then] = [cumulative(own), cumulative(before)]
  let [distance, apart, at, isLower] = [0, 0, 0, true]
  for (const x of [...own.values, ...before.values]) {
    distance = Math.max(distance, Math.abs(now(x).middle - then(x).middle))
    const difference = now(x).upTo - then(x).upTo
    if (Math.abs(difference) > apart) [apart, at, isLower] = [Math.abs(difference), x, difference > 0]
  }
  const [n, m] = [total(own), total(before)]
  const shares = { before: then(at).upTo, now: now(at).upTo }
  const beyond = Math.max(0, distance - 2 * RESOLUTION)
  return { distance, at, isLower, ...shares, p: Math.min(1, 2 * Math.exp((-2 * beyond * beyond * n * m) / (n + m))) }
}

/** The share of a sketch's weight at a value. */
export function shareAt(sketch: Sketch, value: number): number {
  const there = sketch.weights.filter((_, at) => sketch.values[at] === value)
  return there.reduce((sum, weight) => sum + weight, 0) / total(sketch)
}

/** The quantile of a sketch at `share`. */
export function quantile(sketch: Sketch, share: number): number {
  const wanted = share * total(sketch)
  let below = 0
  for (const [at, weight] of sketch.weights.entries()) {
    below += weight
    if (below >= wanted) return sketch.values[at]!
  }
  return sketch.values.at(-1)!
}

function total({ weights }: Sketch): number {
  return weights.reduce((sum, weight) => sum + weight, 0)
}

/** P(≤ x), and P(< x) + ½ P(= x), the middle of a tie. */
function cumulative(sketch: Sketch): (x: number) => { upTo: number; middle: number } {
  const all = total(sketch)
  return (x) => {
    let [upTo, tied] = [0, 0]
    for (const [k, weight] of sketch.weights.entries()) {
      if (sketch.values[k]! > x) break
      upTo += weight
      if (sketch.values[k] === x) tied += weight
    }
    return { upTo: upTo / all, middle: (upTo - tied / 2) / all }
  }
}
