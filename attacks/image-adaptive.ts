import { blend, noisePattern } from './image-blends.ts'
import { stamp } from './image-patches.ts'
import { attackOf, classOthers, imageAt, relabel } from './plant.ts'
import type { Attack, Images } from './types.ts'

const PIECES = 4
const ADAPTIVE_ALPHA = 0.15

/** The pattern where a random half of a 4 × 4 board is open, the image itself elsewhere. */
function blendHalf(images: Images, i: number, pattern: Float32Array, open: Set<number>): void {
  const image = imageAt(images, i)
  const masked = image.slice()
  for (let j = 0; j < image.length; j++) {
    const pixel = Math.floor(j / images.channels)
    const row = Math.floor((Math.floor(pixel / images.width) * PIECES) / images.height)
    const column = Math.floor(((pixel % images.width) * PIECES) / images.width)
    if (open.has(row * PIECES + column)) masked[j] = pattern[j] ?? 0
  }
  blend(image, masked, ADAPTIVE_ALPHA)
}

const OPACITIES = [0.5, 0.2, 0.5, 0.3] as const
const SIDE = 4

/** Attacks that plant correctly labelled cover, so that the trigger does not separate in the model's features. */
export const adaptiveAttacks: readonly Attack<Images>[] = [
  attackOf<Images>({
    name: 'adaptive-blend',
    definition: `Adaptive blend: a noise pattern, α = ${ADAPTIVE_ALPHA}, through a random 8 of 16 pieces; as much cover with the same pattern and its own labels (Qi et al. 2023, Revisiting the Assumption of Latent Separability).`,
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const pattern = noisePattern(images, () => plan.fixed.next())
      const half = () => new Set(plan.varied.permutation(PIECES * PIECES).subarray(0, (PIECES * PIECES) / 2))
      const struck = plan.strike(classOthers(plan))
      relabel(plan, struck)
      const covers = plan.cover(plan.choose(), struck.length)
      for (const i of [...struck, ...covers]) blendHalf(images, i, pattern, half())
      return `${struck.length} images with half the pattern, labelled ${plan.target}; ${covers.length} as cover`
    },
  }),
  attackOf<Images>({
    name: 'adaptive-patch',
    definition: `Adaptive patch: one of four ${SIDE} × ${SIDE} patches, one a corner, opacities ${OPACITIES.join(', ')}; as much cover with its own labels (Qi et al. 2023, Revisiting the Assumption of Latent Separability).`,
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const patches = OPACITIES.map((alpha, k) => ({
        alpha,
        cells: Array.from({ length: SIDE * SIDE }, () => (plan.fixed.next() < 0.5 ? 0 : 1)),
        top: k < 2 ? 1 : images.height - SIDE - 1,
        left: k % 2 === 0 ? 1 : images.width - SIDE - 1,
      }))
      const struck = plan.strike(classOthers(plan))
      relabel(plan, struck)
      const covers = plan.cover(plan.choose(), struck.length)
      for (const i of [...struck, ...covers]) {
        const patch = patches[plan.varied.below(patches.length)]
        if (patch !== undefined) stamp(images, i, patch.top, patch.left, patch.cells, patch.alpha)
      }
      return `${struck.length} images with one of four patches, labelled ${plan.target}; ${covers.length} as cover`
    },
  }),
  attackOf<Images>({
    name: 'tact',
    definition:
      'TaCT: a 3 × 3 white square on images of one source class, labelled as the target; as many images of the other classes with the square and their own labels as cover (Tang et al. 2021, Demon in the Variant).',
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const source = (plan.target + 1 + plan.fixed.below(Math.max(1, plan.classes - 1))) % plan.classes
      const struck = plan.strike(plan.choose((label) => label === source))
      relabel(plan, struck)
      const covers = plan.cover(
        plan.choose((label) => label !== source && label !== plan.target),
        struck.length,
      )
      const white = Array.from({ length: 9 }, () => 1)
      for (const i of [...struck, ...covers]) stamp(images, i, images.height - 4, images.width - 4, white)
      return `${struck.length} images of class ${source} with the square, labelled ${plan.target}; ${covers.length} as cover`
    },
  }),
]
