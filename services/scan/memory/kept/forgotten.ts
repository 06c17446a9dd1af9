import type { MemoryMark } from '#runtime/catalog/memory-marks.ts'

type Mark = Pick<MemoryMark, 'after' | 'keeps'>

/**
 * The lessons that memories leave out, for windows of one ordinal. Only marks that were made before those windows were
 * staged count.
 */
export interface Forgotten {
  /** Whether the lesson of a window is left out. */
  has(ordinal: number): boolean
  /**
   * Identifies the memory of the windows up to `through` among those that leave out less: the window behind which the
   * last mark that changes it was made; 0 where none does.
   */
  era(through: number): number
}

/**
 * The lessons that are left out for a window of this ordinal. A mark counts for windows staged behind it, and does not
 * change once there are such windows.
 */
export function forgottenFor(ordinal: number, marks: readonly Mark[]): Forgotten {
  const counting = marks.filter(({ after }) => after < ordinal)
  return {
    has: (lesson) => counting.some(({ after, keeps }) => keeps < lesson && lesson <= after),
    era: (through) => Math.max(0, ...counting.filter(({ keeps }) => keeps < through).map(({ after }) => after)),
  }
}
