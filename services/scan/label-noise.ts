import type { Matrix } from './numeric/matrix.ts'
import type { Grouping } from './samples.ts'

/** What the window's labels say about their own reliability. */
export interface LabelNoise {
  /** Per record: log-odds that its label was replaced at random; −Infinity where it has none. */
  readonly logOdds: Float64Array
  /** Per record: log-odds that its label is the one that its class is being pushed into; −Infinity without such a push. */
  readonly pushed: Float64Array
  /** Estimated share of labels replaced at random. */
  readonly rate: number
  /** Classes of which a part is being pushed into another. */
  readonly pushes: readonly Push[]
  /** The second predictor's log-loss as a share of the class shares' own: near 1, labels do not follow from records. */
  readonly unexplained: number
  /** What the predictor's log-probabilities were divided by: above 1, it had been too sure. */
  readonly temperature: number
}

export interface Push {
  readonly from: number
  readonly to: number
  /** What the predictor concedes to `to`, of what it gives to either, on the typical and the most doubtful record. */
  readonly typical: number
  readonly most: number
}

/** Of the records that a predictor gets wrong it is sure of this share: odd cases that look like noise and are not. */
const NATURAL = 0.02
/** Where more than this share of the loss is left unexplained, a label that disagrees with its record proves nothing. */
export const EXPLAINED = 0.42
/** The share of labels that no predictor is blamed for. */
const FORGIVEN = 0.02
const ROUNDS = 12
/** Believed before: two labels in a thousand are wrong, as if so many records had shown it. */
const PRIOR_RATE = 0.002
const PRIOR_RECORDS = 500

/**
 * Labels as a mixture: with probability 1−ε a label is drawn from what the cross-fitted predictor expects of its record,
 * with probability ε from all other labels alike. ε and the predictor's temperature are those that make the labels most
 * likely, so that natural ambiguity, which the predictor shows, is not taken for noise (Natarajan et al. 2013, Learning with Noisy Labels; Guo et al. 2017, On Calibration of
 * Modern Neural Networks). The posterior of the noise component is a record's probability of a wrong label. Where one
 * class is pushed into another the predictor learns to expect it, and gives itself away: see `findPushes`. A `second`
 * predictor, better but not calibrated so far out, has a veto in proportion to how far it expects the label as it is.
 */
export function estimateLabelNoise(expected: Matrix, labels: Grouping, second: Matrix = expected): LabelNoise {
  const classes = expected.cols
  const known = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! >= 0)
  if (classes < 2 || known.length === 0) return nothing(labels.of.length)
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
  const fitted = likelihood(temperature)
  const { given } = fitted
  const rate = Math.max(fitted.rate - NATURAL * errorRate(expected, labels, known), 0.1 * fitted.rate)
  const logOdds = new Float64Array(labels.of.length).fill(-Infinity)
  known.forEach((i, at) => {
    const noise = rate / (classes - 1)
    const wrong = (noise * (1 - given[at]!)) / (noise * (1 - given[at]!) + (1 - rate) * given[at]!)
    const agreed = Math.max(1e-9, wrong * (1 - second.data[i * classes + labels.of[i]!]!))
    logOdds[i] = Math.log(agreed) - Math.log1p(-agreed)
  })
  const unexplained = lossShare(second, labels, known)
  const pushes = unexplained <= EXPLAINED ? findPushes(expected) : []
  return { logOdds, pushed: pushedOdds(expected, labels, pushes), rate, pushes, unexplained, temperature }
}

function nothing(n: number): LabelNoise {
  const silent = new Float64Array(n).fill(-Infinity)
  return { logOdds: silent, pushed: silent, rate: 0, pushes: [], unexplained: 1, temperature: 1 }
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

function errorRate({ cols: classes, data }: Matrix, labels: Grouping, known: Int32Array): number {
  let errors = 0
  for (const i of known) {
    const given = data[i * classes + labels.of[i]!]!
    for (let c = 0; c < classes; c++) {
      if (data[i * classes + c]! <= given) continue
      errors++
      break
    }
  }
  return errors / known.length
}

function lossShare({ cols: classes, data }: Matrix, labels: Grouping, known: Int32Array): number {
  let [loss, prior] = [0, 0]
  for (const i of known) {
    const label = labels.of[i]!
    loss -= Math.log((1 - FORGIVEN) * data[i * classes + label]! + FORGIVEN / classes)
    prior -= Math.log(labels.counts[label]! / known.length)
  }
  return loss / Math.max(prior, 1e-9)
}

/** A floor below this is nothing, and look-alikes concede to one another within this factor, give or take `SLACK`. */
const LEAST_FLOOR = 0.012
const ONE_SIDED = 6
const SLACK = 0.002
/** Next to the strongest push into a label, others this much weaker are its shadow. */
const SHADOW = 0.25
const FEWEST = 20

/**
 * A class of which part is relabelled leaves a floor: the predictor concedes the new label something on *every* record of
 * the class, plain ones too, while honest ambiguity is a matter of few records. Floors are compared on the lower quartile
 * of the records on which the class leads, and against the reverse pair, for look-alikes concede both ways.
 */
function findPushes({ rows, cols: classes, data }: Matrix): Push[] {
  const shares = (a: number, b: number) => {
    const found: number[] = []
    for (let i = 0; i < rows; i++) {
      const [p, q] = [data[i * classes + a]!, data[i * classes + b]!]
      let other = 0.3
      for (let c = 0; c < classes; c++) if (c !== a && c !== b) other = Math.max(other, data[i * classes + c]!)
      if (p > other) found.push(q / (p + q))
    }
    return Float64Array.from(found).sort()
  }
  const quantile = (sorted: Float64Array, q: number) =>
    sorted.length < FEWEST ? 0 : (sorted[Math.floor(q * sorted.length)] ?? 0)
  const sorted = Array.from({ length: classes * classes }, (_, at) =>
    at % classes === Math.floor(at / classes) ? new Float64Array() : shares(Math.floor(at / classes), at % classes),
  )
  const floors = sorted.map((values) => quantile(values, 0.25))
  const found: Push[] = []
  for (let from = 0; from < classes; from++) {
    for (let to = 0; to < classes; to++) {
      const floor = floors[from * classes + to]!
      if (floor < LEAST_FLOOR || floor < ONE_SIDED * (floors[to * classes + from]! + SLACK)) continue
      if (floors.some((other, at) => at % classes === to && SHADOW * other > floor)) continue
      const values = sorted[from * classes + to]!
      found.push({ from, to, typical: quantile(values, 0.5), most: quantile(values, 0.75) })
    }
  }
  // Classes that shade into several others do so by nature.
  return new Set(found.map(({ to }) => to)).size > 1 ? [] : found
}

/** What is left of a label's expectation once the floor is taken off, against the floor. */
function pushedOdds({ cols: classes, data }: Matrix, labels: Grouping, pushes: readonly Push[]): Float64Array {
  const odds = new Float64Array(labels.of.length).fill(-Infinity)
  for (const { from, to, typical, most } of pushes) {
    labels.of.forEach((label, i) => {
      if (label !== to) return
      const [p, q] = [data[i * classes + from]!, data[i * classes + to]!]
      const honest = Math.max(q - (p * most) / (1 - most), 0.02 * q)
      odds[i] = Math.max(odds[i]!, Math.log((p * typical) / (1 - typical) + 1e-9) - Math.log(honest))
    })
  }
  return odds
}
