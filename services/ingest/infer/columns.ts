import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { MISSING, numberOf } from '../record/coerce.ts'

/** How many distinct values of a column are told apart. */
const MAX_DISTINCT = 5000

/** What a sample shows of one field. */
export interface ColumnStats {
  readonly name: string
  /** Records that have the field, null or not. */
  present: number
  missing: number
  /** Cells that are numbers, or spell one. */
  numbers: number
  /** Cells that are numbers by their type, not by their text. */
  typedNumbers: number
  /** Numbers with a zero before them, as codes have. */
  coded: number
  integers: number
  booleans: number
  texts: number
  times: number
  containers: number
  min: number
  max: number
  /** Over texts and numbers as texts. */
  totalLength: number
  words: number
  longest: number
  /** How often each value was seen; no more are added beyond a limit. */
  readonly distinct: Map<string, number>
  /** The same of texts that spell no number, which come late among thousands of numbers. */
  readonly wording: Map<string, number>
  /** Shapes of tensors and of lists of numbers, as `dtype:side×side`. */
  readonly shapes: Map<string, number>
}

/** Statistics of every field of a sample, in the order in which fields first appear. */
export function columnStats(sample: readonly Fields[]): ColumnStats[] {
  const columns = new Map<string, ColumnStats>()
  for (const fields of sample) {
    for (const [name, value] of Object.entries(fields)) {
      let column = columns.get(name)
      if (!column) columns.set(name, (column = emptyColumn(name)))
      observe(column, value)
    }
  }
  return [...columns.values()]
}

/** What names a field, however it is written: `System-Prompt` is `system_prompt`. */
export function normalName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
}

/** Columns by their normal names: to compare each of thousands with each name that something may go by takes long. */
export function byNormalName(columns: readonly ColumnStats[]): ReadonlyMap<string, readonly ColumnStats[]> {
  return Map.groupBy(columns, ({ name }) => normalName(name))
}

/** Cells that hold something. */
export function filled(column: ColumnStats): number {
  return column.present - column.missing
}

/** Whether its texts are mostly points in time: one date among sentences is an answer like any other. */
export function saysWhen({ texts, times }: ColumnStats): boolean {
  return times > texts / 2
}

function observe(column: ColumnStats, value: Value): void {
  column.present++
  if (value === null || (typeof value === 'string' && MISSING.has(value.trim()))) {
    column.missing++
  } else if (value instanceof Tensor) {
    count(column.shapes, `${value.dtype}:${value.shape.join('×')}`)
  } else if (typeof value === 'object') {
    const length = Array.isArray(value) && value.every((item) => typeof item === 'number') ? value.length : 0
    if (length > 0) count(column.shapes, `list:${length}`)
    else column.containers++
  } else {
    observeCell(column, value)
  }
}

function observeCell(column: ColumnStats, value: string | number | boolean): void {
  const text = String(value)
  column.totalLength += text.length
  column.longest = Math.max(column.longest, text.length)
  if (column.distinct.size < MAX_DISTINCT || column.distinct.has(text)) count(column.distinct, text)
  if (typeof value === 'boolean') column.booleans++
  if (typeof value === 'number') column.typedNumbers++
  const number = typeof value === 'number' ? value : typeof value === 'string' ? numberOf(value) : null
  if (number !== null && Number.isFinite(number)) {
    column.numbers++
    if (typeof value === 'string' && /^-?0\d/.test(value)) column.coded++
    if (Number.isInteger(number)) column.integers++
    column.min = Math.min(column.min, number)
    column.max = Math.max(column.max, number)
  } else if (typeof value === 'string') {
    column.texts++
    if (column.wording.size < MAX_DISTINCT || column.wording.has(text)) count(column.wording, text)
    column.words += text.split(/\s+/).length
    if (isTime(text)) column.times++
  }
}

const TIME =
  /^\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d\d.*)?$|^\d{1,2}[-/]\d{1,2}[-/]\d{2,4}( \d.*)?$|^[A-Z][a-z]{2} \d{1,2},? \d{4}$/

function isTime(text: string): boolean {
  return text.length <= 40 && TIME.test(text) && !Number.isNaN(Date.parse(text))
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function emptyColumn(name: string): ColumnStats {
  const counts = {
    present: 0,
    missing: 0,
    numbers: 0,
    typedNumbers: 0,
    coded: 0,
    integers: 0,
    booleans: 0,
    texts: 0,
    times: 0,
  }
  const sizes = { containers: 0, min: Infinity, max: -Infinity, totalLength: 0, words: 0, longest: 0 }
  return { name, ...counts, ...sizes, distinct: new Map(), wording: new Map(), shapes: new Map() }
}
