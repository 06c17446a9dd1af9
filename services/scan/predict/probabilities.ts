import { ascending } from '../numeric/sorted.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'

const FLOOR = 1e-4
/** The share of labels that may be wrong, for which no predictor loses when one is fitted or chosen. */
const FORGIVEN = 0.02
/** The share of records, best explained first, that count as the untouched bulk. */
const BULK = 0.9
const STEPS = 12

export function softmaxRows(logits: Matrix): Matrix {
  const out = matrix(logits.rows, logits.cols)
  for (let i = 0; i < logits.rows; i++) {
    const total = logSumExp(logits, i)
    for (let at = i * logits.cols; at < (i + 1) * logits.cols; at++) out.data[at] = Math.exp(logits.data[at]! - total)
  }
  return out
}

/** Of row i. */
function logSumExp({ cols, data }: Matrix, i: number): number {
  const [from, to] = [i * cols, (i + 1) * cols]
  let largest = -Infinity
  for (let at = from; at < to; at++) largest = Math.max(largest, data[at]!)
  let sum = 0
  for (let at = from; at < to; at++) sum += data[at] === largest ? 1 : Math.exp(data[at]! - largest)
  return largest + Math.log(sum)
}

/** −ln of the softmax of row i at the label. */
export function crossEntropy(logits: Matrix, i: number, label: number): number {
  return logSumExp(logits, i) - logits.data[i * logits.cols + label]!
}

/**
 * The softmax of the scores times a factor: the one that makes the labels most likely if one in fifty may be wrong
 * (temperature scaling, Guo et al. 2017, with a bounded loss).
 */
export function calibrated(scores: Matrix, labels: Int32Array): Matrix {
  const loss = (logFactor: number) => forgivingLoss(scores, labels, Math.exp(logFactor))
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = [Math.log(0.5), Math.log(30)]
  // One of the two inner points stays for the next bracket: only the other is computed.
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)]
  let [ofA, ofB] = [loss(a), loss(b)]
  for (let step = 0; step < STEPS; step++) {
    if (ofA < ofB) {
      ;[high, b, ofB] = [b, a, ofA]
      a = high - golden * (high - low)
      if (step + 1 < STEPS) ofA = loss(a)
    } else {
      ;[low, a, ofA] = [a, b, ofB]
      b = low + golden * (high - low)
      if (step + 1 < STEPS) ofB = loss(b)
    }
  }
  const factor = Math.exp((low + high) / 2)
  return softmaxRows(
    matrix(
      scores.rows,
      scores.cols,
      scores.data.map((s) => s * factor),
    ),
  )
}

/**
 * The geometric mean of several predictors' probabilities, calibrated: each can make a label unlikely, and none alone
 * makes it likely.
 */
export function pooled(of: readonly Matrix[], labels: Int32Array): Matrix {
  const first = of[0]!
  const logs = matrix(first.rows, first.cols)
  for (const { data } of of) {
    for (let at = 0; at < data.length; at++) logs.data[at] = logs.data[at]! + Math.log(data[at]! + FLOOR) / of.length
  }
  return calibrated(logs, labels)
}

/**
 * Mean log-loss of the softmax of the scores times a factor, if one label in fifty may be any; row i counts `times[i]`
 * times, once where absent.
 */
export function forgivingLoss(
  { cols, data }: Matrix,
  labels: Int32Array,
  factor: number,
  times: ArrayLike<number> | null = null,
): number {
  let [sum, count] = [0, 0]
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (label < 0) continue
    const own = data[i * cols + label]!
    let total = 0
    // exp(0) is 1, which half of them are where there are two labels
    for (let at = i * cols; at < (i + 1) * cols; at++)
      total += data[at] === own ? 1 : Math.exp(factor * (data[at]! - own))
    const weight = times === null ? 1 : times[i]!
    sum -= weight * Math.log((1 - FORGIVEN) / total + FORGIVEN / cols)
    count += weight
  }
  return sum / Math.max(1, count)
}

/** Mean log-loss of the nine tenths of the labelled records that are explained best. */
export function bulkLoss(probabilities: Matrix, labels: Int32Array): number {
  const losses = new Float64Array(labels.length)
  let count = 0
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (label >= 0) losses[count++] = -Math.log(Math.max(FLOOR, probabilities.data[i * probabilities.cols + label]!))
  }
  const kept = ascending(losses.subarray(0, count)).subarray(0, Math.ceil(count * BULK))
  return kept.reduce((sum, loss) => sum + loss, 0) / Math.max(1, kept.length)
}
