import { ascending } from '../numeric/sorted.ts'

/** The share of the scores, the highest, to which the tail is fitted. */
const SHOULDER = 0.2
/** The fewest scores to which a tail is fitted. */
const FEWEST = 20
/**
 * Shapes that a tail may have, from one that ends to one of few moments; DEVIATION is that of their normal prior about
 * an exponential tail.
 */
const SHAPES = Float64Array.from({ length: 29 }, (_, k) => -0.7 + 0.05 * k)
const DEVIATION = 0.2
/** Scales, as multiples of the mean excess. */
const SCALES = Float64Array.from({ length: 33 }, (_, k) => Math.exp(-1.6 + 0.1 * k))
/** Laws of less posterior probability are dropped. */
const NEGLIGIBLE = 1e-6
const LEAST_SURVIVAL = 1e-30

interface Law {
  readonly shape: number
  readonly scale: number
  readonly belief: number
}

/**
 * −ln P(score ≥ x) by a generalised Pareto tail over the upper fifth of the scores (Pickands 1975, Statistical
 * Inference Using Extreme Order Statistics). Of the highest share, `planted`, only the count is used: planted records
 * may be among them, and would make the tail look longer than it is. The result is the mean over shapes and scales,
 * weighted by how well they explain the rest: few scores, which show little, give a long tail. Below the tail the
 * result is by rank.
 */
export function tailSurprise(
  scores: Float64Array,
  planted: number,
  shoulder = SHOULDER,
  sorted = ascending(scores),
): (x: number) => number {
  const n = scores.length
  const byRank = (x: number) => -Math.log(Math.max(1, n - firstFrom(sorted, x)) / n)
  const start = sorted[Math.floor((1 - shoulder) * n)] ?? 0
  const end = sorted[Math.floor((1 - planted) * n)] ?? 0
  const excesses = sorted.filter((score) => score > start && score <= end).map((score) => score - start)
  const above = sorted.filter((score) => score > end).length
  if (excesses.length < FEWEST) return byRank
  const laws = believed(excesses, above, end - start)
  const share = (excesses.length + above) / n
  return (x) => {
    if (x <= start) return byRank(x)
    return -Math.log(Math.max(LEAST_SURVIVAL, share * survivalBeyond(x - start, laws)))
  }
}

function survivalBeyond(excess: number, laws: readonly Law[]): number {
  let survival = 0
  for (let at = 0; at < laws.length; at++) {
    const { shape, scale, belief } = laws[at]!
    survival += belief * Math.exp(-hazard(excess, shape, scale))
  }
  return survival
}

/** The posterior of laws, by the excesses and the count beyond `end`; it sums to about 1. */
function believed(excesses: Float64Array, above: number, end: number): Law[] {
  const mean = excesses.reduce((sum, excess) => sum + excess, 0) / excesses.length
  const scales = SCALES.map((factor) => factor * mean)
  const laws: Law[] = []
  for (const shape of SHAPES) {
    const sums = hazards(excesses, shape, scales)
    scales.forEach((scale, at) => {
      let log = -0.5 * (shape / DEVIATION) ** 2 - excesses.length * Math.log(scale) - above * hazard(end, shape, scale)
      log -= (1 + shape) * sums[at]!
      if (log > -Infinity) laws.push({ shape, scale, belief: log })
    })
  }
  const best = Math.max(...laws.map(({ belief }) => belief))
  const total = laws.reduce((sum, { belief }) => sum + Math.exp(belief - best), 0)
  return laws
    .map((law) => ({ ...law, belief: Math.exp(law.belief - best) / total }))
    .filter(({ belief }) => belief > NEGLIGIBLE)
}

/** −ln of a generalised Pareto law's survival; ∞ beyond the end of a tail that ends. */
function hazard(excess: number, shape: number, scale: number): number {
  if (Math.abs(shape) < 1e-9) return excess / scale
  const inside = 1 + (shape * excess) / scale
  return inside <= 0 ? Infinity : Math.log(inside) / shape
}

/**
 * How many terms are multiplied before a logarithm is taken: few enough that no product overflows, and cheaper than a
 * logarithm of each.
 */
const TERMS = 16

/** Laws whose products are taken side by side: each one waits for its last factor. */
const ABREAST = 4

/** The sum of the excesses' hazards by a law of each of the scales. Excesses ascend. */
function hazards(excesses: Float64Array, shape: number, scales: Float64Array): Float64Array {
  if (Math.abs(shape) < 1e-9) return scales.map((scale) => excesses.reduce((sum, excess) => sum + excess / scale, 0))
  const slopes = scales.map((scale) => shape / scale)
  const sums = new Float64Array(scales.length)
  const largest = excesses.at(-1) ?? 0
  for (let first = 0; first < sums.length; first += ABREAST) {
    const four = Float64Array.from({ length: ABREAST }, (_, k) => slopes[first + k] ?? 0)
    for (let from = 0; from < excesses.length; from += TERMS)
      addLogarithms(sums, first, excesses, from, Math.min(excesses.length, from + TERMS), four)
  }
  // Who ends before the largest excess cannot have brought it.
  return sums.map((sum, at) => (1 + slopes[at]! * largest <= 0 ? Infinity : sum / shape))
}

/** Adds ln of the product of 1 + slope · excess over some excesses, by each of four slopes. */
function addLogarithms(
  sums: Float64Array,
  first: number,
  excesses: Float64Array,
  from: number,
  to: number,
  slopes: Float64Array,
): void {
  const [a, b, c, d] = [slopes[0]!, slopes[1]!, slopes[2]!, slopes[3]!]
  let [p, q, r, s] = [1, 1, 1, 1]
  for (let at = from; at < to; at++) {
    const excess = excesses[at]!
    p *= 1 + a * excess
    q *= 1 + b * excess
    r *= 1 + c * excess
    s *= 1 + d * excess
  }
  addLogarithm(sums, first, p)
  addLogarithm(sums, first + 1, q)
  addLogarithm(sums, first + 2, r)
  addLogarithm(sums, first + 3, s)
}

function addLogarithm(sums: Float64Array, at: number, product: number): void {
  if (at < sums.length) sums[at]! += Math.log(product)
}

/** The first position in ascending order whose value is at least `x`. */
function firstFrom(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < x) low = middle + 1
    else high = middle
  }
  return low
}
