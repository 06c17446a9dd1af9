import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '#core/random.ts'
import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { loadTensorflow } from './backend.ts'

export interface MlpOptions {
  readonly hidden: readonly number[]
  readonly classes: number
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly seed: number
}

/** What a trained network makes of some rows. */
export interface Outputs {
  /** rows × h, after the last hidden non-linearity. */
  readonly activations: Matrix
  /** rows × classes */
  readonly logits: Matrix
}

const BETA1 = 0.9
const BETA2 = 0.999

/**
 * A multi-layer perceptron with rectified units and a softmax, trained by Adam (Kingma & Ba 2015) on cross-entropy with
 * TensorFlow.js. The backward pass is written out: the package's gradients do not load outside a bundler, and its
 * transposed products are ten times slower than a transpose followed by a product. Same data, same options: same weights.
 */
export class Mlp {
  readonly #options: MlpOptions
  readonly #parameters: Parameter[]
  #step = 0

  private constructor(inputs: number, options: MlpOptions) {
    this.#options = options
    const random = seededRandom(options.seed, 'weights')
    const sizes = [inputs, ...options.hidden, options.classes]
    this.#parameters = sizes.slice(1).flatMap((to, layer) => {
      const from = sizes[layer]!
      const spread = Math.sqrt(2 / from)
      const weights = Float32Array.from({ length: from * to }, () => random.normal() * spread)
      return [parameter(weights, [from, to]), parameter(new Float32Array(to), [to])]
    })
  }

  /** Trains on the rows `of`, whose classes are `labels[i]`; calls `onEpoch` after each epoch. */
  static async train(
    x: Matrix,
    labels: Int32Array,
    of: Int32Array,
    options: MlpOptions,
    onEpoch: (epoch: number, network: Mlp) => Promise<void> = async () => undefined,
  ): Promise<Mlp> {
    await loadTensorflow()
    const network = new Mlp(x.cols, options)
    const random = seededRandom(options.seed, 'batches')
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      const order = random.permutation(of.length)
      for (let from = 0; from < of.length; from += options.batch) {
        const rows = order.subarray(from, from + options.batch).map((position) => of[position]!)
        network.#descend(x, labels, rows)
      }
      await onEpoch(epoch, network)
      // Lets the thread answer its parent between epochs.
      await new Promise(setImmediate)
    }
    return network
  }

  /** The forward pass alone, on the engine: several times faster than WebAssembly. */
  async outputs(engine: Engine, x: Matrix): Promise<Outputs> {
    let activations = x
    const depth = this.#parameters.length / 2
    for (let layer = 0; ; layer++) {
      const { shape } = this.#weights(layer)
      const weights = matrix(shape[0], shape[1], this.#weights(layer).dataSync<'float32'>())
      const sums = await engine.multiply(activations, weights)
      const last = layer === depth - 1
      addBias(sums, this.#parameters[2 * layer + 1]!.value.dataSync<'float32'>(), !last)
      if (last) return { activations, logits: sums }
      activations = sums
    }
  }

  dispose(): void {
    for (const { value, mean, square } of this.#parameters) tf.dispose([value, mean, square])
  }

  /** Input, each hidden layer, logits. */
  #forward(x: tf.Tensor2D): tf.Tensor2D[] {
    const layers = [x]
    const depth = this.#parameters.length / 2
    for (let layer = 0; layer < depth; layer++) {
      const sum = tf.add(tf.matMul(layers[layer]!, this.#weights(layer)), this.#parameters[2 * layer + 1]!.value)
      layers.push((layer + 1 < depth ? tf.relu(sum) : sum) as tf.Tensor2D)
    }
    return layers
  }

  #weights(layer: number): tf.Tensor2D {
    return this.#parameters[2 * layer]!.value as tf.Tensor2D
  }

  #descend(x: Matrix, labels: Int32Array, rows: Int32Array): void {
    const { classes } = this.#options
    const batch = new Float32Array(rows.length * x.cols)
    const wanted = new Float32Array(rows.length * classes)
    rows.forEach((i, r) => {
      batch.set(x.data.subarray(i * x.cols, (i + 1) * x.cols), r * x.cols)
      wanted[r * classes + labels[i]!] = 1
    })
    tf.tidy(() => {
      const layers = this.#forward(tf.tensor2d(batch, [rows.length, x.cols]))
      const probabilities = tf.softmax(layers.pop()!)
      let delta: tf.Tensor2D = tf.mul(
        tf.sub(probabilities, tf.tensor2d(wanted, [rows.length, classes])),
        1 / rows.length,
      )
      const gradients: tf.Tensor[] = []
      for (let layer = layers.length - 1; layer >= 0; layer--) {
        const below = layers[layer]!
        gradients.unshift(tf.matMul(tf.transpose(below), delta), tf.sum(delta, 0))
        if (layer > 0) delta = tf.mul(tf.matMul(delta, tf.transpose(this.#weights(layer))), tf.step(below))
      }
      this.#adam(gradients)
    })
  }

  #adam(gradients: readonly tf.Tensor[]): void {
    this.#step++
    const rate = (this.#options.learningRate * Math.sqrt(1 - BETA2 ** this.#step)) / (1 - BETA1 ** this.#step)
    gradients.forEach((gradient, at) => {
      const parameter = this.#parameters[at]!
      const mean = tf.add(tf.mul(parameter.mean, BETA1), tf.mul(gradient, 1 - BETA1))
      const square = tf.add(tf.mul(parameter.square, BETA2), tf.mul(tf.square(gradient), 1 - BETA2))
      const value = tf.sub(parameter.value, tf.div(tf.mul(mean, rate), tf.add(tf.sqrt(square), 1e-8)))
      tf.dispose([parameter.value, parameter.mean, parameter.square])
      Object.assign(parameter, { value: tf.keep(value), mean: tf.keep(mean), square: tf.keep(square) })
    })
  }
}

function addBias(sums: Matrix, bias: Float32Array, rectified: boolean): void {
  for (let i = 0; i < sums.rows; i++) {
    for (let c = 0; c < sums.cols; c++) {
      const value = sums.data[i * sums.cols + c]! + bias[c]!
      sums.data[i * sums.cols + c] = rectified && value < 0 ? 0 : value
    }
  }
}

/** A weight or bias with Adam's running moments; replaced at every step. */
interface Parameter {
  value: tf.Tensor
  mean: tf.Tensor
  square: tf.Tensor
}

function parameter(values: Float32Array, shape: number[]): Parameter {
  return { value: tf.tensor(values, shape), mean: tf.zeros(shape), square: tf.zeros(shape) }
}
