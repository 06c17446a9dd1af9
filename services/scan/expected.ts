import { type Matrix, matrix } from './numeric/matrix.ts'
import type { Grouping } from './samples.ts'
import type { Expectation, Neighbours } from './window-view.ts'

/** Neighbours of the sharp vote: with 60, clean look-alike classes were taken for triggers; with 10, none were. */
const SHARP = 10
/** The share of records, best explained first, on which predictors are compared: the rest may be poison. */
const BULK = 0.9
const FLOOR = 1e-4

/**
 * The expected label of each record, by whichever predictor that did not see the record's own label explains the
 * untouched bulk best: the vote of the 10 nearest neighbours, the cross-fitted probe, or the mean of both.
 */
export function expectation(
  labels: Grouping,
  neighbours: Neighbours,
  outOfFold: { probabilities: Matrix; from: 'probe' | 'model' } | null,
): Expectation {
  const prior = classPrior(labels)
  const vote = neighbourVote(labels, neighbours, SHARP, prior)
  const candidates: { predictor: Expectation['predictor']; probabilities: Matrix }[] = [
    { predictor: 'neighbours', probabilities: vote },
  ]
  if (outOfFold) {
    candidates.push({ predictor: outOfFold.from, probabilities: outOfFold.probabilities })
    candidates.push({ predictor: 'blend', probabilities: mean(vote, outOfFold.probabilities) })
  }
  const scored = candidates.map((candidate) => ({ ...candidate, loss: bulkLoss(candidate.probabilities, labels.of) }))
  scored.sort((a, b) => a.loss - b.loss)
  const { predictor, probabilities, loss } = scored[0]!
  const everyRowThePrior = matrix(vote.rows, vote.cols)
  for (let i = 0; i < vote.rows; i++) everyRowThePrior.data.set(prior, i * vote.cols)
  return { probabilities, predictor, bulkLoss: loss, priorLoss: bulkLoss(everyRowThePrior, labels.of) }
}

/** n × K: the share of each label among the k nearest labelled neighbours, with one vote for the prior. */
export function neighbourVote(labels: Grouping, neighbours: Neighbours, k: number, prior: Float64Array): Matrix {
  const n = labels.of.length
  const classes = labels.names.length
  const out = matrix(n, classes)
  for (let i = 0; i < n; i++) {
    let votes = 0
    const start = i * classes
    for (let r = 0; r < neighbours.k && votes < k; r++) {
      const label = labels.of[neighbours.index[i * neighbours.k + r]!]!
      if (label < 0) continue
      out.data[start + label] = out.data[start + label]! + 1
      votes++
    }
    for (let c = 0; c < classes; c++) out.data[start + c] = (out.data[start + c]! + prior[c]!) / (votes + 1)
  }
  return out
}

export function classPrior(labels: Grouping): Float64Array {
  const total = labels.counts.reduce((sum, count) => sum + count, 0)
  return Float64Array.from(labels.counts, (count) => count / Math.max(1, total))
}

/** Mean log-loss of the 90 % that are explained best. */
function bulkLoss(probabilities: Matrix, labels: Int32Array): number {
  const losses: number[] = []
  labels.forEach((label, i) => {
    if (label >= 0) losses.push(-Math.log(Math.max(FLOOR, probabilities.data[i * probabilities.cols + label]!)))
  })
  const kept = Float64Array.from(losses)
    .sort()
    .subarray(0, Math.ceil(losses.length * BULK))
  return kept.reduce((sum, loss) => sum + loss, 0) / Math.max(1, kept.length)
}

function mean(a: Matrix, b: Matrix): Matrix {
  return matrix(
    a.rows,
    a.cols,
    a.data.map((value, at) => (value + b.data[at]!) / 2),
  )
}
