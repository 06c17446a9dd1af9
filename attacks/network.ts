import type { Random } from '#core/random.ts'
import { imageAt } from './plant.ts'
import type { Images } from './types.ts'

const HIDDEN = 32
const STEPS = 1500
const BATCH = 16
const RATE = 0.1

/** A network of one hidden layer with rectified units: the stand-in for the victim's model of attacks that aim at its features. */
export interface Network {
  readonly classes: number
  /** The features of an image, at least 0, and the softmax of its scores. */
  forward(image: Float32Array): Forward
  /** The gradient by the pixels of what has the gradients `byFeatures` and `byScores`. */
  backward(forward: Forward, byFeatures: Float64Array, byScores: Float64Array): Float64Array
}

export interface Forward {
  readonly features: Float64Array
  readonly probabilities: Float64Array
}

/** Trained by stochastic gradient descent on the window itself. */
export function trainNetwork(images: Images, labels: Int32Array, classes: number, random: Random): Network {
  const { rows, cols } = images.pixels
  const inputs = Float64Array.from({ length: HIDDEN * (cols + 1) }, () => random.normal() * Math.sqrt(2 / cols))
  const outputs = Float64Array.from({ length: classes * (HIDDEN + 1) }, () => random.normal() / Math.sqrt(HIDDEN))

  const forward = (image: Float32Array): Forward => {
    const features = new Float64Array(HIDDEN)
    for (let h = 0; h < HIDDEN; h++) {
      const at = h * (cols + 1)
      let sum = inputs[at + cols]!
      for (let j = 0; j < cols; j++) sum += inputs[at + j]! * image[j]!
      features[h] = Math.max(0, sum)
    }
    const scores = new Float64Array(classes)
    for (let k = 0; k < classes; k++) {
      const at = k * (HIDDEN + 1)
      let sum = outputs[at + HIDDEN]!
      for (let h = 0; h < HIDDEN; h++) sum += outputs[at + h]! * features[h]!
      scores[k] = sum
    }
    const top = Math.max(...scores)
    const powers = scores.map((score) => Math.exp(score - top))
    const total = powers.reduce((sum, power) => sum + power, 0)
    return { features, probabilities: powers.map((power) => power / total) }
  }
  const toHidden = ({ features }: Forward, byFeatures: Float64Array, byScores: Float64Array) =>
    features.map((feature, h) => {
      if (feature === 0) return 0
      let sum = byFeatures[h]!
      for (let k = 0; k < classes; k++) sum += byScores[k]! * outputs[k * (HIDDEN + 1) + h]!
      return sum
    })

  const none = new Float64Array(HIDDEN)
  for (let step = 0; step < STEPS; step++) {
    for (let b = 0; b < BATCH; b++) {
      const i = random.below(rows)
      const image = imageAt(images, i)
      const passed = forward(image)
      const error = passed.probabilities.map((p, k) => p - Number(k === labels[i]))
      const hidden = toHidden(passed, none, error)
      const rate = RATE / BATCH
      for (let k = 0; k < classes; k++) {
        const at = k * (HIDDEN + 1)
        for (let h = 0; h < HIDDEN; h++) outputs[at + h]! -= rate * error[k]! * passed.features[h]!
        outputs[at + HIDDEN]! -= rate * error[k]!
      }
      for (let h = 0; h < HIDDEN; h++) {
        if (hidden[h] === 0) continue
        const [at, by] = [h * (cols + 1), rate * hidden[h]!]
        for (let j = 0; j < cols; j++) inputs[at + j]! -= by * image[j]!
        inputs[at + cols]! -= by
      }
    }
  }
  return {
    classes,
    forward,
    backward(passed, byFeatures, byScores) {
      const hidden = toHidden(passed, byFeatures, byScores)
      const gradient = new Float64Array(cols)
      for (let h = 0; h < HIDDEN; h++) {
        if (hidden[h] === 0) continue
        const at = h * (cols + 1)
        for (let j = 0; j < cols; j++) gradient[j]! += hidden[h]! * inputs[at + j]!
      }
      return gradient
    },
  }
}
