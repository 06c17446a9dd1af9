import type { MemoryStatus } from '#app/operations/memories.ts'
import { plural, visible } from '#present/text.ts'

type Pool = NonNullable<MemoryStatus['newest']>['pool']

/** What there was no room for in a dataset's pool: what many windows show together is not looked for in it. No line where there is nothing. */
export function leftOutLines(dataset: string, pool: Pool | undefined): string[] {
  if (pool === undefined) return []
  const { records, columns, prints, words = 0, places = 0, keys = 0 } = pool.leftOut
  const parts = [
    ...(records > 0 ? [`${plural(records, 'record')} of those chosen`] : []),
    ...(columns > 0 ? [`${plural(columns, 'column')} of numbers, other ones in each`] : []),
    ...(prints > 0 ? [`the prints of ${plural(prints, 'record')}`] : []),
    ...(words > 0 ? [`${plural(words, 'rare word')}, other ones in each`] : []),
    ...(places > 0 ? [`the places of ${plural(places, 'rare word')}`] : []),
    ...(keys > 0 ? [`${plural(keys, 'rare word or run of words', 'rare words and runs of words')} of exchanges`] : []),
  ]
  if (parts.length === 0) return []
  const windows = plural(pool.windows, 'window')
  return [`${visible(dataset)}: the pool has no room for all that ${windows} would give; left out: ${parts.join('; ')}`]
}
