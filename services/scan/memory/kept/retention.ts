import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import type { MemoryMark } from '#runtime/catalog/memory-marks.ts'

/** The place of a kept memory, and its era. */
export interface KeptMemory {
  readonly through: number
  readonly era: number
}

/** Memories that stay behind the one that scanning goes on from, whichever windows they are of. */
const LATEST = 16

/**
 * Of the memories that are kept those that have outlived their use, once scanning goes on from the one up to `base`. What stays: all of the last windows, as many as pools are kept of; what a mark
 * goes back to; and of older ones fewer and fewer, of twice as old ones half as many, so that a rollback finds one before whatever window, however late a person learns of it. Each is judged by itself: a removal that was interrupted
 * goes on where it ended. Pure.
 */
export function outlived(
  kept: readonly KeptMemory[],
  { base, every, marks }: { readonly base: number; readonly every: number; readonly marks: readonly Kept[] },
): KeptMemory[] {
  const recent = Math.max(POOL_KEPT_WINDOWS, LATEST * every)
  const anchors = new Set(marks.map(({ keeps }) => keeps))
  return kept.filter(({ through }) => {
    const octaves = Math.ceil(Math.log2((base - through) / recent))
    return base - through > recent && !anchors.has(through) && through % (every * 2 ** octaves) !== 0
  })
}

type Kept = Pick<MemoryMark, 'keeps'>
