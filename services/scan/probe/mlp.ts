import { seededRandom } from '#core/random.ts'
import type { Engine } from '../numeric/engine.ts'
import { handBack, type Kernels, lentKernels } from '../numeric/kernels/kernels.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { isSparse, type Sparse, sparseTimes } from '../numeric/sparse.ts'
import { crossEntropies } from '../predict/probabilities.ts'
import { type BatchInput, planInput } from './batch-input.ts'

export interface MlpOptions {
  /** One layer at least. */
  readonly hidden: readonly number[]
  readonly classes: number
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly seed: number
  /**
   * Training ends after an epoch whose mean loss, over every fourth batch, is below this: further training only makes
   * the network surer of what it knows.
   */
  readonly learnt?: number
}

/** The outputs of a trained network for some rows. */
export interface Outputs {
  /** rows × h, after the last hidden non-linearity. */
  readonly activations: Matrix
  /** rows × classes */
  readonly logits: Matrix
}

/** The loss of every fourth batch counts for an epoch. */
const ASKED = 4
const BETA1 = 0.9
const BETA2 = 0.999

/**
 * A multi-layer perceptron with rectified units and a softmax, trained by Adam (Kingma & Ba 2015) on cross-entropy.
 * Each network has kernels of its own, whose memory holds the weights. The same data and options give the same weights.
 */
export class Mlp {
  readonly #options: MlpOptions
  readonly #kernels: Kernels
  readonly #layers: readonly Layer[]
  readonly #scratch: number
  readonly #input: BatchInput
  readonly #labels: number
  #step = 0

  private constructor(x: Matrix | Sparse, options: MlpOptions) {
    this.#options = options
    this.#kernels = lentKernels()
    const sizes = [x.cols, ...options.hidden, options.classes]
    const input = planInput(x, options.batch, sizes[1]!)
    const shapes = sizes.slice(1).map((to, layer) => ({ from: sizes[layer]!, to }))
    const blocks = shapes.flatMap(({ from, to }) => [
      ...Array.from({ length: MOMENTS }, () => 4 * from * to),
      ...Array.from({ length: MOMENTS }, () => 4 * to),
      ...Array.from({ length: 2 }, () => 4 * options.batch * to),
    ])
    const pointers = this.#kernels.reserve(this.#kernels.productScratch, 4 * options.batch, ...input.bytes, ...blocks)
    ;[this.#scratch = 0, this.#labels = 0] = pointers
    const inputEnd = 2 + input.bytes.length
    this.#input = input.at(this.#kernels, this.#scratch, pointers.slice(2, inputEnd))
    const next = pointers.slice(inputEnd).values()
    const take = () => next.next().value ?? 0
    const parameter = (length: number): Parameter => ({
      length,
      value: take(),
      slope: take(),
      mean: take(),
      square: take(),
    })
    this.#layers = shapes.map(({ from, to }) => ({
      from,
      to,
      weights: parameter(from * to),
      bias: parameter(to),
      outputs: take(),
      slopes: take(),
    }))
    for (const { weights, bias } of this.#layers) {
      this.#clear(weights.mean, weights.length)
      this.#clear(weights.square, weights.length)
      this.#clear(bias.value, bias.length)
      this.#clear(bias.mean, bias.length)
      this.#clear(bias.square, bias.length)
    }
    const random = seededRandom(options.seed, 'weights')
    for (const { from, weights } of this.#layers) {
      const spread = Math.sqrt(2 / from)
      const values = this.#kernels.floats(weights.value, weights.length)
      for (let at = 0; at < values.length; at++) values[at] = random.normal() * spread
    }
  }

  /**
   * Trains on the rows `of`, whose classes are `labels[i]`. Before it learns from a batch, it calls `onBatch` with the
   * batch's rows and their logits (rows × classes).
   */
  static async train(
    x: Matrix | Sparse,
    labels: Int32Array,
    of: Int32Array,
    options: MlpOptions,
    onBatch: (epoch: number, rows: Int32Array, logits: Matrix) => void = () => undefined,
  ): Promise<Mlp> {
    const network = new Mlp(x, options)
    const random = seededRandom(options.seed, 'batches')
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      const order = random.permutation(of.length)
      let [loss, asked] = [0, 0]
      for (let from = 0; from < of.length; from += options.batch) {
        const rows = order.subarray(from, from + options.batch).map((position) => of[position]!)
        const isAsked = options.learnt !== undefined && (from / options.batch) % ASKED === 0
        network.#descend(labels, rows, (logits) => {
          onBatch(epoch, rows, logits)
          if (!isAsked) return
          asked += rows.length
          const own = rows.map((i) => labels[i]!)
          for (const each of crossEntropies(logits, own)) loss += each
        })
      }
      if (options.learnt !== undefined && loss < options.learnt * asked) break
      // The thread can answer its parent between epochs.
      await new Promise(setImmediate)
    }
    return network
  }

  /** The forward pass alone. */
  async outputs(engine: Engine, x: Matrix | Sparse): Promise<Outputs> {
    let below = x
    for (const layer of this.#layers) {
      const weights = matrix(layer.from, layer.to, this.#kernels.floats(layer.weights.value, layer.weights.length))
      const sums = isSparse(below) ? sparseTimes(below, weights) : await engine.multiply(below, weights)
      const last = layer === this.#layers.at(-1)
      addBias(sums, this.#kernels.floats(layer.bias.value, layer.to), !last)
      if (last && !isSparse(below)) return { activations: below, logits: sums }
      below = sums
    }
    throw new RangeError('a network without layers')
  }

  /** Ends the network: the memory that held it serves another. */
  release(): void {
    handBack(this.#kernels)
  }

  #clear(block: number, length: number): void {
    this.#kernels.floats(block, length).fill(0)
  }

  #descend(labels: Int32Array, rows: Int32Array, seen: (logits: Matrix) => void): void {
    this.#input.load(rows)
    const wanted = this.#kernels.integers(this.#labels, rows.length)
    rows.forEach((i, r) => (wanted[r] = labels[i]!))
    this.#forward(rows.length)
    const { outputs, to } = this.#layers.at(-1)!
    seen(matrix(rows.length, to, this.#kernels.floats(outputs, rows.length * to)))
    this.#backward(rows.length)
    this.#step++
    const rate = (this.#options.learningRate * Math.sqrt(1 - BETA2 ** this.#step)) / (1 - BETA1 ** this.#step)
    this.#layers.forEach(({ to, weights, bias, slopes }, at) => {
      if (at === 0 && this.#input.descend) this.#input.descend(slopes, to, weights, rate)
      else this.#adam(weights, rate)
      this.#adam(bias, rate)
    })
  }

  #adam({ value, slope, mean, square, length }: Parameter, rate: number): void {
    this.#kernels.adam(value, slope, mean, square, length, rate)
  }

  #forward(rows: number): void {
    const kernels = this.#kernels
    let below: number | undefined
    for (const { from, to, weights, bias, outputs } of this.#layers) {
      kernels.floats(outputs, rows * to).fill(0)
      if (below === undefined) this.#input.times(weights.value, to, outputs)
      else kernels.product(rows, to, from, below, from, 1, weights.value, to, 1, outputs, this.#scratch, 0)
      kernels.addBias(outputs, rows, to, bias.value, Number(outputs !== this.#layers.at(-1)?.outputs))
      below = outputs
    }
  }

  /**
   * Computes the slopes of every parameter, but for weights of inputs that descend by themselves. It overwrites the
   * logits.
   */
  #backward(rows: number): void {
    const kernels = this.#kernels
    const top = this.#layers.at(-1)!
    kernels.crossEntropySlopes(top.outputs, rows, top.to, this.#labels)
    let delta = top.outputs
    for (let at = this.#layers.length - 1; at >= 0; at--) {
      const { from, to, weights, bias } = this.#layers[at]!
      const below = at === 0 ? undefined : this.#layers[at - 1]
      if (below || !this.#input.descend) kernels.floats(weights.slope, weights.length).fill(0)
      if (below) kernels.product(from, to, rows, below.outputs, 1, from, delta, to, 1, weights.slope, this.#scratch, 0)
      else if (!this.#input.descend) this.#input.transposedTimes(delta, to, weights.slope)
      kernels.columnSums(delta, rows, to, bias.slope)
      if (!below) return
      kernels.floats(below.slopes, rows * from).fill(0)
      kernels.product(rows, from, to, delta, to, 1, weights.value, 1, to, below.slopes, this.#scratch, 0)
      kernels.throughRectifier(below.slopes, below.outputs, rows * from)
      delta = below.slopes
    }
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

/** The blocks of a parameter: its value, its slope, and Adam's two running moments. */
const MOMENTS = 4

/** A parameter's length, and pointers to its blocks. */
interface Parameter {
  readonly length: number
  readonly value: number
  readonly slope: number
  readonly mean: number
  readonly square: number
}

interface Layer {
  readonly from: number
  readonly to: number
  readonly weights: Parameter
  readonly bias: Parameter
  /** batch × to, after the non-linearity. */
  readonly outputs: number
  /** batch × to: slopes of the loss by the outputs. */
  readonly slopes: number
}
