import type { Grouping } from '../../view/samples.ts'
import { bearersOf, type Mark } from '../marks.ts'
import type { WindowColumns } from '../spikes/columns.ts'
import { numberOf, type WindowWords } from './words.ts'

/**
 * The bearers of a mark among all records of the pool's windows: the window's place in the list, and the record's index
 * in it.
 */
export interface Hunted {
  readonly mark: Mark
  readonly members: readonly { readonly part: number; readonly index: number; readonly admitted: boolean }[]
}

/** The columns and rare words that each window gave of all its records; null where it gave none. */
export interface Grounds {
  readonly columns: readonly (WindowColumns | null)[]
  readonly words: readonly (WindowWords | null)[]
}

/**
 * The bearers of the marks, in the pool or not, as far as the windows gave what shows them: numbers of columns, and
 * single words. A window is passed over where a word is common, or where there was no room for it. Pure.
 */
export function huntedIn({ columns, words }: Grounds, marks: readonly Mark[], seed: number): Hunted[] {
  const tables = columns.map((window) => window && { ...tableOf(window), seed, held: new Set(window.held) })
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
