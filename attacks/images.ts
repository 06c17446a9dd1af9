import { blendAttacks } from './image-blends.ts'
import { junkImageAttacks } from './image-junk.ts'
import { patchAttacks } from './image-patches.ts'
import { labelAttacks } from './labels.ts'
import type { Attack, Images } from './types.ts'

/** Every attack on images, by group. */
export const imageAttacks: readonly Attack<Images>[] = [
  ...patchAttacks,
  ...blendAttacks,
  ...labelAttacks<Images>(),
  ...junkImageAttacks,
]
