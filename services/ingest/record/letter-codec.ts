import { AppError } from '#core/errors.ts'
import { DEAD_REASONS, type DeadReason, type Provenance } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, parseCanonicalJson, type Fields, type Value } from '#core/value.ts'
import type { HeldLetter } from './prepare.ts'
import { CONTENT_TYPES, type Body, type BrokenBody, type ContentType } from '../source.ts'

/**
 * Encodes dead letters as objects hold them: one line of canonical JSON each, with the raw bytes in base64. The same letters
 * give the same bytes.
 */
export function encodeLetters(letters: readonly HeldLetter[]): Uint8Array {
  // line by line, because all large letters of a window in one string could exceed the longest string
  return Buffer.concat(letters.map((letter) => Buffer.from(`${canonicalJson(toValue(letter))}\n`, 'utf8')))
}

/** The inverse of `encodeLetters`. Throws `corrupt` for anything that it did not write. */
export function decodeLetters(bytes: Uint8Array): HeldLetter[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const letters: HeldLetter[] = []
  for (let start = 0; start < buffer.length;) {
    const end = buffer.indexOf('\n', start)
    const index = letters.length
    try {
      if (end < 0) throw corrupt(index)
      const line = parseCanonicalJson(buffer.toString('utf8', start, end)) as { [key: string]: Value }
      letters.push(fromValue(line, index))
    } catch {
      throw corrupt(index) // the parser's own message would quote the letter
    }
    start = end + 1
  }
  return letters
}

function toValue({ id, reason, detail, provenance, body, extra }: HeldLetter): Value {
  const { source, partition, position, contributor } = provenance
  const origin = { source, partition, position, ...(contributor === undefined ? {} : { contributor }) }
  return { id, reason, detail, provenance: origin, body: bodyValue(body), ...(extra ? { extra } : {}) }
}

function bodyValue(body: Body): Value {
  if (body.kind === 'bytes') return { kind: body.kind, contentType: body.contentType, raw: base64(body.bytes) }
  if (body.kind === 'broken') {
    return { kind: body.kind, reason: body.reason, detail: body.detail, raw: base64(body.raw) }
  }
  // refused fields may contain what JSON cannot hold, so they have a form of their own
  const raw = base64(Buffer.from(JSON.stringify(tagged(body.fields)), 'utf8'))
  return { kind: body.kind, bytes: body.bytes, ...(body.untyped ? { untyped: body.untyped } : {}), raw }
}

function fromValue(value: { [key: string]: Value }, index: number): HeldLetter {
  const { id, reason, detail, provenance, body, extra } = value
  const isText = typeof id === 'string' && typeof detail === 'string' && typeof provenance === 'object'
  if (!isText || !DEAD_REASONS.includes(reason as DeadReason)) throw corrupt(index)
  return {
    id,
    reason: reason as DeadReason,
    detail,
    provenance: provenance as unknown as Provenance,
    body: bodyOf(body as { [key: string]: Value }, index),
    ...(extra === undefined ? {} : { extra: extra as Fields }),
  }
}

function bodyOf(value: { [key: string]: Value }, index: number): Body {
  const { kind, raw } = value
  if (typeof raw !== 'string') throw corrupt(index)
  const bytes = new Uint8Array(Buffer.from(raw, 'base64'))
  if (kind === 'bytes' && CONTENT_TYPES.includes(value['contentType'] as ContentType)) {
    return { kind, bytes, contentType: value['contentType'] as ContentType }
  }
  const { reason, detail } = value
  if (kind === 'broken' && typeof detail === 'string') {
    return { kind, raw: bytes, reason: reason as BrokenBody['reason'], detail }
  }
  if (kind !== 'fields') throw corrupt(index)
  const fields = untagged(JSON.parse(Buffer.from(bytes).toString('utf8'))) as Fields
  const untyped = value['untyped'] === 'decimal_comma' ? value['untyped'] : value['untyped'] ? true : null
  return { kind, fields, bytes: Number(value['bytes']), ...(untyped && { untyped }) }
}

/** Every value as a pair of its kind and itself, so that no field can be mistaken for our number or tensor form. */
function tagged(value: Value): unknown {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : ['n', numberText(value)]
  if (value instanceof Tensor) {
    const { data, dtype, shape } = value
    return ['t', dtype, shape, base64(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return ['l', value.map(tagged)]
  return ['o', Object.entries(value).map(([key, item]) => [key, tagged(item)])]
}

function untagged(value: unknown): Value {
  if (!Array.isArray(value)) return value as Value
  const [tag, first, shape, data] = value as unknown[]
  if (tag === 'n') return Number(first)
  if (tag === 'l') return (first as unknown[]).map(untagged)
  if (tag === 'o') {
    return Object.fromEntries<Value>((first as [string, unknown][]).map(([key, item]) => [key, untagged(item)]))
  }
  const form = JSON.stringify({ $tensor: first, shape, data })
  return parseCanonicalJson(form)
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

function corrupt(index: number): AppError {
  return new AppError('corrupt', `line ${index + 1} of a dead-letter object is not a dead letter`, {
    reason: 'letter_line',
  })
}
