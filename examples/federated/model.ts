import { seededRandom } from '#core/random.ts'

/** 784 pixels, 24 rectified units, 10 digits: all of it one vector, as a federation sees a model. */
export const PIXELS = 784
const HIDDEN = 24
const DIGITS = 10
const [W1, B1, W2, B2] = [0, PIXELS * HIDDEN, PIXELS * HIDDEN + HIDDEN, PIXELS * HIDDEN + HIDDEN + HIDDEN * DIGITS]
export const MODEL_SIZE = B2 + DIGITS

export interface Examples {
  /** n × 784, 0…1. */
  readonly pixels: Float32Array
  readonly labels: Uint8Array
}

export function initialModel(seed: number): Float64Array {
  const random = seededRandom(seed, 'model')
  const model = new Float64Array(MODEL_SIZE)
  for (let i = W1; i < B1; i++) model[i] = random.normal() * Math.sqrt(2 / PIXELS)
  for (let i = W2; i < B2; i++) model[i] = random.normal() * Math.sqrt(2 / HIDDEN)
  return model
}

/** The probabilities of the digits for example n; `hidden` receives the units. */
function forward(model: Float64Array, { pixels }: Examples, n: number, hidden: Float64Array, out: Float64Array): void {
  for (let h = 0; h < HIDDEN; h++) hidden[h] = model[B1 + h]!
  for (let p = 0; p < PIXELS; p++) {
    const value = pixels[n * PIXELS + p]!
    if (value === 0) continue
    const at = p * HIDDEN
    for (let h = 0; h < HIDDEN; h += 4) {
      hidden[h]! += value * model[at + h]!
      hidden[h + 1]! += value * model[at + h + 1]!
      hidden[h + 2]! += value * model[at + h + 2]!
      hidden[h + 3]! += value * model[at + h + 3]!
    }
  }
  let top = -Infinity
  for (let d = 0; d < DIGITS; d++) {
    let sum = model[B2 + d]!
    for (let h = 0; h < HIDDEN; h++) if (hidden[h]! > 0) sum += hidden[h]! * model[W2 + h * DIGITS + d]!
    out[d] = sum
    top = Math.max(top, sum)
  }
  let total = 0
  for (let d = 0; d < DIGITS; d++) total += out[d] = Math.exp(out[d]! - top)
  for (let d = 0; d < DIGITS; d++) out[d]! /= total
}

export interface Training {
  readonly epochs: number
  readonly rate: number
  readonly batch: number
  readonly seed: number
}

/** What plain gradient descent on these examples changes of the model. */
export function trainUpdate(
  start: Float64Array,
  examples: Examples,
  { epochs, rate, batch, seed }: Training,
): Float64Array {
  const model = start.slice()
  const gradient = new Float64Array(MODEL_SIZE)
  const [hidden, out, back] = [new Float64Array(HIDDEN), new Float64Array(DIGITS), new Float64Array(HIDDEN)]
  const active = new Uint8Array(HIDDEN)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = seededRandom(seed, `epoch ${epoch}`).permutation(examples.labels.length)
    for (let from = 0; from < order.length; from += batch) {
      gradient.fill(0)
      const part = order.subarray(from, from + batch)
      for (const n of part) {
        forward(model, examples, n, hidden, out)
        out[examples.labels[n]!]! -= 1
        back.fill(0)
        let firing = 0
        for (let h = 0; h < HIDDEN; h++) {
          if (hidden[h]! <= 0) continue
          active[firing++] = h
          for (let d = 0; d < DIGITS; d++) {
            gradient[W2 + h * DIGITS + d]! += hidden[h]! * out[d]!
            back[h]! += model[W2 + h * DIGITS + d]! * out[d]!
          }
          gradient[B1 + h]! += back[h]!
        }
        for (let d = 0; d < DIGITS; d++) gradient[B2 + d]! += out[d]!
        for (let p = 0; p < PIXELS; p++) {
          const value = examples.pixels[n * PIXELS + p]!
          if (value === 0) continue
          const at = p * HIDDEN
          for (let k = 0; k < firing; k++) gradient[at + active[k]!]! += value * back[active[k]!]!
        }
      }
      for (let i = 0; i < MODEL_SIZE; i++) model[i]! -= (rate / part.length) * gradient[i]!
    }
  }
  return model.map((value, i) => value - start[i]!)
}

/** The share of examples whose likeliest digit is their label, and the mean loss. */
export function evaluate(model: Float64Array, examples: Examples): { readonly share: number; readonly loss: number } {
  const [hidden, out] = [new Float64Array(HIDDEN), new Float64Array(DIGITS)]
  let [right, loss] = [0, 0]
  for (const [n, label] of examples.labels.entries()) {
    forward(model, examples, n, hidden, out)
    loss -= Math.log(Math.max(out[label]!, 1e-12))
    if (out.every((share) => share <= out[label]!)) right++
  }
  return { share: right / examples.labels.length, loss: loss / examples.labels.length }
}
