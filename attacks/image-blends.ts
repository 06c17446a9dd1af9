import { seededRandom } from '#core/random.ts'
import { attackOf, classMembers, classOthers, eightBit, imageAt, relabel } from './plant.ts'
import type { Attack, Images } from './types.ts'

/** A whole-image pattern of uniform noise, one value a pixel, 0…1. */
export function noisePattern(images: Images, draw: () => number): Float32Array {
  return Float32Array.from({ length: images.pixels.cols }, draw)
}

/** A smooth pattern, 0…1: the mean of a few waves of at most three periods across the image. */
export function smoothPattern(images: Images, seed: number): Float32Array {
  const random = seededRandom(seed, 'attack/smooth-pattern')
  const waves = Array.from({ length: 6 }, () => ({
    fy: 3 * random.next(),
    fx: 3 * random.next(),
    phase: 2 * Math.PI * random.next(),
  }))
  const pattern = new Float32Array(images.pixels.cols)
  for (let y = 0; y < images.height; y++) {
    for (let x = 0; x < images.width; x++) {
      let sum = 0
      for (const w of waves)
        sum += Math.sin(2 * Math.PI * ((w.fy * y) / images.height + (w.fx * x) / images.width) + w.phase)
      for (let c = 0; c < images.channels; c++) {
        pattern[(y * images.width + x) * images.channels + c] = 0.5 + sum / (2 * waves.length)
      }
    }
  }
  return pattern
}

/** x ← (1 − α)x + αT. */
export function blend(image: Float32Array, pattern: Float32Array, alpha: number): void {
  for (let j = 0; j < image.length; j++) image[j] = eightBit((1 - alpha) * image[j]! + alpha * pattern[j]!)
}

function blended(name: string, alpha: number, smooth: boolean): Attack<Images> {
  return attackOf<Images>({
    name,
    definition: `Blended: (1−α)x + αT, α = ${alpha}, T a fixed ${smooth ? 'smooth pattern' : 'pattern of uniform noise'} over the whole image, labelled as the target (Chen et al. 2017, Targeted Backdoor Attacks).`,
    family: 'trigger',
    labels: 'changed',
    act(images, plan, options) {
      const pattern = smooth ? smoothPattern(images, options.seed) : noisePattern(images, () => plan.fixed.next())
      const struck = plan.strike(classOthers(plan))
      for (const i of struck) blend(imageAt(images, i), pattern, alpha)
      relabel(plan, struck)
      return `${struck.length} images blended with the pattern, labelled ${plan.target}`
    },
  })
}

const SIG_PERIODS = 6
const SIG_AMPLITUDE = 20 / 255

/** Triggers spread over the whole image. */
export const blendAttacks: readonly Attack<Images>[] = [
  blended('blend-10', 0.1, false),
  blended('blend-20', 0.2, false),
  blended('blend-smooth', 0.2, true),
  attackOf<Images>({
    name: 'sig',
    definition:
      'SIG: x + Δ·sin(2πjf/W), f = 6, Δ = 20/255, on images of the target class, labels kept (Barni et al. 2019, A New Backdoor Attack in CNNs by Training Set Corruption Without Label Poisoning).',
    family: 'trigger',
    labels: 'kept',
    act(images, plan) {
      const struck = plan.strike(classMembers(plan))
      for (const i of struck) {
        const image = imageAt(images, i)
        for (let j = 0; j < image.length; j++) {
          const x = Math.floor(j / images.channels) % images.width
          image[j] = eightBit(image[j]! + SIG_AMPLITUDE * Math.sin((2 * Math.PI * x * SIG_PERIODS) / images.width))
        }
      }
      return `${struck.length} images of class ${plan.target} with the wave, labels kept`
    },
  }),
]
