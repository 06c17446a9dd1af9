import type { MemoryMark } from '#runtime/catalog/memory-marks.ts'

type Mark = Pick<MemoryMark, 'after' | 'keeps'>

/** What a memory passes over, for windows of one place: marks that were made before those windows were staged. */
export interface Forgotten {
  /** Whether the lesson of a window is passed over. */
  has(ordinal: number): boolean
  /**
   * Tells the memory of the windows up to `through` from another one up to there that passes over less: the window behind which the last
   * mark that changes it was made; 0 where none does.
   */
  era(through: number): number
}

/** For a window of this ordinal: a mark counts for those that were staged behind it, and nothing of it changes once there are such. */
export function forgottenFor(ordinal: number, marks: readonly Mark[]): Forgotten {
  const counting = marks.filter(({ after }) => after < ordinal)
  return {
    has: (lesson) => counting.some(({ after, keeps }) => keeps < lesson && lesson <= after),
    era: (through) => Math.max(0, ...counting.filter(({ keeps }) => keeps < through).map(({ after }) => after)),
  }
}
