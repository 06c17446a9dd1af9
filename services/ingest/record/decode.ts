import type { Contract } from '#core/contract.ts'
import type { Fields } from '#core/value.ts'
import { checkFields, type Fault } from './check-fields.ts'
import { parseEmail } from './mime.ts'
import type { Body, BytesBody } from '../source.ts'

export type Decoded =
  | { readonly fields: Fields; readonly fault: null }
  | { readonly fields: null; readonly fault: Fault }

type Limits = Pick<Contract['limits'], 'recordBytes' | 'depth'>

/**
 * An item's fields, or why it has none. Nothing in an item makes this throw. `names` are those that a path in a message may
 * show.
 */
export function decode(body: Body, limits: Limits, names: ReadonlySet<string>): Decoded {
  if (body.kind === 'broken') return refuse(body.reason, body.detail)
  const size = body.kind === 'bytes' ? body.bytes.length : body.bytes
  if (size > limits.recordBytes) return refuse('too_large', `${size} bytes, at most ${limits.recordBytes} allowed`)
  if (body.kind === 'bytes') return decodeBytes(body, limits, names)
  const { fault } = checkFields(body.fields, limits.depth, names)
  return fault ? { fields: null, fault } : { fields: body.fields, fault: null }
}

function decodeBytes({ bytes, contentType }: BytesBody, limits: Limits, names: ReadonlySet<string>): Decoded {
  if (contentType === 'message/rfc822') {
    const email = parseEmail(bytes)
    return email ? accept(email) : refuse('undecodable', 'no e-mail header')
  }
  const text = utf8(bytes)
  if (text === null) return refuse('invalid_utf8', 'not UTF-8')
  return contentType === 'application/json' ? decodeJson(text, bytes, limits, names) : accept({ text })
}

function decodeJson(text: string, bytes: Uint8Array, limits: Limits, names: ReadonlySet<string>): Decoded {
  const shape = measureJson(text)
  // before parsing, because a value of only brackets takes a hundred times its bytes in memory
  if (shape.depth > limits.depth) return refuse('too_deep', `more than ${limits.depth} levels`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const found = notFiniteIn(text)
    return found === null ? refuse('undecodable', 'not JSON') : refuseNotFinite(found, limits, names)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('undecodable', 'not a JSON object')
  }
  const { fault, members } = checkFields(value, limits.depth, names)
  if (fault) return { fields: null, fault }
  // parsers differ in which of two values under one key they keep, but the scanned value must be the one that is trained on
  if (members !== shape.members) return refuse('undecodable', 'a key that is there twice')
  return accept(value as Fields)
}

function refuseNotFinite({ word, value }: NotFinite, { depth }: Limits, names: ReadonlySet<string>): Decoded {
  const fault = value === null ? null : checkFields(value, depth, names).fault
  const where = fault?.reason === 'not_finite' ? ` (${fault.detail})` : ''
  return refuse('not_finite', `${word} is no JSON${where}: ${WRITES_NULL}`)
}

/** What writes data without them: pandas writes null; Python's own module writes them unless it is told not to. */
const WRITES_NULL = 'write null, as to_json of pandas does; json.dumps with allow_nan=False refuses them'

function accept(fields: Fields): Decoded {
  return { fields, fault: null }
}

function refuse(reason: Fault['reason'], detail: string): Decoded {
  return { fields: null, fault: { reason, detail } }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function utf8(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes)
  } catch {
    return null
  }
}

const [QUOTE, BACKSLASH, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\:[]{}')

/** How deep JSON text is nested, and how many members its objects have, including duplicates. */
export function measureJson(text: string): { depth: number; members: number } {
  let [depth, deepest, members] = [0, 0, 0]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = stringEnd(text, i)
    else if (code === COLON) members++
    else if (code === OPEN_LIST || code === OPEN_OBJECT) deepest = Math.max(deepest, ++depth)
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--
  }
  return { depth: deepest, members }
}

/** Where the string that begins at `start` ends: at its quote, or at the text's end. */
function stringEnd(text: string, start: number): number {
  for (let end = start; ;) {
    end = text.indexOf('"', end + 1)
    if (end < 0) return text.length
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end
  }
}

interface NotFinite {
  /** Whichever comes first in the text. */
  readonly word: 'NaN' | 'Infinity'
  /** The object or list of the text, with infinities in place of both; null if it is neither. */
  readonly value: object | null
}

/**
 * The first `NaN` or `Infinity` of text that would be valid JSON with numbers in their place; else null. Some writers put them
 * where a number is expected.
 */
function notFiniteIn(text: string): NotFinite | null {
  if (!/NaN|Infinity/.test(text)) return null
  let first: NotFinite['word'] | null = null
  const parts: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
      continue
    }
    const word = text.startsWith('NaN', i) ? 'NaN' : text.startsWith('Infinity', i) ? 'Infinity' : null
    if (word === null) continue
    first ??= word
    parts.push(text.slice(start, i), '1e999') // which JSON allows, and no number can hold
    start = i + word.length
    i = start - 1
  }
  if (first === null) return null
  try {
    const value: unknown = JSON.parse(parts.join('') + text.slice(start))
    return { word: first, value: typeof value === 'object' ? value : null }
  } catch {
    return null
  }
}
