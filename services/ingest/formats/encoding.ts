import { FormatError, HEAD_BYTES } from './format.ts'

/** How the text of a file is written down. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

export const ENCODING_NAMES: Readonly<Record<TextEncoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 (little-endian)',
  'utf-16be': 'UTF-16 (big-endian)',
  'windows-1252': 'Windows-1252 (of which Latin-1 is a part)',
}

/** Of Western text, so many of its bytes are letters beyond ASCII at most; of any other one-byte alphabet nearly all are. */
const MOST_HIGH = 0.25
/** Bytes that Windows-1252 has no character for. */
const UNDEFINED = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

/**
 * The encoding of a file that begins so: UTF-16 by its mark, or by the zeros in every other byte; Windows-1252 where bytes
 * beyond ASCII spell nothing in UTF-8 at all. Everything else is UTF-8, and refused item by item where it is not.
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

/** Nothing that Windows-1252 has no character for, no character of UTF-8, and letters that stand beside letters. */
function isWestern(head: Uint8Array): boolean {
  let [inWords, alone] = [0, 0]
  for (let at = 0; at < head.length; at++) {
    const byte = head[at]!
    if (byte === 0 || UNDEFINED.has(byte)) return false
    if (byte < 0x80) continue
    const isLead = byte >= 0xc2 && byte <= 0xf4
    const next = (place: number) => head[place] ?? (head.length < HEAD_BYTES ? 0 : 0x80) // behind the head it may go on
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

/** A stream of text as UTF-8. Throws `FormatError` where it is not what its beginning promised. */
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
