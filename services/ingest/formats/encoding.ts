import { isUtf8 } from 'node:buffer'
import { FormatError, HEAD_BYTES } from './format.ts'

/** The encoding of a text file. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

export const ENCODING_NAMES: Readonly<Record<TextEncoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 (little-endian)',
  'utf-16be': 'UTF-16 (big-endian)',
  'windows-1252': 'Windows-1252 (of which Latin-1 is a part)',
}

/**
 * The largest share of bytes beyond ASCII in Western text; in any other one-byte alphabet nearly all letters are beyond ASCII.
 */
const MOST_HIGH = 0.25
/** Bytes that are undefined in Windows-1252. */
const UNDEFINED = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

/**
 * The encoding of a file, by its first bytes: UTF-16 by its byte order mark, or by zeros in every other byte; Windows-1252 if
 * bytes beyond ASCII form no character of UTF-8. Everything else is UTF-8, and each item that is not is refused.
 */
export function encodingOf(head: Uint8Array): TextEncoding {
  const [a, b] = head
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  const zeros = [0, 0]
  let high = 0
  for (const [at, byte] of head.entries()) {
    if (byte === 0) zeros[at % 2]!++
    if (byte >= 0x80) high++
  }
  const pairs = head.length >> 1
  if (pairs >= 4 && zeros[1]! >= pairs * 0.9 && zeros[0] === 0) return 'utf-16le'
  if (pairs >= 4 && zeros[0]! >= pairs * 0.9 && zeros[1] === 0) return 'utf-16be'
  return high > 0 && high <= head.length * MOST_HIGH && isWestern(head) ? 'windows-1252' : 'utf-8'
}

/** The same of JSON, which is Unicode, so never Windows-1252. */
export function encodingOfJson(head: Uint8Array): Exclude<TextEncoding, 'windows-1252'> {
  const encoding = encodingOf(head)
  return encoding === 'windows-1252' ? 'utf-8' : encoding
}

/** The beginning of a JSON file as text, with its byte order mark if it has one. A character that the beginning cuts is lost. */
export function textIn(head: Uint8Array): string {
  return new TextDecoder(encodingOfJson(head), { ignoreBOM: true }).decode(head)
}

/**
 * Whether text may be Windows-1252: it has no undefined byte and no UTF-8 character, and most bytes beyond ASCII stand beside
 * letters.
 */
function isWestern(head: Uint8Array): boolean {
  let [inWords, alone] = [0, 0]
  for (let at = 0; at < head.length; at++) {
    const byte = head[at]!
    if (byte === 0 || UNDEFINED.has(byte)) return false
    if (byte < 0x80) continue
    const isLead = byte >= 0xc2 && byte <= 0xf4
    const next = (place: number) => head[place] ?? (head.length < HEAD_BYTES ? 0 : 0x80) // a character may continue after the head
    if (isLead && isTail(next(at + 1)) && (byte < 0xe0 || isTail(next(at + 2)))) return false
    if (isWord(head[at - 1]) || isWord(head[at + 1])) inWords++
    else alone++
  }
  return inWords > alone
}

function isWord(byte = 0): boolean {
  return byte >= 0xc0 || (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)
}

function isTail(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf
}

const WESTERN = new Map(
  Array.from(
    new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    (character, byte) => [character, byte],
  ),
)

/**
 * The bytes of text that was read as Windows-1252, if they are UTF-8 beyond ASCII; null if they are not, as hardly any text is in
 * which words are spelled with accents.
 */
export function utf8TakenForWestern(text: string): Uint8Array | null {
  if (!/[\u00c2-\u00f4]/.test(text)) return null
  const bytes = Uint8Array.from(text, (character) => WESTERN.get(character) ?? 0)
  return isUtf8(bytes) ? bytes : null
}

/** Converts a stream of text to UTF-8. Throws `FormatError` if it does not have the encoding that its beginning showed. */
export async function* asUtf8(stream: AsyncIterable<Uint8Array>, encoding: TextEncoding): AsyncGenerator<Uint8Array> {
  if (encoding === 'utf-8') return yield* stream
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decode = (chunk?: Uint8Array) => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }), 'utf8')
    } catch {
      throw new FormatError('invalid_utf8', `text that is not the ${ENCODING_NAMES[encoding]} that it began as`)
    }
  }
  for await (const chunk of stream) {
    const bytes = decode(chunk)
    if (bytes.length > 0) yield bytes
  }
  const rest = decode()
  if (rest.length > 0) yield rest
}
