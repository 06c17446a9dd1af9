import { learnMarks } from '../learn-marks.ts'
import type { Memory, PooledWindow } from '../memory.ts'
import type { Inserted } from './inserted.ts'
import { markOf } from './named.ts'

/**
 * The memory with the words that somebody put into texts of one label. Each is a campaign of the records that it was put
 * into, whether they were in the pool or not. A word that people released with the label teaches nothing until they take
 * that back. `parts` are the windows that the members refer to. Pure.
 */
export function learnInserted(memory: Memory, parts: readonly PooledWindow[], inserted: readonly Inserted[]): Memory {
  const shown = inserted
    .filter(({ members }) => members.length > 0)
    .map((one) => {
      const { label, evidence, logOdds, members } = one
      return { trigger: markOf(one).trigger, label, summary: summaryOf(one), evidence, logOdds, members }
    })
  return learnMarks(memory, parts, 'inserted', shown)
}

function summaryOf({ word, others, label, members }: Inserted): string {
  const counted = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`
  const windows = new Set(members.map(({ part }) => part)).size
  const named = [word, ...(others ?? [])].map((one) => `“${one}”`).join(' or ')
  return `${named} was probably put into ${counted(members.length, 'record')} labelled ${label} in ${counted(windows, 'window')}: the words beside it differ from record to record, and follow one another in other records`
}
