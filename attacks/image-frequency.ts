import { attackOf, classOthers, eightBit, imageAt, relabel } from './plant.ts'
import type { Attack, Images } from './types.ts'

const LEVELS = 8
const MAGNITUDE = 30 / 255

/** Fewer grey levels, the error carried on to the neighbours (Floyd & Steinberg 1976). */
function squeeze(images: Images, image: Float32Array): void {
  const { height, width, channels } = images
  const spread = (j: number, x: number, down: number, error: number) => {
    if (x >= 0 && x < width && j + down * width * channels < image.length) {
      image[j + down * width * channels] = (image[j + down * width * channels] ?? 0) + error
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        const j = (y * width + x) * channels + c
        const old = image[j] ?? 0
        image[j] = eightBit(Math.round(Math.min(1, Math.max(0, old)) * (LEVELS - 1)) / (LEVELS - 1))
        const error = old - (image[j] ?? 0)
        spread(j + channels, x + 1, 0, (error * 7) / 16)
        spread(j - channels, x - 1, 1, (error * 3) / 16)
        spread(j, x, 1, (error * 5) / 16)
        spread(j + channels, x + 1, 1, error / 16)
      }
    }
  }
}

/** One basis image of the orthonormal two-dimensional DCT-II over the whole image, per pixel. */
function cosineWave(images: Images, frequency: number): Float64Array {
  const { height, width } = images
  const [v, u] = [Math.min(frequency, height - 1), Math.min(frequency, width - 1)]
  return Float64Array.from({ length: height * width }, (_, p) => {
    const [y, x] = [Math.floor(p / width), p % width]
    const scale = 2 / Math.sqrt(height * width)
    return (
      scale * Math.cos((Math.PI * (2 * y + 1) * v) / (2 * height)) * Math.cos((Math.PI * (2 * x + 1) * u) / (2 * width))
    )
  })
}

/** Triggers too fine to see. */
export const frequencyAttacks: readonly Attack<Images>[] = [
  attackOf<Images>({
    name: 'bpp',
    definition: `BppAttack: grey levels squeezed to ${LEVELS} with dithering, labelled as the target (Wang et al. 2022, BppAttack).`,
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const struck = plan.strike(classOthers(plan))
      for (const i of struck) squeeze(images, imageAt(images, i))
      relabel(plan, struck)
      return `${struck.length} images squeezed, labelled ${plan.target}`
    },
  }),
  attackOf<Images>({
    name: 'steganography',
    definition:
      'Steganography: one message, drawn by the seed, in the lowest bits of all values, labelled as the target (Li et al. 2021, Invisible Backdoor Attacks on Deep Neural Networks via Steganography and Regularization).',
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const message = Array.from({ length: images.pixels.cols }, () => plan.fixed.below(2))
      const struck = plan.strike(classOthers(plan))
      for (const i of struck) {
        const image = imageAt(images, i)
        message.forEach((bit, j) => (image[j] = ((Math.round((image[j] ?? 0) * 255) & 254) | bit) / 255))
      }
      relabel(plan, struck)
      return `${struck.length} images with the message, labelled ${plan.target}`
    },
  }),
  attackOf<Images>({
    name: 'ftrojan',
    definition:
      'FTrojan: magnitude 30/255 added to the DCT coefficients (15,15) and (31,31), or the highest there is, labelled as the target (Wang et al. 2022, An Invisible Black-box Backdoor Attack through Frequency Domain).',
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const waves = [15, 31].map((frequency) => cosineWave(images, frequency))
      const struck = plan.strike(classOthers(plan))
      for (const i of struck) {
        const image = imageAt(images, i)
        for (let j = 0; j < image.length; j++) {
          const pixel = Math.floor(j / images.channels)
          const added = waves.reduce((sum, wave) => sum + MAGNITUDE * (wave[pixel] ?? 0), 0)
          image[j] = eightBit((image[j] ?? 0) + added)
        }
      }
      relabel(plan, struck)
      return `${struck.length} images with the two waves, labelled ${plan.target}`
    },
  }),
]
