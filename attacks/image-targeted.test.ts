import { expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { attackNamed } from './catalog.ts'
import { trainNetwork, type Network } from './network.ts'
import { imageAt } from './plant.ts'
import { inventedWindow } from './samples.ts'
import type { Images } from './types.ts'

const window = inventedWindow('image', 600, 1)
const images = window.samples as Images
const SEED = 3
/** As the attacks train it. */
const network = trainNetwork(images, window.labels.of, 4, seededRandom(SEED, 'attack/network'))

function planted(name: string) {
  const result = attackNamed('image', name).apply(window, { rate: 0.05, seed: SEED })
  const struck = [...result.poisoned.keys()].filter((i) => result.poisoned[i] === 1)
  return { result, struck, samples: result.samples as Images }
}

test('the network that they aim at has learnt its window', () => {
  const right = window.labels.of.filter((label, i) => {
    const { probabilities } = network.forward(imageAt(images, i))
    return probabilities.indexOf(Math.max(...probabilities)) === label
  })
  expect(right.length).toBeGreaterThan(570)
})

test('its gradient by the pixels is that of differences', () => {
  const image = imageAt(images, 0).slice()
  const valueOf = () => {
    const { features, probabilities } = network.forward(image)
    return features[3]! + Math.log(probabilities[1]!)
  }
  const passed = network.forward(image)
  const byFeatures = passed.features.map((_, h) => Number(h === 3))
  const byScores = passed.probabilities.map((p, k) => Number(k === 1) - p)
  const gradient = network.backward(passed, byFeatures, byScores)
  for (const at of [0, 50, 101, 195]) {
    const before = image[at]!
    const step = 1e-3
    image[at] = before + step
    const above = valueOf()
    image[at] = before - step
    const below = valueOf()
    image[at] = before
    expect(gradient[at]).toBeCloseTo((above - below) / (2 * step), 2)
  }
})

test.each(['bullseye', 'gradient-matching', 'hidden-trigger'])('%s moves no pixel farther than ε', (name) => {
  const { struck, samples } = planted(name)
  expect(struck.length).toBe(30)
  for (const i of struck) {
    const [after, before] = [imageAt(samples, i), imageAt(images, i)]
    const most = Math.max(...after.map((value, j) => Math.abs(value - before[j]!)))
    expect(most).toBeGreaterThan(0.05)
    expect(most).toBeLessThanOrEqual(0.1 + 0.5 / 255 + 1e-6)
  }
})

const meanFeatures = (of: Images, struck: readonly number[]) => {
  const all = struck.map((i) => network.forward(imageAt(of, i)).features)
  return all[0]!.map((_, h) => all.reduce((sum, features) => sum + features[h]!, 0) / all.length)
}
const apart = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((value, at) => value - b[at]!))

test('bullseye brings the mean of the features near to an image of another class', () => {
  const { result, struck, samples } = planted('bullseye')
  const [before, after] = [meanFeatures(images, struck), meanFeatures(samples, struck)]
  const others = [...window.labels.of.keys()].filter((i) => window.labels.of[i] !== result.target)
  const nearer = others.map((i) => {
    const { features } = network.forward(imageAt(images, i))
    return apart(after, features) / apart(before, features)
  })
  expect(Math.min(...nearer)).toBeLessThan(0.8)
})

/** By features and scores of an image, as though it had the label. */
function lastGradient(of: Network, image: Float32Array, label: number): Float64Array {
  const { features, probabilities } = of.forward(image)
  return Float64Array.from(
    [...probabilities].flatMap((p, k) => [...features, 1].map((f) => (p - Number(k === label)) * f)),
  )
}
const cosine = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0) / (Math.hypot(...a) * Math.hypot(...b))

test('gradient matching turns the gradient toward that of an image of another class under the target’s label', () => {
  const { result, struck, samples } = planted('gradient-matching')
  const summed = (of: Images) =>
    struck
      .map((i) => lastGradient(network, imageAt(of, i), result.target))
      .reduce((sum, one) => sum.map((value, at) => value + one[at]!))
  const [before, after] = [summed(images), summed(samples)]
  const others = [...window.labels.of.keys()].filter((i) => window.labels.of[i] !== result.target)
  const turned = others.map((i) => {
    const wanted = lastGradient(network, imageAt(images, i), result.target)
    return cosine(after, wanted) - cosine(before, wanted)
  })
  expect(Math.max(...turned)).toBeGreaterThan(0.1)
})
