import type { Matrix } from './numeric/matrix.ts'
import type { Grouping } from './samples.ts'

/** What the window's labels say about their own reliability. */
export interface LabelNoise {
  /** Per record: log-odds that its label is not the true one; −Infinity where it has none. */
  readonly logOdds: Float64Array
  /** Estimated share of labels replaced at random. */
  readonly rate: number
  /** K × K: estimated share of class a's records that carry label b, beyond chance and beyond the reverse; 0 for a = b. */
  readonly pairs: Float64Array
  /** What the predictor's log-probabilities were divided by: above 1, it had been too sure. */
  readonly temperature: number
}

const ROUNDS = 12
/** Believed before: two labels in a thousand are wrong, as if so many records had shown it. */
const PRIOR_RATE = 0.002
const PRIOR_RECORDS = 500

/**
 * Labels as a mixture: with probability 1−ε a label is drawn from what the cross-fitted predictor expects of its record,
 * with probability ε from all other labels alike, or from those that one class is being pushed into. ε, the pairs and
 * the predictor's temperature are those that make the labels most likely, so that natural ambiguity, which the predictor
 * shows, is not taken for noise (Natarajan et al. 2013, Learning with Noisy Labels; Guo et al. 2017, On Calibration of
 * Modern Neural Networks). The posterior of the noise component is a record's probability of a wrong label.
 */
export function estimateLabelNoise(expected: Matrix, labels: Grouping): LabelNoise {
  const classes = expected.cols
  const known = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! >= 0)
  if (classes < 2 || known.length === 0) return nothing(labels.of.length, classes)
  const logs = expected.data.map((p) => Math.log(Math.max(p, 1e-9)))
  const likelihood = (temperature: number) => fit(logs, classes, labels.of, known, temperature)
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = [Math.log(0.7), Math.log(4)]
  for (let step = 0; step < 10; step++) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)]
    if (likelihood(Math.exp(a)).value > likelihood(Math.exp(b)).value) high = b
    else low = a
  }
  const temperature = Math.exp((low + high) / 2)
  const { rate, given } = likelihood(temperature)
  const pairs = pushes(logs, classes, labels, known, temperature, rate)
  const logOdds = new Float64Array(labels.of.length).fill(-Infinity)
  known.forEach((i, at) => {
    const noise = rate / (classes - 1) + push(logs, classes, i, labels.of[i]!, temperature, pairs)
    logOdds[i] = Math.log(noise) + Math.log1p(-given[at]!) - Math.log1p(-rate) - Math.log(given[at]!)
  })
  return { logOdds, rate, pairs, temperature }
}

function nothing(n: number, classes: number): LabelNoise {
  const pairs = new Float64Array(classes * classes)
  return { logOdds: new Float64Array(n).fill(-Infinity), rate: 0, pairs, temperature: 1 }
}

/** The noise rate by expectation–maximisation at one temperature, and the log-likelihood it reaches. */
function fit(logs: Float32Array, classes: number, of: Int32Array, known: Int32Array, temperature: number) {
  const given = Float64Array.from(known, (i) => tempered(logs, classes, i, of[i]!, temperature))
  let rate = PRIOR_RATE
  for (let round = 0; round < ROUNDS; round++) {
    let noisy = PRIOR_RATE * PRIOR_RECORDS
    for (const p of given) {
      const noise = (rate * (1 - p)) / (classes - 1)
      noisy += noise / (noise + (1 - rate) * p)
    }
    rate = noisy / (given.length + PRIOR_RECORDS)
  }
  let value = 0
  for (const p of given) value += Math.log((rate * (1 - p)) / (classes - 1) + (1 - rate) * p)
  return { rate, given, value }
}

/** The tempered probability of one label, kept within what single precision can tell from 0 and 1. */
function tempered(logs: Float32Array, classes: number, i: number, label: number, temperature: number): number {
  let total = 0
  for (let c = 0; c < classes; c++)
    total += Math.exp((logs[i * classes + c]! - logs[i * classes + label]!) / temperature)
  return Math.min(1 - 1e-7, 1 / total)
}

/** Classes whose records carry one certain other label more often than chance, ambiguity and the reverse pair explain. */
function pushes(
  logs: Float32Array,
  classes: number,
  labels: Grouping,
  known: Int32Array,
  temperature: number,
  rate: number,
): Float64Array {
  const seen = new Float64Array(classes * classes)
  const due = new Float64Array(classes * classes)
  const size = new Float64Array(classes)
  for (const i of known) {
    let top = 0
    for (let c = 1; c < classes; c++) if (logs[i * classes + c]! > logs[i * classes + top]!) top = c
    size[top]!++
    seen[top * classes + labels.of[i]!]!++
    for (let c = 0; c < classes; c++) due[top * classes + c]! += tempered(logs, classes, i, c, temperature)
  }
  const excess = (a: number, b: number) =>
    seen[a * classes + b]! - due[a * classes + b]! - (rate * size[a]!) / (classes - 1)
  const pairs = new Float64Array(classes * classes)
  for (let a = 0; a < classes; a++) {
    for (let b = 0; b < classes; b++) {
      if (a === b) continue
      const more = excess(a, b) - Math.max(0, excess(b, a))
      const error = Math.sqrt(seen[a * classes + b]! + seen[b * classes + a]! + 4)
      if (more > 3 * error) pairs[a * classes + b] = more / size[a]!
    }
  }
  return pairs
}

/** How likely a record as expected would carry `label` through a pushed pair. */
function push(
  logs: Float32Array,
  classes: number,
  i: number,
  label: number,
  temperature: number,
  pairs: Float64Array,
): number {
  let sum = 0
  for (let a = 0; a < classes; a++) {
    const share = pairs[a * classes + label]!
    if (share > 0) sum += share * tempered(logs, classes, i, a, temperature)
  }
  return sum
}
