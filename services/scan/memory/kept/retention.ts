import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import type { MemoryMark } from '#runtime/catalog/memory-marks.ts'

/** A kept memory: its last window, and its era. */
export interface KeptMemory {
  readonly through: number
  readonly era: number
}

/** How many memories stay before the one that scanning goes on from, whatever windows they are of. */
const LATEST = 16

/**
 * The kept memories that have no more use, once scanning goes on from the one up to `base`. What stays: all memories of
 * the last windows, as many as pools are kept of; those that a mark goes back to; and of older ones half as many at
 * twice the age, so that a rollback finds one before any window, however late the need is known. Each is judged by
 * itself, so that an interrupted removal can continue. Pure.
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
