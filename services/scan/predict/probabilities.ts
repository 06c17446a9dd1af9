import { ascending } from '../numeric/sorted.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { rests, softmaxRows } from '../numeric/sweeps.ts'

const FLOOR = 1e-4
/** The share of labels that may be wrong, for which no predictor loses when one is fitted or chosen. */
const FORGIVEN = 0.02
/** The share of records, best explained first, that count as the untouched bulk. */
const BULK = 0.9
const STEPS = 12

/** By row −ln of the softmax at its label; 0 where it has none. */
export function crossEntropies(logits: Matrix, labels: Int32Array): Float64Array {
  const losses = rests(logits, labels, 1)
  for (let i = 0; i < losses.length; i++) losses[i] = Math.log1p(losses[i]!)
  return losses
}

/**
 * The softmax of the scores times a factor: the one that makes the labels most likely if one in fifty may be wrong
 * (temperature scaling, Guo et al. 2017, with a bounded loss).
 */
export function calibrated(scores: Matrix, labels: Int32Array): Matrix {
  const work = new Float64Array(scores.rows)
  const loss = (logFactor: number) => forgivingLoss(scores, labels, Math.exp(logFactor), null, work)
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
  return softmaxRows(scores, factor)
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
  scores: Matrix,
  labels: Int32Array,
  factor: number,
  times: ArrayLike<number> | null = null,
  work = new Float64Array(scores.rows),
): number {
  const others = rests(scores, labels, factor, work)
  let [sum, count] = [0, 0]
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! < 0) continue
    const weight = times === null ? 1 : times[i]!
    sum -= weight * Math.log((1 - FORGIVEN) / (1 + others[i]!) + FORGIVEN / scores.cols)
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
