import { FormatError } from '../formats/format.ts'

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,:[]{}')

/** The index of the first byte of JSON text that is neither white space nor a byte order mark; the length if there is none. */
export function firstByte(bytes: Uint8Array): number {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return skipSpace(bytes, hasMark ? 3 : 0)
}

export function isObjectAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === OPEN_OBJECT
}

export function isListAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === OPEN_LIST
}

/**
 * The elements of a JSON array as their original bytes, which the one decoder decodes later. Throws FormatError if the text is
 * no array or has more than `most` elements.
 */
export function cutList(bytes: Uint8Array, most: number): Uint8Array[] {
  const elements: Uint8Array[] = []
  walk(bytes, CLOSE_LIST, (at) => {
    if (elements.length >= most) throw new FormatError('too_large', `a JSON array of more than ${most} values`)
    const end = valueEnd(bytes, at)
    elements.push(bytes.subarray(at, end))
    return end
  })
  return elements
}

/** The members of a JSON object, with the original bytes of their values. Throws FormatError, also for a duplicate key. */
export function cutObject(bytes: Uint8Array): Map<string, Uint8Array> {
  const members = new Map<string, Uint8Array>()
  walk(bytes, CLOSE_OBJECT, (at) => {
    if (bytes[at] !== QUOTE) throw wrong('has a key that is not text')
    const end = valueEnd(bytes, at)
    const key = textOf(bytes.subarray(at, end))
    const colon = skipSpace(bytes, end)
    const start = skipSpace(bytes, colon + 1)
    if (key === null || bytes[colon] !== COLON) throw wrong('has a key without a value')
    if (members.has(key)) throw wrong('has a key that is there twice')
    const stop = valueEnd(bytes, start)
    members.set(key, bytes.subarray(start, stop))
    return stop
  })
  return members
}

/** A JSON string's text; null if it is no string. */
export function textOf(bytes: Uint8Array | undefined): string | null {
  if (bytes?.[0] !== QUOTE) return null
  try {
    const text: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof text === 'string' ? text : null
  } catch {
    return null
  }
}

/** Whether the text has several values, each on its own line. */
export function isSeveralLines(bytes: Uint8Array): boolean {
  const start = firstByte(bytes)
  let end: number
  try {
    end = valueEnd(bytes, start)
  } catch {
    return false
  }
  const next = skipSpace(bytes, end)
  return next < bytes.length && bytes.subarray(end, next).includes(0x0a)
}

/** Calls `item` at the beginning of each item of a container that fills the text; it returns where the item ends. */
function walk(bytes: Uint8Array, close: number | undefined, item: (at: number) => number): void {
  let at = skipSpace(bytes, firstByte(bytes) + 1)
  if (bytes[at] !== close) {
    for (;;) {
      at = skipSpace(bytes, item(at))
      if (bytes[at] === close) break
      if (bytes[at] !== COMMA) throw wrong('is cut short or lacks a comma')
      at = skipSpace(bytes, at + 1)
    }
  }
  if (skipSpace(bytes, at + 1) < bytes.length) throw wrong('goes on after its end')
}

/** Where the value that begins at `start` ends, by quotes and brackets only. */
function valueEnd(bytes: Uint8Array, start: number): number {
  let depth = 0
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) {
      for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++
      if (i < bytes.length && depth === 0) return i + 1
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (depth === 0) return bare(start, i)
      if (--depth === 0) return i + 1
    } else if (depth === 0 && (byte === COMMA || isSpace(byte))) return bare(start, i)
  }
  if (depth > 0 || bytes[start] === QUOTE) throw wrong('is cut short')
  return bare(start, bytes.length)
}

function bare(start: number, end: number): number {
  if (end === start) throw wrong('lacks a value')
  return end
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && isSpace(bytes[at]!)) at++
  return at
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function wrong(what: string): FormatError {
  return new FormatError('undecodable', `JSON that ${what}`)
}
