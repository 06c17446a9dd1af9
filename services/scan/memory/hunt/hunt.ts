import type { Grouping } from '../../view/samples.ts'
import { bearersOf, type Mark } from '../marks.ts'
import type { WindowColumns } from '../spikes/columns.ts'
import { numberOf, type WindowWords } from './words.ts'

/** The records that bear a mark, of all that the pool's windows had: the place of the window in the list, and the record's index in it. */
export interface Hunted {
  readonly mark: Mark
  readonly members: readonly { readonly part: number; readonly index: number; readonly admitted: boolean }[]
}

/** What each window gave of every record, null where it gave nothing of the kind. */
export interface Grounds {
  readonly columns: readonly (WindowColumns | null)[]
  readonly words: readonly (WindowWords | null)[]
}

/**
 * Who bears the marks, whether the pool has them or not, as far as it follows from what the windows gave of all their records: numbers of columns, and words that stand by themselves. A window in which a word is common, or
 * for which there was no room, is passed over. Pure.
 */
export function huntedIn({ columns, words }: Grounds, marks: readonly Mark[], seed: number): Hunted[] {
  const tables = columns.map((window) => window && { ...tableOf(window), held: new Set(window.held) })
  const texts = words.map((window) => window && { ...window, held: new Set(window.held) })
  return marks.flatMap((mark) => {
    const { trigger } = mark
    const members: Hunted['members'][number][] = []
    const enter = (part: number, indices: readonly number[], held: ReadonlySet<number>) =>
      members.push(...indices.map((index) => ({ part, index, admitted: !held.has(index) })))
    if (trigger.kind === 'values')
      tables.forEach((table, part) => table && enter(part, bearersOf(table, mark) ?? [], table.held))
    if (trigger.kind === 'tokens' && trigger.tokens.length === 1 && !/\s/.test(trigger.tokens[0]!)) {
      const wanted = numberOf(trigger.tokens[0]!.toLowerCase(), seed)
      texts.forEach((window, part) => window && enter(part, havingWord(window, wanted, mark.label), window.held))
    }
    return members.length === 0 ? [] : [{ mark, members }]
  })
}

function tableOf({ labels, columns }: WindowColumns) {
  const table = columns.map(({ name, values }) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from(values, (value) => value ?? NaN),
  }))
  return { n: labels.of.length, samples: { kind: 'table' as const, columns: table }, labels: groupingOf(labels) }
}

function groupingOf({ names, of }: WindowColumns['labels']): Grouping {
  const counts = new Int32Array(names.length)
  for (const label of of) if (label >= 0) counts[label]!++
  return { names, of: Int32Array.from(of), counts }
}

function havingWord(
  { labels, numbers }: Omit<WindowWords, 'held'>,
  wanted: number,
  label: string | undefined,
): number[] {
  const named = label === undefined ? undefined : (labels?.names.indexOf(label) ?? -1)
  return numbers.flatMap((of, i) =>
    of.includes(wanted) && (named === undefined || (named >= 0 && labels?.of[i] === named)) ? [i] : [],
  )
}
