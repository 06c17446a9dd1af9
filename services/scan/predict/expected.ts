import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { classPrior, neighbourVote } from './neighbour-vote.ts'
import { bulkLoss, calibrated, pooled } from './probabilities.ts'
import { leaveOneOutScores } from './random-features.ts'
import type { Grouping } from '../view/samples.ts'
import type { Expectation, Neighbours } from '../view/window-view.ts'

export { classPrior, neighbourVote } from './neighbour-vote.ts'

/**
 * Neighbours of the sharp vote and of the broad one. By the vote of 60, clean look-alike classes were taken for
 * triggers; by that of 10, none were.
 */
const SHARP = 10
const BROAD = 60
/** The vote is sharp where its loss is at most this share of the prior's. */
const SHARP_ENOUGH = 0.25
/**
 * A label with less than this share of its neighbours' votes is relied on only by the weight LITTLE when others are
 * judged.
 */
const CONTRADICTED = 0.15
const LITTLE = 0.02
/**
 * Where neighbours contradict a larger share of the records, the neighbours are wrong, and all labels are relied on.
 */
const MOST_CONTRADICTED = 0.3

/**
 * How far each label is relied on when the others are judged: 1, or LITTLE where most of the record's neighbours
 * disagree, so that planted records teach predictors little.
 */
export function reliance(labels: Grouping, neighbours: Neighbours): Float64Array {
  const vote = neighbourVote(labels, neighbours, BROAD)
  const weights = Float64Array.from(labels.of, (label, i) =>
    label >= 0 && vote.data[i * vote.cols + label]! < CONTRADICTED ? LITTLE : 1,
  )
  const contradicted = weights.reduce((count, weight) => count + Number(weight < 1), 0)
  return contradicted > MOST_CONTRADICTED * labels.of.length ? weights.fill(1) : weights
}

/**
 * The expected label by all predictors together: the votes of 10 and of 60 neighbours, the cross-fitted probe, and
 * kernel regression without the record. It is the sharpest, for judging labels; but these predictors learn a frequent
 * planted pattern as if it were content.
 */
export async function consensus(
  engine: Engine,
  inputs: Matrix,
  labels: Grouping,
  neighbours: Neighbours,
  outOfFold: Matrix,
  seed: number,
): Promise<Expectation> {
  const scores = await leaveOneOutScores(engine, inputs, labels, reliance(labels, neighbours), seed)
  const probabilities = pooled(
    [
      neighbourVote(labels, neighbours, SHARP),
      neighbourVote(labels, neighbours, BROAD),
      outOfFold,
      calibrated(scores, labels.of),
    ],
    labels.of,
  )
  return expectationOf('blend', probabilities, labels)
}

/**
 * The expected label for lift: the vote of the 10 nearest neighbours, which planted patterns change least, where it is
 * sharp; otherwise, as on tables with winding boundaries, the consensus, if that explains more.
 */
export async function expectation(
  labels: Grouping,
  neighbours: Neighbours,
  fallback: () => Promise<Expectation>,
): Promise<Expectation> {
  const vote = votedFor(labels, neighbours)
  if (isSharp(vote)) return vote
  const blend = await fallback()
  return blend.bulkLoss < vote.bulkLoss ? blend : vote
}

/** The vote of the 10 nearest neighbours, sharp or not. */
export function votedFor(labels: Grouping, neighbours: Neighbours): Expectation {
  return expectationOf('neighbours', neighbourVote(labels, neighbours, SHARP), labels)
}

/** Whether expected labels explain enough to be relied on. */
export function isSharp({ bulkLoss, priorLoss }: Expectation): boolean {
  return bulkLoss <= SHARP_ENOUGH * priorLoss
}

function expectationOf(predictor: Expectation['predictor'], probabilities: Matrix, labels: Grouping): Expectation {
  const prior = matrix(probabilities.rows, probabilities.cols)
  const shares = classPrior(labels)
  for (let i = 0; i < prior.rows; i++) prior.data.set(shares, i * prior.cols)
  return {
    probabilities,
    predictor,
    bulkLoss: bulkLoss(probabilities, labels.of),
    priorLoss: bulkLoss(prior, labels.of),
  }
}
