import type { MemoryStatus } from '#app/operations/memories.ts'
import { count, visible } from '#present/text.ts'

/** What to do where a newer version wrote the last memory. */
export function newerLines(dataset: string, newer: MemoryStatus['newer']): string[] {
  if (newer === null) return []
  return [
    `${visible(dataset)}: the memory up to window ${count(newer.through)} cannot be read here: ${visible(newer.says)}. ` +
      `No window is scanned here that it would judge. To go on with this version: credence memory reset --dataset ${visible(dataset)} --reason '…'; ` +
      'windows that are staged after it are judged without what was taught before it',
  ]
}
