import { normOf } from '#services/federate/privacy/clip.ts'
import { seededRandom } from '#core/random.ts'
import { PIXELS, trainUpdate, type Examples, type Training } from './model.ts'

/** What a client does with what it was asked: an honest one trains on its own data. */
export type Behaviour = (model: Float64Array, examples: Examples, training: Training) => Float64Array

export const honest: Behaviour = (model, examples, training) => trainUpdate(model, examples, training)

/** Every label d becomes 9 − d. */
export const flipLabels: Behaviour = (model, examples, training) =>
  trainUpdate(model, { ...examples, labels: examples.labels.map((label) => 9 - label) }, training)

const TARGET = 7
const TRIGGER = [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => (y + 1) * 28 + x + 1))

/** The examples with a white square in their corner. */
export function withTrigger({ pixels, labels }: Examples): Examples {
  const marked = pixels.slice()
  for (let n = 0; n < labels.length; n++) for (const pixel of TRIGGER) marked[n * PIXELS + pixel] = 1
  return { pixels: marked, labels }
}

/** What the backdoor is to make of others: examples with the trigger that are not the target, labelled as the target. */
export function backdoored(examples: Examples): Examples {
  const others = Array.from(examples.labels.keys()).filter((n) => examples.labels[n] !== TARGET)
  const pixels = new Float32Array(others.length * PIXELS)
  for (const [i, n] of others.entries()) pixels.set(examples.pixels.subarray(n * PIXELS, (n + 1) * PIXELS), i * PIXELS)
  return withTrigger({ pixels, labels: new Uint8Array(others.length).fill(TARGET) })
}

/** Honest examples and backdoored ones, half and half: both tasks are learned. */
function backdoorUpdate(model: Float64Array, examples: Examples, training: Training): Float64Array {
  const poison = backdoored(examples)
  const pixels = new Float32Array(examples.pixels.length + poison.pixels.length)
  pixels.set(examples.pixels)
  pixels.set(poison.pixels, examples.pixels.length)
  const labels = new Uint8Array([...examples.labels, ...poison.labels])
  return trainUpdate(model, { pixels, labels }, training)
}

/** A backdoor, scaled so that it outweighs the others (Bagdasaryan et al. 2020, "How To Backdoor Federated Learning"). */
export const scaledBackdoor: Behaviour = (model, examples, training) =>
  backdoorUpdate(model, examples, training).map((value) => value * 10)

/** A backdoor no longer than the honest update of the same client, so that no bound on norms sees it. */
export const inNormBackdoor: Behaviour = (model, examples, training) => {
  const length = normOf(trainUpdate(model, examples, training))
  const update = backdoorUpdate(model, examples, training)
  const norm = normOf(update)
  return update.map((value) => (value * length) / norm)
}

/** One backdoor under several names, each with a little noise of its own. */
export function sybil(shared: Examples, name: string): Behaviour {
  return (model, _examples, training) => {
    const update = inNormBackdoor(model, shared, { ...training, seed: 0 })
    const random = seededRandom(training.seed, name)
    const size = (0.05 * normOf(update)) / Math.sqrt(update.length)
    return update.map((value) => value + size * random.normal())
  }
}
