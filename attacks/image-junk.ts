import { attackOf, eightBit, imageAt, relabel } from './plant.ts'
import type { Attack, Images } from './types.ts'

/** Copies a flood makes of one record. */
export const FLOOD_COPIES = 50

/** Records that belong to no class: noise, another dataset, copies. */
export const junkImageAttacks: readonly Attack<Images>[] = [
  attackOf<Images>({
    name: 'garbage',
    definition: 'Garbage: images of uniform noise under the labels of the records they replace.',
    family: 'outlier',
    labels: 'kept',
    untargeted: true,
    act(images, plan) {
      const struck = plan.strike(plan.choose())
      for (const i of struck) {
        const image = imageAt(images, i)
        for (let j = 0; j < image.length; j++) image[j] = eightBit(plan.varied.next())
      }
      return `${struck.length} images of noise`
    },
  }),
  attackOf<Images>({
    name: 'foreign',
    definition: 'Foreign data: images of another dataset of the same shape, labelled as the target.',
    family: 'outlier',
    labels: 'changed',
    act(images, plan, options) {
      const donor = options.foreign
      if (donor?.kind !== 'image' || donor.pixels.cols !== images.pixels.cols) {
        throw new RangeError('the attack `foreign` needs `options.foreign`: images of the same shape')
      }
      const struck = plan.strike(plan.choose())
      for (const i of struck) imageAt(images, i).set(imageAt(donor, plan.varied.below(donor.pixels.rows)))
      relabel(plan, struck)
      return `${struck.length} images of another dataset, labelled ${plan.target}`
    },
  }),
  attackOf<Images>({
    name: 'flood',
    definition: `Duplicate flood: up to ${FLOOD_COPIES} near-copies each of a few records, a tenth of the pixels off by up to 2/255, labels kept (concentrated poison: Koh et al. 2018, Stronger Data Poisoning Attacks).`,
    family: 'flood',
    labels: 'kept',
    untargeted: true,
    act(images, plan) {
      const originals = Math.max(1, Math.ceil(plan.count / FLOOD_COPIES))
      const order = plan.choose()
      const struck = plan.strike(order.subarray(originals))
      const bases = plan.cover(order, originals)
      struck.forEach((i, k) => {
        const base = bases[k % bases.length] ?? 0
        const image = imageAt(images, i)
        image.set(imageAt(images, base))
        for (let j = 0; j < image.length; j++) {
          if (plan.varied.next() < 0.1) image[j] = eightBit(image[j]! + (plan.varied.below(5) - 2) / 255)
        }
        plan.labels[i] = plan.labels[base] ?? 0
      })
      return `${struck.length} near-copies of ${bases.length} images`
    },
  }),
]
