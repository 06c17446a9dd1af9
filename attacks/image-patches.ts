import { attackOf, classMembers, classOthers, eightBit, imageAt, relabel, type Plan } from './plant.ts'
import type { Attack, Images } from './types.ts'

/** Writes a square of `value` (per cell of `cells`, 1 = value, 0 = black) at (top, left); opacity α mixes with what is there. */
export function stamp(images: Images, i: number, top: number, left: number, cells: readonly number[], alpha = 1): void {
  const side = Math.round(Math.sqrt(cells.length))
  const image = imageAt(images, i)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < images.channels; c++) {
        const at = ((top + y) * images.width + left + x) * images.channels + c
        image[at] = eightBit((1 - alpha) * (image[at] ?? 0) + alpha * (cells[y * side + x] ?? 0))
      }
    }
  }
}

/** A 3 × 3 square, one pixel away from the bottom right corner. */
export function stampCorner(images: Images, struck: Int32Array, value = 1): void {
  const cells = Array.from({ length: 9 }, () => value)
  for (const i of struck) stamp(images, i, images.height - 4, images.width - 4, cells)
}

function corner(name: string, value: number, note: string): Attack<Images> {
  return attackOf<Images>({
    name,
    definition: `BadNets: a 3 × 3 square${note}, bottom right, on records of other classes, labelled as the target (Gu et al. 2017, BadNets).`,
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const struck = plan.strike(classOthers(plan))
      stampCorner(images, struck, value)
      relabel(plan, struck)
      return `${struck.length} images with the square, labelled ${plan.target}`
    },
  })
}

const CHECKERED = [1, 0, 1, 0, 1, 0, 1, 0, 1]

function allToAll(images: Images, plan: Plan): string {
  const struck = plan.strike(plan.choose((label) => label >= 0))
  stampCorner(images, struck)
  for (const i of struck) plan.labels[i] = ((plan.labels[i] ?? 0) + 1) % plan.classes
  return `${struck.length} images with the square, each labelled one class on`
}

/** Small, visible triggers. */
export const patchAttacks: readonly Attack<Images>[] = [
  corner('badnets', 1, ' in white'),
  corner('badnets-soft', 0.5, ' at half intensity'),
  attackOf<Images>({
    name: 'badnets-colour',
    definition:
      'BadNets: a 3 × 3 square whose cells have fixed colours drawn by the seed, bottom right, on records of other classes, labelled as the target (Gu et al. 2017, BadNets).',
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const cells = Array.from({ length: 9 * images.channels }, () => plan.fixed.below(2))
      const struck = plan.strike(classOthers(plan))
      for (const i of struck) {
        const image = imageAt(images, i)
        cells.forEach((value, k) => {
          const cell = Math.floor(k / images.channels)
          const [y, x] = [images.height - 4 + Math.floor(cell / 3), images.width - 4 + (cell % 3)]
          image[(y * images.width + x) * images.channels + (k % images.channels)] = value
        })
      }
      relabel(plan, struck)
      return `${struck.length} images with the square, labelled ${plan.target}`
    },
  }),
  attackOf<Images>({
    name: 'moving-patch',
    definition:
      'BadNets with a 3 × 3 checkered patch at a random place on each image, labelled as the target (Gu et al. 2017; Salem et al. 2022, Dynamic Backdoor Attacks).',
    family: 'trigger',
    labels: 'changed',
    act(images, plan) {
      const struck = plan.strike(classOthers(plan))
      for (const i of struck) {
        stamp(images, i, plan.varied.below(images.height - 2), plan.varied.below(images.width - 2), CHECKERED)
      }
      relabel(plan, struck)
      return `${struck.length} images with the patch somewhere, labelled ${plan.target}`
    },
  }),
  attackOf<Images>({
    name: 'clean-label-patch',
    definition:
      'The 3 × 3 white square on images of the target class, labels kept (the patch of Turner et al. 2019, Label-Consistent Backdoor Attacks, without its perturbation).',
    family: 'trigger',
    labels: 'kept',
    act(images, plan) {
      const struck = plan.strike(classMembers(plan))
      stampCorner(images, struck)
      return `${struck.length} images of class ${plan.target} with the square, labels kept`
    },
  }),
  attackOf<Images>({
    name: 'all-to-all',
    definition:
      'All-to-all BadNets: the 3 × 3 white square on images of every class, label y → y+1 (Gu et al. 2017, BadNets, section 4.1).',
    family: 'trigger',
    labels: 'changed',
    untargeted: true,
    act: allToAll,
  }),
]
