import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { gatherRows, type Matrix, matrix, scaled } from '../../numeric/matrix.ts'
import { sumOfSquares } from '../../numeric/rows.ts'
import type { Grouping } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { classesOf } from '../classes.ts'
import { silent, usable } from '../held-back.ts'

export interface GradientSimilarityOptions {
  readonly rounds?: number
  readonly fewest?: number
}

/**
 * How far a record pulls the last layer in the leading direction of its class's gradients. The gradient of a record's
 * loss is g = e ⊗ a: its error e (p − y, cross-fitted, because a record that is learnt by heart has no error) and its
 * activations a, so that no g is ever held in memory. A few poisoned records with one aim dominate their class's
 * leading gradient direction, and align with it (Hong et al. 2020, On the Effectiveness of Mitigating Data Poisoning
 * Attacks with Gradient Shaping; Pruthi et al. 2020, TracIn). The score is the projection on that direction, by power
 * iteration; 0 in classes of fewer than 20.
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
    const { engine, labels, n } = view
    if (!usable(labels)) return silent(n, 'gradient-similarity held back: fewer than two labels are in use')
    const { activations, outOfFold } = await view.probe()
    const errors = errorsOf(outOfFold, labels)
    const scores = new Float64Array(n)
    for (const { members } of classesOf(labels, this.#fewest)) {
      const [of, by] = [gatherRows(errors, members), gatherRows(activations, members)]
      const weights = new Float64Array(members.length).fill(1)
      for (let round = 0; round < this.#rounds; round++) {
        // Gradients are eᵢ ⊗ aᵢ: the direction and the projections are computed from the factors.
        const direction = unit(await engine.multiplyTransposed(of, by, weights))
        project(of, await engine.multiplyByTransposed(by, direction), weights)
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

/** The matrix scaled to length 1. */
function unit(m: Matrix): Matrix {
  return scaled(m, 1 / (Math.sqrt(sumOfSquares(m.data)) || 1))
}

/** Writes the inner product of each row with the same row of the other matrix. */
function project({ rows, cols, data }: Matrix, other: Matrix, into: Float64Array): void {
  for (let r = 0; r < rows; r++) {
    let sum = 0
    for (let at = r * cols; at < (r + 1) * cols; at++) sum += data[at]! * other.data[at]!
    into[r] = sum
  }
}
