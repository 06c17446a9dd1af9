import { adaptiveAttacks } from './image-adaptive.ts'
import { blendAttacks } from './image-blends.ts'
import { cleanLabelAttacks } from './image-clean-label.ts'
import { frequencyAttacks } from './image-frequency.ts'
import { junkImageAttacks } from './image-junk.ts'
import { patchAttacks } from './image-patches.ts'
import { targetedAttacks } from './image-targeted.ts'
import { warpAttacks } from './image-warps.ts'
import { labelAttacks } from './labels.ts'
import type { Attack, Images } from './types.ts'

/** Every attack on images, by group. */
export const imageAttacks: readonly Attack<Images>[] = [
  ...patchAttacks,
  ...blendAttacks,
  ...warpAttacks,
  ...frequencyAttacks,
  ...adaptiveAttacks,
  ...cleanLabelAttacks,
  ...targetedAttacks,
  ...labelAttacks<Images>(),
  ...junkImageAttacks,
]
