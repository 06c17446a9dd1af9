import { ageSeconds, FIELDS, isField, type Field, type FieldName, type Operator } from './fields.ts'

/** One condition; all of a query's have to hold. */
export interface Term {
  readonly field: FieldName | 'words'
  readonly negated: boolean
  readonly operator: Operator
  /** Any of these; numbers and ages have one. Ages stay as they are written. */
  readonly values: readonly string[]
  readonly from: number
  readonly to: number
}

export interface QueryProblem {
  readonly from: number
  readonly to: number
  readonly message: string
}

export interface ParsedQuery {
  readonly terms: readonly Term[]
  readonly problems: readonly QueryProblem[]
}

/**
 * A query such as `risk>0.9 dataset:mail family:trigger,label -is:assigned held:>3d "spoon"`: terms that all have to hold, places
 * counted in UTF-16 units. `-` negates, a comma is either, quotes hold what has spaces in it (with `\"` and `\\`); a bare word
 * is looked for in the record's id. What is wrong is among the problems, and its term is left out.
 */
export function parseQuery(text: string): ParsedQuery {
  const terms: Term[] = []
  const problems: QueryProblem[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++
      continue
    }
    const from = at
    const negated = text.charAt(at) === '-' && at + 1 < text.length && !/\s/.test(text.charAt(at + 1))
    if (negated) at++
    const refuse = (message: string, start = from) => problems.push({ from: start, to: at, message })
    const [head = '', name = '', sign = ''] =
      /^([A-Za-z_]+)(:(?:>=|<=|>|<)|>=|<=|:|=|>|<)/.exec(text.slice(at, at + 40)) ?? []
    if (head === '') {
      const { value, end, open } = readValue(text, at, false)
      at = end
      if (open) refuse('the quotation mark is not closed')
      else if (value !== '') terms.push({ field: 'words', negated, operator: '=', values: [value], from, to: at })
      else refuse('a word was expected')
      continue
    }
    at += head.length
    const valuesFrom = at
    const values: string[] = []
    let open = false
    do {
      if (values.length > 0) at++
      const read = readValue(text, at, true)
      at = read.end
      open ||= read.open
      values.push(read.value)
    } while (text.charAt(at) === ',' && !open)
    if (!isField(name)) refuse(`there is no field ${name}: use one of ${Object.keys(FIELDS).join(', ')}`)
    else if (open) refuse('the quotation mark is not closed')
    else {
      const operator = (sign.replace(':', '') || '=') as Operator
      const wrong = problemOf(name, operator, values)
      if (wrong === null) terms.push({ field: name, negated, operator, values, from, to: at })
      else refuse(wrong, values.includes('') ? from : valuesFrom)
    }
  }
  return { terms, problems }
}

function readValue(text: string, start: number, endsAtComma: boolean): { value: string; end: number; open: boolean } {
  let at = start
  if (text.charAt(at) === '"') {
    let value = ''
    for (at++; at < text.length && text.charAt(at) !== '"'; at++) {
      if (text.charAt(at) === '\\' && at + 1 < text.length) at++
      value += text.charAt(at)
    }
    return at < text.length ? { value, end: at + 1, open: false } : { value, end: at, open: true }
  }
  const [value = ''] = (endsAtComma ? /^[^\s,]*/ : /^\S*/).exec(text.slice(start)) ?? []
  return { value, end: start + value.length, open: false }
}

function problemOf(name: FieldName, operator: Operator, values: readonly string[]): string | null {
  const { type, values: known }: Field = FIELDS[name]
  if (type === 'number' || type === 'age') {
    const [value = ''] = values
    if (values.length > 1) return `${name} takes one value`
    if (type === 'age') return ageSeconds(value) === null ? `${name} is an age, such as 3d, 12h or 30m` : null
    return /^\d+(?:\.\d+)?$|^\.\d+$/.test(value) && Number(value) <= 1 ? null : `${name} is a number from 0 to 1`
  }
  if (type === 'day') {
    if (values.length > 1) return `${name} takes one value`
    return isDay(values[0] ?? '') ? null : `${name} is a day, such as 2026-11-20`
  }
  if (operator !== '=') return `${name} has no order: use :`
  if (values.includes('')) return `a value was expected after ${name}:`
  if (type === 'range') return values.every(isRange) ? null : `${name} is a number, or a range such as 3-17`
  if (type === 'key') return values.every(isKey) ? null : `${name} is a window and a place in it`
  const unknown = values.find((value) => known !== undefined && !known.includes(value))
  return unknown === undefined ? null : `${name} is one of ${known?.join(', ')}`
}

function isDay(value: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(value) : Number.NaN
  // a month has no day that is another's
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value)
}

function isRange(value: string): boolean {
  const [, from = '', to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(value) ?? []
  return from !== '' && Number(from) <= Number(to)
}

function isKey(value: string): boolean {
  return /^[0-9a-f]{32}-\d{1,9}$/.test(value)
}

/** `text` as one value of a query. */
export function quoted(text: string): string {
  return /^[^\s",:<>=\\-][^\s",\\]*$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
