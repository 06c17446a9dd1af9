import type { HearDeps } from '#services/scan/memory/hear.ts'

/** A catalog in which no review was carried out. */
export const NOBODY_JUDGED: Omit<HearDeps['catalog'], 'windows'> = {
  reviews: { heardAfter: async () => [], get: async () => null },
  flagged: { list: async () => [] },
  repeats: { all: async () => [] },
}
