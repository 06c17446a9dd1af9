import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { type Matrix, matrix } from '../../numeric/matrix.ts'
import type { Grouping } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { classesOf } from '../classes.ts'
import { silent, usable } from '../held-back.ts'

export interface GradientSimilarityOptions {
  readonly rounds?: number
  readonly fewest?: number
}

/**
 * How far a record pulls the last layer the way the loudest records of its class pull it together. The gradient of a
 * record's loss is g = e ⊗ a, its error (p − y, cross-fitted, for what is learnt by heart pulls no more) by its
 * activations, so that ⟨g_i, g_j⟩ = ⟨e_i, e_j⟩⟨a_i, a_j⟩ and no g
 * is ever held. Few poisoned records with one aim dominate their class's leading gradient direction, and align with it
 * (Hong et al. 2020, On the Effectiveness of Mitigating Data Poisoning Attacks with Gradient Shaping; Pruthi et al.
 * 2020, TracIn). The score is the projection on that direction, by power iteration; 0 in classes of fewer than 20.
 */
export class GradientSimilarity implements Detector {
  readonly info: DetectorInfo = { name: 'gradient-similarity', family: 'trigger', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'supporting' } as const
  readonly #rounds: number
  readonly #fewest: number

  constructor({ rounds = 8, fewest = 20 }: GradientSimilarityOptions = {}) {
    this.#rounds = rounds
    this.#fewest = fewest
  }

  async score(view: WindowView): Promise<Detection> {
    const { labels, n } = view
    if (!usable(labels)) return silent(n, 'gradient-similarity held back: fewer than two labels are in use')
    const { activations, outOfFold } = await view.probe()
    const errors = errorsOf(outOfFold, labels)
    const scores = new Float64Array(n)
    for (const { members } of classesOf(labels, this.#fewest)) {
      const weights = new Float64Array(members.length).fill(1)
      for (let round = 0; round < this.#rounds; round++) {
        const direction = weightedSum(errors, activations, members, weights)
        members.forEach((i, r) => (weights[r] = projection(errors, activations, direction, i)))
      }
      members.forEach((i, r) => (scores[i] = weights[r]!))
    }
    const why = (i: number) =>
      `It pulls a model the way a few loud records of ${labels.names[labels.of[i]!]} pull it together.`
    return { scores, scale: 'relative', groups: [], why }
  }
}

/** n × K: probabilities less the label; zero rows where there is no label. */
function errorsOf(probabilities: Matrix, labels: Grouping): Matrix {
  const errors = matrix(probabilities.rows, probabilities.cols, probabilities.data.slice())
  labels.of.forEach((label, i) => {
    const start = i * errors.cols
    if (label < 0) errors.data.fill(0, start, start + errors.cols)
    else errors.data[start + label] = errors.data[start + label]! - 1
  })
  return errors
}

/** Σ w_i e_i ⊗ a_i over the members, of unit length: K × h. */
function weightedSum(errors: Matrix, activations: Matrix, members: Int32Array, weights: Float64Array): Float64Array {
  const [classes, width] = [errors.cols, activations.cols]
  const sum = new Float64Array(classes * width)
  const { data } = activations
  for (let r = 0; r < members.length; r++) {
    const i = members[r]!
    const weight = weights[r]!
    const start = i * width
    for (let c = 0; c < classes; c++) {
      const factor = weight * errors.data[i * classes + c]!
      if (factor === 0) continue
      const to = c * width
      for (let j = 0; j < width; j++) sum[to + j]! += factor * data[start + j]!
    }
  }
  const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0)) || 1
  return sum.map((value) => value / length)
}

/** ⟨g_i, direction⟩ */
function projection(errors: Matrix, activations: Matrix, direction: Float64Array, i: number): number {
  const [classes, width] = [errors.cols, activations.cols]
  const { data } = activations
  const start = i * width
  let sum = 0
  for (let c = 0; c < classes; c++) {
    const error = errors.data[i * classes + c]!
    if (error === 0) continue
    const to = c * width
    for (let j = 0; j < width; j++) sum += error * data[start + j]! * direction[to + j]!
  }
  return sum
}
