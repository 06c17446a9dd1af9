import { Tensor } from '#core/tensor.ts'
import type { OpenedLetter } from '#app/operations/dead-letters.ts'
import type { HeldLetter } from '#services/ingest/record/prepare.ts'
import { ruleAt } from '#present/contract-rule.ts'
import { paint, type Look } from '#present/look.ts'
import { count, plural, safeJson, visible, visibleLines } from '#present/text.ts'
import { REASON_WORDS } from '#present/words.ts'

const SHOWN_CHARACTERS = 4000
const SHOWN_BYTES = 512

/** One dead letter for a person: why, where it came from, the contract's rule, and what came. Nothing in it acts on a terminal. */
export function renderDeadLetter({ row, letter }: OpenedLetter, schema: unknown, look: Look): string {
  const { source, partition, position, contributor } = letter.provenance
  const rule = ruleAt(schema, row.detail)
  const attempts = row.attempts > 0 ? `, redriven in vain ${plural(row.attempts, 'time')}` : ''
  const lines = [
    `${paint(look, 'strong', visible(row.id))}  ${paint(look, 'dim', `${row.dataset}, ${row.state}${attempts}`)}`,
    `${paint(look, 'warn', row.reason)}: ${REASON_WORDS[row.reason]}; ${visible(row.detail)}`,
    ...(rule === null ? [] : [`the contract says: ${safeJson(rule)}`]),
    ...undeclared(letter.body, row.detail, schema).map((name) => `the contract does not know: ${visible(name)}`),
    `from ${visible(source)}, ${visible(partition)}, at ${visible(position)}` +
      (contributor === undefined ? '' : `, by ${visible(contributor)}`),
    '',
    content(letter.body),
    '',
  ]
  return lines.join('\n')
}

/**
 * The fields of a dead letter that broke its contract by being there. Their names are data: the reason that is kept in clear
 * gives their places alone, and only what shows the data to a person names them.
 */
export function undeclared(body: HeldLetter['body'], detail: string, schema: unknown): string[] {
  if (!detail.includes('additionalProperties at / (')) return []
  const known = new Set(Object.keys((schema as { properties?: object } | null)?.properties ?? {}))
  return Object.keys(fieldsOf(body)).filter((name) => !known.has(name))
}

function fieldsOf(body: HeldLetter['body']): object {
  if (body.kind === 'fields') return body.fields
  try {
    const value: unknown = body.kind === 'bytes' ? JSON.parse(Buffer.from(body.bytes).toString('utf8')) : null
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function content(body: HeldLetter['body']): string {
  if (body.kind !== 'fields') return bytes(body.kind === 'bytes' ? body.bytes : body.raw)
  return Object.entries(body.fields)
    .map(([name, value]) => `${visible(name)}: ${cut(safeJson(plain(value)))}`)
    .join('\n')
}

/** JSON has no arrays of numbers in a shape, and neither NaN nor an infinity: they are spelt. */
function plain(value: unknown): unknown {
  if (value instanceof Tensor) return `${value.dtype} ${value.shape.join('×')}`
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

function bytes(raw: Uint8Array): string {
  if (raw.length === 0) return '(nothing was kept of it)'
  try {
    return cut(visibleLines(new TextDecoder('utf-8', { fatal: true }).decode(raw)))
  } catch {
    return hex(raw)
  }
}

function hex(raw: Uint8Array): string {
  const shown = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, SHOWN_BYTES))
  const rows = shown.toString('hex').match(/.{1,32}/g) ?? []
  const left = raw.length - shown.length
  return [
    ...rows.map((row, i) => `${(16 * i).toString(16).padStart(4, '0')}  ${row.replace(/../g, '$& ').trim()}`),
    ...(left > 0 ? [`… and ${count(left)} bytes more`] : []),
  ].join('\n')
}

function cut(text: string): string {
  const left = text.length - SHOWN_CHARACTERS
  return left > 0 ? `${text.slice(0, SHOWN_CHARACTERS)} … and ${count(left)} characters more` : text
}
