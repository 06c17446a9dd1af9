import { highestFirst } from '../numeric/sorted.ts'
import { isotonic } from './isotonic.ts'

/** A step of the ranking has at least this many records, and at least this share of the number of records above it. */
const SMALLEST_STEP = 3
const STEP_SHARE = 0.15
const CERTAIN = 1e-6

/**
 * Log-odds for a channel that ranks well but has no scale, from posteriors that have a scale but rank less well: the
 * mean posterior of the records that the channel ranks alike, falling with rank (isotonic calibration: Zadrozny & Elkan
 * 2002, Transforming Classifier Scores into Accurate Multiclass Probability Estimates). They follow the scores
 * strictly. Records with a posterior of NaN take no part and get −Infinity.
 */
export function calibrateRanking(scores: Float64Array, posterior: Float64Array): Float64Array {
  const order = highestFirst(scores).filter((i) => !Number.isNaN(posterior[i]!))
  const steps = stepsOf(order, posterior)
  const means = isotonic(
    Float64Array.from(steps, (step) => -step.mean),
    Float64Array.from(steps, (step) => step.size),
  )
  const sharpen = attenuation(order, posterior)
  const odds = means.map((mean) => logit(sharpen(-mean)))
  const centres = steps.map(({ from, size }) => Math.log(from + size / 2))
  const logOdds = new Float64Array(scores.length).fill(-Infinity)
  let step = 0
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++
    const at = Math.log((from + to) / 2)
    while (step < centres.length - 2 && at > centres[step + 1]!) step++
    const [left, right] = [centres[step]!, centres[step + 1] ?? centres[step]! + 1]
    const share = Math.min(1, Math.max(0, (at - left) / (right - left)))
    const between = odds[step]! + share * ((odds[step + 1] ?? odds[step]!) - odds[step]!)
    // A small slope keeps ranks apart where the means are equal.
    for (let k = from; k < to; k++) logOdds[order[k]!] = between - 1e-2 * at
    from = to
  }
  return logOdds
}

/**
 * Corrects means over records that rank alike. They are closer to the middle than the truth, since the posteriors
 * disagree with the ranking by chance. If posterior and ranking were independent given the truth, a mean would be
 * P·E[r|poison] + (1−P)·E[r|clean]; if they were the same, it would be P itself. The correction goes half-way between.
 */
function attenuation(order: Int32Array, posterior: Float64Array): (mean: number) => number {
  let [sum, squares] = [0, 0]
  for (const i of order) {
    sum += posterior[i]!
    squares += posterior[i]! ** 2
  }
  const ofPoison = (1 + squares / Math.max(sum, 1e-12)) / 2
  const ofClean = (sum - squares) / Math.max(order.length - sum, 1e-12)
  return (mean) => Math.max(mean - ofClean, 0.1 * mean) / (ofPoison - ofClean)
}

interface Step {
  readonly from: number
  readonly size: number
  readonly mean: number
}

function stepsOf(order: Int32Array, posterior: Float64Array): Step[] {
  const steps: Step[] = []
  for (let from = 0; from < order.length;) {
    const size = Math.min(order.length - from, Math.max(SMALLEST_STEP, Math.ceil(STEP_SHARE * from)))
    let sum = 0
    for (let k = from; k < from + size; k++) sum += posterior[order[k]!]!
    steps.push({ from, size, mean: sum / size })
    from += size
  }
  return steps
}

function logit(p: number): number {
  const inside = Math.min(1 - CERTAIN, Math.max(CERTAIN, p))
  return Math.log(inside) - Math.log1p(-inside)
}
