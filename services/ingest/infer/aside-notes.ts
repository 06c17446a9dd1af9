import { featureFields, type FeatureSpec } from '#core/contract.ts'
import { proseOf } from './column-kinds.ts'
import { filled, type ColumnStats } from './columns.ts'
import type { Roles } from './roles.ts'

const NAMED = 6
/** Numbers with commas between their thousands, as spreadsheets export them, and days that begin with the day or the month. */
const WORDED = [
  [/^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/, 'numbers with commas between thousands', '1234.5 for 1,234.5'],
  [/^\d{1,2}[./]\d{1,2}[./]\d{2,4}\b/, 'dates', '2024-12-31 for 31.12.2024'],
] as const

/** Sentences on what is not compared, or not as what it is. */
export function asideNotes(columns: readonly ColumnStats[], roles: Roles, features: FeatureSpec): string[] {
  const looked = new Set([...featureFields(features), roles.label?.name, roles.contributor?.name, roles.id?.name])
  const aside = columns.filter((column) => !looked.has(column.name) && filled(column) > 0)
  // texts first: what a model is trained on is named, however many numbers stand before it
  const notes = keptNotes(
    [...proseOf(aside), ...aside.filter((column) => !proseOf([column]).length)].map(({ name }) => name),
  )
  const compared = features.kind === 'table' ? features.columns : []
  const categories = new Set(compared.flatMap(({ name, type }) => (type === 'category' ? [name] : [])))
  const words = columns.filter(({ name, wording }) => categories.has(name) && wording.size > 0)
  for (const [pattern, what, mend] of WORDED) {
    const worded = words.filter(({ wording }) => [...wording.keys()].every((text) => pattern.test(text.trim())))
    if (worded.length === 0) continue
    const holders = `${listed(worded.map(({ name }) => name))} ${worded.length > 1 ? 'hold' : 'holds'}`
    notes.push(`Field${worded.length > 1 ? 's' : ''} ${holders} ${what}, which are compared as words: write ${mend}.`)
  }
  return notes
}

/** A sentence on fields that nothing looks at; none where there are none. */
export function keptNotes(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`Kept, and not looked at: ${listed(names)}.`]
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return `${names.slice(0, NAMED).join(', ')}${more}`
}
