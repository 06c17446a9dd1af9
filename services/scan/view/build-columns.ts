import type { DataRecord } from '#core/record.ts'
import type { Value } from '#core/value.ts'
import { RARE_LEVEL, type CategoryColumn, type TableColumn } from './samples.ts'

interface ColumnSpec {
  readonly name: string
  readonly type: 'number' | 'category' | 'text' | 'time'
}

/** The most levels of a category; the rarer ones share one. */
const MAX_LEVELS = 1000

/**
 * The columns of a table. Times are days since 1970; a text gives two columns, a category of whole values and its
 * length.
 */
export function columnSamples(records: readonly DataRecord[], columns: readonly ColumnSpec[]): TableColumn[] {
  return columns.flatMap(({ name, type }): TableColumn[] => {
    const values = records.map((record) => record.fields[name])
    if (type === 'number') return [{ name, type: 'number', values: Float64Array.from(values, toNumber) }]
    if (type === 'time') return [{ name, type: 'number', values: Float64Array.from(values, toDays), isAmount: false }]
    const category = { name, type: 'category' as const, ...toLevels(values.map(toLevel)) }
    if (type === 'category') return [category]
    const lengths = Float64Array.from(values, (value) => toLevel(value)?.length ?? Number.NaN)
    return [category, { name: `${name} (length)`, type: 'number', values: lengths, isAmount: false }]
  })
}

function toLevels(values: readonly (string | undefined)[]): Omit<CategoryColumn, 'name' | 'type'> {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  const kept = [...counts]
    .filter(([, count]) => count > 1)
    .sort(([a, m], [b, k]) => k - m || (a < b ? -1 : 1))
    .slice(0, MAX_LEVELS)
    .map(([level]) => level)
    .sort()
  const codeOf = new Map(kept.map((level, code) => [level, code]))
  const codes = Int32Array.from(values, (value) => (value === undefined ? -1 : (codeOf.get(value) ?? kept.length)))
  if (kept.length === counts.size) return { codes, levels: kept }
  const texts = [...counts.keys()]
  const numbers = new Map(texts.map((value, at) => [value, at]))
  const each = Int32Array.from(values, (value) => (value === undefined ? -1 : numbers.get(value)!))
  return { codes, levels: [...kept, RARE_LEVEL], values: each, texts }
}

function toLevel(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return undefined
}

function toNumber(value: Value | undefined): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string' || value.trim() === '') return Number.NaN
  const number = Number(value)
  return Number.isFinite(number) ? number : Number.NaN
}

const MS_A_DAY = 86_400_000

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:(Z)|([+-]\d\d):?(\d\d))?)?$/i
/** A zone at the end of a time in a notation other than ISO 8601, by name or as an offset; a comment may follow. */
const ZONE = /(?:(?<=\d)z|\b(?:UTC?|GMT|[ECMP][SD]T)|:\d\d(?:\.\d+)? ?(?:UTC|GMT)?[+-]\d\d:?\d\d)(?: ?\([^)]*\))?$/i

/**
 * Days since 1970, NaN for no time. A time without a zone is taken for UTC, so that it is the same on every machine.
 */
function toDays(value: Value | undefined): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value / MS_A_DAY : Number.NaN
  if (typeof value !== 'string') return Number.NaN
  const text = value.trim()
  const iso = ISO.exec(text)
  if (!iso) return Date.parse(ZONE.test(text) ? text : `${text} UTC`) / MS_A_DAY
  const [, date, time = '00:00', , hours, minutes] = iso
  return Date.parse(`${date}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`) / MS_A_DAY
}
