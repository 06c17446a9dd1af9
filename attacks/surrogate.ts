import type { Random } from '#core/random.ts'
import type { Images } from './types.ts'
import { imageAt } from './plant.ts'

/** Multinomial logistic regression on pixels: the attacker's own stand-in for the victim's model. */
export interface Surrogate {
  /** Gradient of the cross-entropy against `label` by the pixels. */
  gradient(image: Float32Array, label: number): Float64Array
}

const STEPS = 3000
const BATCH = 16
const RATE = 0.05

/** Trained by stochastic gradient descent on the window itself. */
export function trainSurrogate(images: Images, labels: Int32Array, classes: number, random: Random): Surrogate {
  const { rows, cols } = images.pixels
  const weights = new Float64Array(classes * (cols + 1))
  for (let step = 0; step < STEPS; step++) {
    for (let b = 0; b < BATCH; b++) {
      const i = random.below(rows)
      const image = imageAt(images, i)
      const error = errorsOf(weights, image, labels[i] ?? 0, classes)
      for (let k = 0; k < classes; k++) {
        const step = (RATE / BATCH) * error[k]!
        const at = k * (cols + 1)
        for (let j = 0; j < cols; j++) weights[at + j]! -= step * image[j]!
        weights[at + cols]! -= step
      }
    }
  }
  return {
    gradient(image, label) {
      const error = errorsOf(weights, image, label, classes)
      const gradient = new Float64Array(cols)
      for (let k = 0; k < classes; k++) {
        for (let j = 0; j < cols; j++) gradient[j]! += error[k]! * weights[k * (cols + 1) + j]!
      }
      return gradient
    },
  }
}

/** Softmax probabilities less the one-hot label. */
function errorsOf(weights: Float64Array, image: Float32Array, label: number, classes: number): Float64Array {
  const cols = image.length
  const scores = new Float64Array(classes)
  for (let k = 0; k < classes; k++) {
    const at = k * (cols + 1)
    let score = weights[at + cols]!
    for (let j = 0; j < cols; j++) score += weights[at + j]! * image[j]!
    scores[k] = score
  }
  const top = Math.max(...scores)
  const total = scores.reduce((sum, s) => sum + Math.exp(s - top), 0)
  return scores.map((s, k) => Math.exp(s - top) / total - (k === label ? 1 : 0))
}
