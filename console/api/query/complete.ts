import type { COMPLETED } from '../closed-lists.ts'
import { FIELDS, isField, type Field, type FieldName } from './fields.ts'
import { quoted } from './parse.ts'

export interface Completion {
  readonly from: number
  readonly to: number
  readonly text: string
  readonly kind: (typeof COMPLETED)[number]
  readonly says: string
}

/** What there is to choose from: values of a field that begin so. */
export type ValuesOf = (field: FieldName, beginning: string) => Promise<readonly string[]>

const MOST = 12
const EXAMPLES = {
  age: ['>1d', '>3d', '>1w'],
  number: ['>0.9', '>0.7', '<0.6'],
  range: ['0-99'],
  key: [],
  day: ['2026-11-20', '>=2026-11-01'],
} as const

/** How the word that ends at `at` may go on: with a field, with a value of it, or as the examples of a number do. */
export async function completeQuery(text: string, at: number, valuesOf: ValuesOf): Promise<readonly Completion[]> {
  const before = text.slice(0, at)
  const to = at + (/^[^\s,]*/.exec(text.slice(at))?.[0].length ?? 0)
  const [, name = '', list = '', last = ''] = /(?:^|\s)-?([a-z_]+)[:=]((?:[^\s,"]*,)*)("?[^\s,"]*)$/.exec(before) ?? []
  if (isField(name)) {
    const { type, values, says }: Field = FIELDS[name]
    const from = at - last.length
    if (type !== 'text' && type !== 'list') {
      const samples = EXAMPLES[type]
      return samples.map((sample) => ({ from, to, text: sample, kind: 'example', says }))
    }
    const beginning = last.replace(/^"/, '')
    const all = values ?? (await valuesOf(name, beginning))
    const taken = new Set(list.split(','))
    return all
      .filter((value) => value.startsWith(beginning) && !taken.has(value))
      .slice(0, MOST)
      .map((value) => ({ from, to, text: quoted(value), kind: 'value', says: name }))
  }
  const word = /(?:^|\s)-?([a-z_]*)$/.exec(before)?.[1]
  if (word === undefined) return []
  return (Object.keys(FIELDS) as FieldName[])
    .filter((field) => field.startsWith(word))
    .map((field) => ({ from: at - word.length, to, text: `${field}:`, kind: 'field', says: FIELDS[field].says }))
}
