import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { classPrior, neighbourVote } from './neighbour-vote.ts'
import { bulkLoss, calibrated, pooled } from './probabilities.ts'
import { leaveOneOutScores } from './random-features.ts'
import type { Grouping } from '../view/samples.ts'
import type { Expectation, Neighbours } from '../view/window-view.ts'

export { classPrior, neighbourVote } from './neighbour-vote.ts'

/** Neighbours of the sharp vote: with 60, clean look-alike classes were taken for triggers; with 10, none were. */
const SHARP = 10
const BROAD = 60
/** The vote is sharp enough where it leaves at most this share of the prior's log-loss. */
const SHARP_ENOUGH = 0.25
/** A label with less than this share of its neighbours' votes is hardly relied on when others are judged. */
const CONTRADICTED = 0.15
const LITTLE = 0.02
/** Where neighbours contradict more records than this, it is they who cannot tell. */
const MOST_CONTRADICTED = 0.3

/**
 * How far each label is relied on when the others are judged: 1, or hardly where most of the record's neighbours say
 * otherwise; so that what is planted teaches predictors little.
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
 * The expected label by all predictors together: the votes of 10 and of 60 neighbours, the cross-fitted probe, kernel
 * regression without the record. The sharpest there is, for judging labels; but where a planted pattern is frequent,
 * predictors learn it as if it were content.
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
 * The expected label for lift: the vote of the 10 nearest neighbours, which a planted pattern sways least, where that
 * is sharp; where it is not, as on tables with winding boundaries, the consensus.
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

/** Whether an expected label explains enough to be relied on. */
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
