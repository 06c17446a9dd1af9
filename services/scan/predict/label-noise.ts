import { ENOUGH_RECORDS } from '../calibrate/enough.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { rests } from '../numeric/sweeps.ts'
import { evenNoise } from './even-noise.ts'
import { leadingLabels, liftOf } from './leaning-labels.ts'
import { leadingPush } from './leading-push.ts'
import { areStrewn } from './strewn.ts'
import { secondChoices } from './second-choices.ts'
import { lossOfNoise, type TaughtNoise, untaught } from './taught-noise.ts'
import { findPushes, type Push, pushedOdds } from './label-pushes.ts'
import type { Grouping, Samples } from '../view/samples.ts'
import type { Neighbours } from '../view/window-view.ts'

/** The estimated reliability of the window's labels. */
export interface LabelNoise {
  /**
   * Per record: log-odds that its label was replaced at random; −Infinity where it has no label, NaN where its label is
   * one that predictors have not learnt.
   */
  readonly logOdds: Float64Array
  /**
   * Per label: by how many nats these log-odds change because wrong labels are this one more often, or less often, than
   * any label alike; 0 where no label leads.
   */
  readonly leanings: Float64Array
  /** Whether one label may lead: in images and vectors with enough records and labels, where no push was found. */
  readonly mayLead: boolean
  /** Per record: log-odds that its label came from a push into it; −Infinity without such a push. */
  readonly pushed: Float64Array
  /** Estimated share of labels replaced at random. */
  readonly rate: number
  /** The classes of which a part is being pushed into another. */
  readonly pushes: readonly Push[]
  /**
   * The consensus's log-loss as a share of that of the class shares, without what labels replaced at random cost; in small
   * windows an upper estimate. Near 1, labels do not follow from records.
   */
  readonly unexplained: number
}

/** The share of a predictor's errors of which it is sure by nature: odd records that look like noise and are not. */
const NATURAL = 0.02
/**
 * Where the consensus leaves a larger share of the loss unexplained, a label that disagrees with its record proves
 * nothing.
 */
export const EXPLAINED = 0.42
/** The same of the share that is left when the loss of labels replaced evenly is taken off. */
const EXPLAINED_BESIDE_NOISE = 0.36
/** The share of labels that may be wrong, for which no predictor loses. */
const FORGIVEN = 0.02
/** The out-of-fold probe is not asked where the consensus's loss is at most this share of its own. */
const OUTDONE = 0.4
/** In small windows: how many standard errors are added to the loss. */
const DOUBT = 2
/** In small windows: by how many standard errors a label's suspects may exceed what the other labels lead to expect. */
const LOPSIDED = 1
/**
 * Predictors have not learnt a label of which at least UNLEARNT of the records are doubted in sum, and at most
 * LEAST_RECOGNISED have a doubt below RECOGNISED.
 */
const UNLEARNT = 0.5
const RECOGNISED = 0.1
const LEAST_RECOGNISED = 0.01
/**
 * The least probability, by kind. Rows may lie as far from a class as their numbers go, and a temperature must not make
 * up for that.
 */
const LEAST: Partial<Record<Samples['kind'], number>> = { table: 1e-15, vector: 1e-15 }
const LEAST_ELSEWHERE = 1e-9
const ROUNDS = 12
/** Rounds end before where the rate changes by no larger share. */
const SETTLED = 1e-6
/** The prior: two labels in a thousand are wrong, as if PRIOR_RECORDS records had shown it. */
const PRIOR_RATE = 0.002
const PRIOR_RECORDS = 500
/** Labels that a window must have for one of them to have a noise rate of its own, and for second choices to say anything. */
const FEWEST_LABELS = 5

/**
 * Estimates wrong labels by a mixture: with probability 1−ε a label is drawn from what the cross-fitted predictor
 * expects of its record, with probability ε from all other labels alike. ε and the predictor's temperature are those
 * that make the labels most likely, so that natural ambiguity, which the predictor shows, is not taken for noise
 * (Natarajan et al. 2013, Learning with Noisy Labels; Guo et al. 2017, On Calibration of Modern Neural Networks). A
 * record's probability of a wrong label is the posterior of the noise, by the more decided of two predictors, or by the
 * consensus alone where it explains far more. It is reduced in proportion to how far the better predictor, `consensus`,
 * expects the label as it is, and in rows where suspects bear second choices (`secondChoices`). Where one class is
 * pushed into another, the predictors learn to expect it, and `outOfFold` shows that: see `findPushes`, and for images
 * and vectors `leadingPush`. What predictors were `taught` of labels replaced at random is removed first; ε is no less
 * than `leastRate`, but where a push is found. In images and vectors of many records a label that leads among the wrong
 * ones has a share of its own (`leadingLabels`): a trigger that is seen as nothing but wrong labels gives them all to
 * its target. Of rows and texts, and of few records, one label is often mistaken by nature.
 */
export function estimateLabelNoise(
  outOfFold: Matrix,
  consensus: Matrix,
  labels: Grouping,
  kind: Samples['kind'] = 'table',
  neighbours: Neighbours | null = null,
  taught: TaughtNoise | null = null,
  leastRate = 0,
): LabelNoise {
  const classes = outOfFold.cols
  const known = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! >= 0)
  if (classes < 2 || known.length === 0) return nothing(labels.of.length)
  const outdone = meanLoss(consensus, labels, known).loss <= OUTDONE * meanLoss(outOfFold, labels, known).loss
  const unexplained = lossShare(consensus, labels, known, taught === null ? 0 : lossOfNoise(taught.rate, classes))
  // In rows, a predictor whose doubts do not count has no say in pushes either.
  const isSilent = kind === 'table' && outdone
  const byFloor = unexplained <= EXPLAINED && !isSilent ? findPushes(outOfFold, consensus, labels) : []
  // Tables and texts are often mistaken one way by nature, and no other pair of classes is then.
  const asked = (kind === 'image' || kind === 'vector') && byFloor.length === 0 && unexplained <= EXPLAINED
  const pushes = asked ? leadingPush(outOfFold, consensus, labels) : byFloor
  const clear = (expected: Matrix) => (taught === null ? expected : untaught(expected, taught))
  const used = labels.counts.filter((count) => count > 0).length
  const mayLean = (kind === 'image' || kind === 'vector') && used >= FEWEST_LABELS && known.length >= ENOUGH_RECORDS
  const mayLead = mayLean && pushes.length === 0 && unexplained <= EXPLAINED
  const predictors = {
    outOfFold: clear(outOfFold),
    consensus: clear(consensus),
    outdone,
    isClear: taught !== null,
    least: LEAST[kind] ?? LEAST_ELSEWHERE,
    // Labels that a push replaced are no random noise.
    leastRate: pushes.length === 0 ? leastRate : 0,
    mayLead,
  }
  const doubts = doubted(predictors, labels, known)
  const isLearnt = learnt(doubts.wrong, labels, known)
  const told = known.filter((i) => isLearnt[labels.of[i]!])
  const {
    wrong: agreed,
    rate,
    leanings,
  } = told.length === known.length || told.length === 0 ? doubts : doubted(predictors, labels, told)
  const logOdds = Float64Array.from(labels.of, (label) => (label < 0 ? -Infinity : Number.NaN))
  const ignorance = known.length < ENOUGH_RECORDS ? ignoranceOf(agreed, labels, told) : labels.names.map(() => 0)
  if (neighbours !== null)
    for (const label of ignorance.keys())
      if (ignorance[label]! > 0 && areStrewn(label, agreed, consensus, labels, told, neighbours)) ignorance[label] = 0
  const natural =
    (kind === 'table' || kind === 'vector') && used >= FEWEST_LABELS
      ? secondChoices(agreed, consensus, labels.of, told, used)
      : null
  for (const i of told)
    logOdds[i] = Math.log(agreed[i]!) - Math.log1p(-agreed[i]!) - ignorance[labels.of[i]!]! - (natural?.[i] ?? 0)
  const even = taught === null ? evenNoise(agreed, labels, told) : 0
  const left = even > 0 ? lossShare(consensus, labels, known, lossOfNoise(even, classes)) : 1
  return {
    logOdds,
    leanings,
    mayLead,
    pushed: pushedOdds(outOfFold, labels, pushes),
    rate,
    pushes,
    unexplained: left <= EXPLAINED_BESIDE_NOISE ? Math.min(left, unexplained) : unexplained,
  }
}

interface Predictors {
  readonly outOfFold: Matrix
  readonly consensus: Matrix
  /** Whether the consensus explains so much more that the out-of-fold probe is not asked. */
  readonly outdone: boolean
  /** Whether what they were taught of wrong labels was removed: their confidence is then right. */
  readonly isClear: boolean
  /** The least probability. */
  readonly least: number
  /** The least share of labels replaced at random. */
  readonly leastRate: number
  /** Whether one label may have a larger share of the wrong labels than others. */
  readonly mayLead: boolean
}

/**
 * Per record the probability that its label is wrong if wrong labels are any label alike, the estimated share of wrong
 * labels, and by label the logarithm of how much more often than alike they are this one.
 */
function doubted(predictors: Predictors, labels: Grouping, known: Int32Array) {
  const { outOfFold, consensus, outdone } = predictors
  const leading = predictors.mayLead ? leadingOf(predictors, labels, known) : null
  const blunt = mixture(outOfFold, labels, known, predictors, leading)
  const sharp = mixture(consensus, labels, known, predictors, leading)
  const wrong = new Float64Array(labels.of.length)
  for (const i of known) {
    const either = outdone ? sharp.wrong[i]! : Math.max(blunt.wrong[i]!, sharp.wrong[i]!)
    wrong[i] = Math.max(1e-9, either * (1 - consensus.data[i * consensus.cols + labels.of[i]!]!))
  }
  const leanings = sharp.lift.map((lift, label) => Math.log(outdone ? lift : (lift + blunt.lift[label]!) / 2))
  return { wrong, rate: Math.max(blunt.rate, sharp.rate), leanings }
}

/**
 * The labels that lead among the wrong ones, by the mean of both predictors, where each label may have a share of its
 * own. One of them alone may not know a class: of clean coordinates the out-of-fold probe doubted a dozen shirts.
 */
function leadingOf(predictors: Predictors, labels: Grouping, known: Int32Array): Uint8Array | null {
  const any = new Uint8Array(labels.names.length).fill(1)
  const { outOfFold, consensus, outdone } = predictors
  const sharp = mixture(consensus, labels, known, predictors, any).into
  if (outdone) return leadingLabels(sharp, labels.counts)
  const blunt = mixture(outOfFold, labels, known, predictors, any).into
  return leadingLabels(
    sharp.map((count, label) => (count + blunt[label]!) / 2),
    labels.counts,
  )
}

/**
 * Per label, whether predictors have learnt to recognise it. They have not where they doubt most of its records and
 * recognise hardly any, as of two vans among a thousand cars: its records are then not judged, and take no part in
 * judging others. A label that they recognise on some of its records and doubt on the others has wrong labels, however
 * many.
 */
function learnt(wrong: Float64Array, labels: Grouping, known: Int32Array): boolean[] {
  const suspects = new Float64Array(labels.names.length)
  const recognised = new Int32Array(labels.names.length)
  for (const i of known) {
    const label = labels.of[i]!
    suspects[label]! += wrong[i]!
    if (wrong[i]! < RECOGNISED) recognised[label]!++
  }
  return Array.from(
    suspects,
    (own, label) =>
      own < UNLEARNT * labels.counts[label]! || recognised[label]! > LEAST_RECOGNISED * labels.counts[label]!,
  )
}

/**
 * Per label, by how many nats its suspects are too many. Labels replaced at random are replaced by all others alike.
 * Where one label has far more suspects than the others lead to expect, the predictor does not know its records: few
 * have been seen, as of rare kinds in a small window.
 */
function ignoranceOf(wrong: Float64Array, labels: Grouping, known: Int32Array): number[] {
  const suspects = new Float64Array(labels.names.length)
  for (const i of known) suspects[labels.of[i]!]! += wrong[i]!
  const all = suspects.reduce((sum, count) => sum + count, 0)
  const used = labels.counts.filter((count) => count > 0).length
  // `elsewhere`: for all other labels together, the number of records that could wrongly bear one of them.
  return Array.from(suspects, (own, label) => {
    const open = known.length - labels.counts[label]!
    const elsewhere = known.length * (used - 1) - open
    const due = ((all - own + 0.5) / Math.max(1, elsewhere)) * open
    return Math.max(0, Math.log(own / (due + LOPSIDED * Math.sqrt(due))))
  })
}

/** One predictor's noise rate, and its n probabilities that a label is noise. */
interface Mixture {
  readonly rate: number
  readonly wrong: Float64Array
  /** By label: how many wrong labels are this one, and how many times as often as alike. */
  readonly into: Float64Array
  readonly lift: Float64Array
}

/**
 * Fits the mixture at the temperature that makes the labels most likely; at 1 where the predictor's confidence is
 * right. Labels of `leading` have shares of their own among the wrong labels.
 */
function mixture(
  expected: Matrix,
  labels: Grouping,
  known: Int32Array,
  { isClear, least, leastRate }: Pick<Predictors, 'isClear' | 'least' | 'leastRate'>,
  leading: Uint8Array | null,
): Mixture {
  const classes = expected.cols
  const of = known.map((i) => labels.of[i]!)
  const logs = matrix(known.length, classes)
  known.forEach((i, at) => {
    for (let c = 0; c < classes; c++)
      logs.data[at * classes + c] = Math.log(Math.max(expected.data[i * classes + c]!, least))
  })
  const used = labels.counts.reduce((sum, count) => sum + Number(count > 0), 0)
  const likelihood = (temperature: number) => fit(logs, of, used, temperature, leastRate, leading)
  const golden = (Math.sqrt(5) - 1) / 2
  // Temperatures below 1 are not tried: a predictor that is too unsure has another tail than a sure one, scaled.
  let [low, high] = [0, isClear ? 0 : Math.log(4)]
  // One of the two inner points stays for the next bracket: only the other is computed.
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)]
  let [ofA, ofB] = [likelihood(Math.exp(a)).value, likelihood(Math.exp(b)).value]
  for (let step = 0; step < 10; step++) {
    if (ofA > ofB) {
      ;[high, b, ofB] = [b, a, ofA]
      a = high - golden * (high - low)
      if (step < 9) ofA = likelihood(Math.exp(a)).value
    } else {
      ;[low, a, ofA] = [a, b, ofB]
      b = low + golden * (high - low)
      if (step < 9) ofB = likelihood(Math.exp(b)).value
    }
  }
  const fitted = likelihood(Math.exp((low + high) / 2))
  const rate = Math.max(fitted.rate - NATURAL * errorRate(expected, labels, known), 0.1 * fitted.rate)
  const wrong = new Float64Array(expected.rows)
  known.forEach((i, at) => {
    const given = fitted.given[at]!
    const noise = (rate * (1 - given)) / (classes - 1)
    wrong[i] = noise / (noise + (1 - rate) * given)
  })
  return { rate, wrong, into: fitted.into, lift: fitted.lift }
}

function nothing(n: number): LabelNoise {
  const silent = new Float64Array(n).fill(-Infinity)
  return {
    logOdds: silent,
    leanings: new Float64Array(),
    mayLead: false,
    pushed: silent,
    rate: 0,
    pushes: [],
    unexplained: 1,
  }
}

/**
 * The noise rate, and the shares of `leading` labels in it, by expectation–maximisation at one temperature; the
 * probability of each given label, and the log-likelihood.
 */
function fit(
  logs: Matrix,
  of: Int32Array,
  used: number,
  temperature: number,
  leastRate: number,
  leading: Uint8Array | null,
) {
  const classes = logs.cols
  const given = rests(logs, of, 1 / temperature).map((others) => Math.min(1 - 1e-7, 1 / (1 + others)))
  let rate = PRIOR_RATE
  const into = new Float64Array(classes)
  let lift = new Float64Array(classes).fill(1)
  const noiseOf = (at: number) => (rate * lift[of[at]!]! * (1 - given[at]!)) / (classes - 1)
  for (let round = 0; round < ROUNDS; round++) {
    let noisy = PRIOR_RATE * PRIOR_RECORDS
    into.fill(0)
    for (let at = 0; at < given.length; at++) {
      const noise = noiseOf(at)
      const wrong = noise / (noise + (1 - rate) * given[at]!)
      noisy += wrong
      into[of[at]!]! += wrong
    }
    const before = rate
    rate = Math.max(leastRate, noisy / (given.length + PRIOR_RECORDS))
    if (leading !== null) lift = liftOf(into, leading, used)
    else if (Math.abs(rate - before) < SETTLED * rate) break
  }
  let value = 0
  let product = 1
  for (let at = 0; at < given.length; at++) {
    product *= noiseOf(at) + (1 - rate) * given[at]!
    if (product > 1e-200) continue
    value += Math.log(product)
    product = 1
  }
  return { rate, given, value: value + Math.log(product), into, lift }
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

function lossShare(expected: Matrix, labels: Grouping, known: Int32Array, ofNoise: number): number {
  const { loss, error } = meanLoss(expected, labels, known)
  let prior = 0
  for (const i of known) prior -= Math.log(labels.counts[labels.of[i]!]! / known.length) / known.length
  const doubt = known.length < ENOUGH_RECORDS ? DOUBT : 0
  return Math.max(0, loss - ofNoise + doubt * error) / Math.max(prior, 1e-9)
}

/** The mean log-loss if one label in fifty may be any, and its standard error. */
function meanLoss({ cols: classes, data }: Matrix, labels: Grouping, known: Int32Array) {
  let [sum, squares] = [0, 0]
  for (const i of known) {
    const own = -Math.log((1 - FORGIVEN) * data[i * classes + labels.of[i]!]! + FORGIVEN / classes)
    sum += own
    squares += own * own
  }
  const loss = sum / known.length
  return { loss, error: Math.sqrt(Math.max(0, squares / known.length - loss * loss) / known.length) }
}
