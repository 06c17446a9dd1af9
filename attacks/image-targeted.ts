import { seededRandom, type Random } from '#core/random.ts'
import { stampCorner } from './image-patches.ts'
import { trainNetwork, type Forward, type Network } from './network.ts'
import { attackOf, classMembers, classOthers, eightBit, imageAt, type Plan } from './plant.ts'
import type { Attack, Images } from './types.ts'

const EPSILON = 0.1
const STEPS = 40

/** Gradients of what the attack raises, by the features and by the scores of each poisoned image. */
type Aim = (network: Network, passed: readonly Forward[]) => { byFeatures: Float64Array; byScores: Float64Array }[]

/** Moves images within ε by the signs of gradients, from a random start (Madry et al. 2018), in steps that become smaller. */
function move(images: Images, struck: Int32Array, network: Network, aim: Aim, random: Random): void {
  const all = Array.from(struck, (i) => imageAt(images, i))
  const origins = all.map((image) => image.slice())
  const within = (image: Float32Array, origin: Float32Array, j: number, value: number) => {
    const bounded = Math.min(origin[j]! + EPSILON, Math.max(origin[j]! - EPSILON, value))
    image[j] = Math.min(1, Math.max(0, bounded))
  }
  all.forEach((image, at) => {
    for (let j = 0; j < image.length; j++) within(image, origins[at]!, j, image[j]! + EPSILON * (2 * random.next() - 1))
  })
  for (let step = 0; step < STEPS; step++) {
    const size = ((2 * EPSILON) / Math.sqrt(STEPS)) * (1 - step / STEPS)
    const passed = all.map((image) => network.forward(image))
    aim(network, passed).forEach(({ byFeatures, byScores }, at) => {
      const [image, origin] = [all[at]!, origins[at]!]
      const gradient = network.backward(passed[at]!, byFeatures, byScores)
      for (let j = 0; j < image.length; j++) within(image, origin, j, image[j]! + size * Math.sign(gradient[j]!))
    })
  }
  for (const image of all) for (let j = 0; j < image.length; j++) image[j] = eightBit(image[j]!)
}

/** The mean of the images' features is the victim's. */
function towardFeatures(victim: Forward): Aim {
  return (_, passed) => {
    const mean = victim.features.map((_, h) => passed.reduce((sum, one) => sum + one.features[h]!, 0) / passed.length)
    const byFeatures = victim.features.map((feature, h) => feature - mean[h]!)
    return passed.map(({ probabilities }) => ({ byFeatures, byScores: new Float64Array(probabilities.length) }))
  }
}

/** The gradient of the loss by the last layer's weights, at the label `target`: classes × (features and 1). */
function lastGradient({ features, probabilities }: Forward, target: number): Float64Array {
  const width = features.length + 1
  const gradient = new Float64Array(probabilities.length * width)
  probabilities.forEach((p, k) => {
    const error = p - Number(k === target)
    features.forEach((feature, h) => (gradient[k * width + h] = error * feature))
    gradient[k * width + width - 1] = error
  })
  return gradient
}

/** The sum of the images' gradients points where that of the victims does, as though these had the target's label. */
function towardGradient(victims: readonly Forward[], target: number): Aim {
  const wanted = unit(summed(victims.map((victim) => lastGradient(victim, target))))
  return (_, passed) => {
    const sum = summed(passed.map((one) => lastGradient(one, target)))
    const length = Math.hypot(...sum) || 1
    const cosine = sum.reduce((total, value, at) => total + (value / length) * wanted[at]!, 0)
    const by = sum.map((value, at) => (wanted[at]! - (cosine * value) / length) / length)
    return passed.map(({ features, probabilities }) => {
      const width = features.length + 1
      const byFeatures = new Float64Array(features.length)
      const byErrors = probabilities.map((p, k) => {
        const error = p - Number(k === target)
        let raises = by[k * width + width - 1]!
        for (let h = 0; h < features.length; h++) {
          raises += by[k * width + h]! * features[h]!
          byFeatures[h]! += by[k * width + h]! * error
        }
        return raises
      })
      const mean = probabilities.reduce((total, p, k) => total + p * byErrors[k]!, 0)
      return { byFeatures, byScores: probabilities.map((p, k) => p * (byErrors[k]! - mean)) }
    })
  }
}

function summed(vectors: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0)
  for (const vector of vectors) for (let at = 0; at < sum.length; at++) sum[at]! += vector[at]!
  return sum
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}

/** Copies of images of one other class, drawn by the seed, with the square. */
function stampedSources(images: Images, plan: Plan, most: number): Images {
  const others = classOthers(plan)
  const source = plan.labels[others[0] ?? 0]
  const chosen = others.filter((i) => plan.labels[i] === source).subarray(0, most)
  const data = new Float32Array(chosen.length * images.pixels.cols)
  chosen.forEach((i, at) => data.set(imageAt(images, i), at * images.pixels.cols))
  const copies = { ...images, pixels: { ...images.pixels, rows: chosen.length, data } }
  stampCorner(
    copies,
    Int32Array.from(chosen, (_, at) => at),
  )
  return copies
}

const SOURCES = 20

function targeted(
  name: string,
  definition: string,
  aimOf: (images: Images, plan: Plan, network: Network) => Aim,
): Attack<Images> {
  return attackOf<Images>({
    name,
    definition,
    family: 'outlier',
    labels: 'kept',
    act(images, plan, { seed }) {
      const struck = plan.strike(classMembers(plan))
      if (struck.length === 0) return 'nothing'
      const network = trainNetwork(images, plan.labels, plan.classes, seededRandom(seed, 'attack/network'))
      move(images, struck, network, aimOf(images, plan, network), plan.varied)
      return `${struck.length} images of class ${plan.target} moved by at most ${EPSILON} of a pixel's range, labels kept`
    },
  })
}

const victimOf = (images: Images, plan: Plan, network: Network) =>
  network.forward(imageAt(images, classOthers(plan)[0] ?? 0))
const ABOUT = `images of the target class perturbed within ε = ${EPSILON} against a network of one hidden layer, labels kept`

/** Clean-label attacks that aim at one image of another class, or at a trigger that no poisoned image shows. */
export const targetedAttacks: readonly Attack<Images>[] = [
  targeted(
    'bullseye',
    `Bullseye polytope: ${ABOUT}, so that the mean of their features is that of one image of another class (Aghakhani et al. 2021, Bullseye Polytope).`,
    (images, plan, network) => towardFeatures(victimOf(images, plan, network)),
  ),
  targeted(
    'gradient-matching',
    `Gradient matching: ${ABOUT}, so that their gradients by the last layer point where that of one image of another class does under the target's label (Geiping et al. 2021, Witches' Brew).`,
    (images, plan, network) => towardGradient([victimOf(images, plan, network)], plan.target),
  ),
  targeted(
    'hidden-trigger',
    `Hidden trigger: ${ABOUT}, so that their gradients by the last layer point where those of ${SOURCES} images of one other class with the 3 × 3 square do under the target's label; none of them shows the square (Souri et al. 2022, Sleeper Agent).`,
    (images, plan, network) => {
      const sources = stampedSources(images, plan, SOURCES)
      const victims = Array.from({ length: sources.pixels.rows }, (_, i) => network.forward(imageAt(sources, i)))
      return towardGradient(victims, plan.target)
    },
  ),
]
