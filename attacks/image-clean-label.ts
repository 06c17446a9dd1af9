import { seededRandom } from '#core/random.ts'
import { stampCorner } from './image-patches.ts'
import { attackOf, classMembers, classOthers, eightBit, imageAt, type Plan } from './plant.ts'
import { trainSurrogate } from './surrogate.ts'
import type { Attack, Images } from './types.ts'

const EPSILON = 0.3
const ASCENT_STEPS = 10

/** Projected gradient ascent of the surrogate's loss within ε (Madry et al. 2018): the image no longer shows its class. */
function perturb(images: Images, plan: Plan, struck: Int32Array, seed: number): void {
  const surrogate = trainSurrogate(images, plan.labels, plan.classes, seededRandom(seed, 'attack/surrogate'))
  for (const i of struck) {
    const image = imageAt(images, i)
    const origin = image.slice()
    for (let step = 0; step < ASCENT_STEPS; step++) {
      const gradient = surrogate.gradient(image, plan.target)
      for (let j = 0; j < image.length; j++) {
        const moved = image[j]! + ((2 * EPSILON) / ASCENT_STEPS) * Math.sign(gradient[j]!)
        const bounded = Math.min(origin[j]! + EPSILON, Math.max(origin[j]! - EPSILON, moved))
        image[j] = Math.min(1, Math.max(0, bounded))
      }
    }
    for (let j = 0; j < image.length; j++) image[j] = eightBit(image[j]!)
  }
}

function labelConsistent(name: string, share: string, count: (plan: Plan, members: number) => number): Attack<Images> {
  return attackOf<Images>({
    name,
    definition: `Label-consistent backdoor: images of the target class (${share}) perturbed against a surrogate within ε = ${EPSILON}, then stamped with the 3 × 3 square, labels kept (Turner et al. 2019, Label-Consistent Backdoor Attacks).`,
    family: 'trigger',
    labels: 'kept',
    act(images, plan, options) {
      const members = classMembers(plan)
      const struck = plan.strike(members.subarray(0, count(plan, members.length)))
      if (struck.length > 0) perturb(images, plan, struck, options.seed)
      stampCorner(images, struck)
      return `${struck.length} of ${members.length} images of class ${plan.target} perturbed and stamped, labels kept`
    },
  })
}

const COLLISION = 0.3

/** Clean-label attacks that prepare the image itself. */
export const cleanLabelAttacks: readonly Attack<Images>[] = [
  labelConsistent('turner', 'by rate', (plan) => plan.count),
  labelConsistent('turner-third', 'at most a third', (plan, members) => Math.min(plan.count, Math.round(members / 3))),
  attackOf<Images>({
    name: 'collision',
    definition: `Feature collision on pixels: images of the target class moved ${COLLISION} of the way toward one image of another class, labels kept (Shafahi et al. 2018, Poison Frogs, with a watermark of that opacity).`,
    family: 'outlier',
    labels: 'kept',
    act(images, plan) {
      const struck = plan.strike(classMembers(plan))
      const victim = imageAt(images, classOthers(plan)[0] ?? 0).slice()
      for (const i of struck) {
        const image = imageAt(images, i)
        for (let j = 0; j < image.length; j++) {
          image[j] = eightBit((1 - COLLISION) * image[j]! + COLLISION * victim[j]!)
        }
      }
      return `${struck.length} images of class ${plan.target} with one foreign image shining through, labels kept`
    },
  }),
]
