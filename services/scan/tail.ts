/** The upper tail of a channel's clean scores: `surprise(x)` is −ln P(score ≥ x), 0 at the least score and rising. */
export interface Tail {
  readonly surprise: (score: number) => number
}

/** The part of the bulk that the tail is fitted to: above the lower, below the upper quantile. */
const FROM = 0.6
const TO = 0.94
/** Standard deviation of the prior on the tail's shape, which is centred on an exponential tail. */
const SHAPE_PRIOR = 0.1

/**
 * The clean tail read from the window's own bulk: the empirical distribution up to the bulk's end, beyond it a
 * generalised Pareto tail fitted to what lies between the 60th and the 94th percentile alone, so that the poison
 * beyond takes no part (the empirical null of Efron 2004, Large-Scale Simultaneous Hypothesis Testing, with the tail of
 * Pickands 1975, Statistical Inference Using Extreme Order Statistics). `inflate` widens the shape by as many standard
 * errors: the price of extrapolating.
 */
export function ownTail(scores: Float64Array, inflate = 1): Tail {
  const sorted = scores.toSorted()
  const n = sorted.length
  const start = sorted[Math.floor(FROM * n)] ?? 0
  const end = sorted[Math.floor(TO * n)] ?? 0
  const excesses = sorted.filter((score) => score > start && score <= end).map((score) => score - start)
  if (excesses.length < 20 || end <= start) return { surprise: (score) => empirical(sorted, score) }
  const fitted = fitTruncated(excesses, end - start)
  const shape = fitted.shape + inflate * fitted.shapeError
  const scale = rescale(excesses, end - start, shape)
  const base = -Math.log(1 - FROM)
  return {
    surprise(score) {
      return score <= start ? empirical(sorted, score) : base + paretoSurprise(score - start, scale, shape)
    },
  }
}

/** −ln of the survival of a generalised Pareto tail; a negative shape's end point is passed on a straight line. */
function paretoSurprise(excess: number, scale: number, shape: number): number {
  const u = excess / scale
  if (Math.abs(shape) < 1e-6) return u
  const inside = 1 + shape * u
  if (inside > 0.05) return Math.log(inside) / shape
  const edge = -0.95 / shape
  return Math.log(0.05) / shape + (u - edge) / 0.05
}

interface Fit {
  readonly scale: number
  readonly shape: number
  readonly shapeError: number
}

/** Maximum posterior of scale and shape for excesses known to lie below `bound`, on a grid of shapes. */
function fitTruncated(excesses: Float64Array, bound: number): Fit {
  const shapes = Array.from({ length: 33 }, (_, k) => -0.4 + k * 0.025)
  const fits = shapes.map((shape) => {
    const scale = rescale(excesses, bound, shape)
    return { shape, scale, value: likelihood(excesses, bound, scale, shape) - (shape / SHAPE_PRIOR) ** 2 / 2 }
  })
  const best = fits.reduce((a, b) => (b.value > a.value ? b : a))
  // The posterior over the grid is the error: no second derivative of a noisy optimum.
  const weights = fits.map((fit) => Math.exp(fit.value - best.value))
  const total = weights.reduce((a, b) => a + b, 0)
  const mean = fits.reduce((sum, fit, k) => sum + fit.shape * weights[k]!, 0) / total
  const variance = fits.reduce((sum, fit, k) => sum + (fit.shape - mean) ** 2 * weights[k]!, 0) / total
  return { scale: best.scale, shape: mean, shapeError: Math.sqrt(variance) }
}

/** The most likely scale for a shape, by golden section on its logarithm. */
function rescale(excesses: Float64Array, bound: number, shape: number): number {
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = [Math.log(bound / 50), Math.log(bound * 20)]
  const value = (log: number) => likelihood(excesses, bound, Math.exp(log), shape)
  for (let step = 0; step < 30; step++) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)]
    if (value(a) > value(b)) high = b
    else low = a
  }
  return Math.exp((low + high) / 2)
}

function likelihood(excesses: Float64Array, bound: number, scale: number, shape: number): number {
  if (1 + (shape * bound) / scale <= 0.05) return -Infinity
  const within = -Math.expm1(-paretoSurprise(bound, scale, shape))
  let sum = -excesses.length * (Math.log(scale) + Math.log(within))
  // A quarter of the points fix the shape as well as all of them, and sorted ones can be strided.
  const stride = Math.max(1, Math.floor(excesses.length / 500))
  let used = 0
  let logs = 0
  for (let k = Math.floor(stride / 2); k < excesses.length; k += stride) {
    const surprise = paretoSurprise(excesses[k]!, scale, shape)
    logs -= surprise * (1 + shape)
    used++
  }
  sum += (logs * excesses.length) / Math.max(1, used)
  return sum
}

function empirical(sorted: Float64Array, score: number): number {
  return -Math.log((sorted.length - below(sorted, score) + 0.5) / (sorted.length + 1))
}

/** How many of the sorted values lie below `score`. */
export function below(sorted: Float64Array, score: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < score) low = middle + 1
    else high = middle
  }
  return low
}
