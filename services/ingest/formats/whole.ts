import type { ContentType } from '../source.ts'
import { asUtf8, encodingOf } from './encoding.ts'
import { broken, RAW_KEPT, type FormatItem, type FormatLimits, type FormatReader, type InputFile } from './format.ts'

/** One e-mail per file (RFC 5322): as `.eml`, in a Maildir, or under any name if its first lines are a header. */
export const emailReader: FormatReader = {
  name: 'email',
  isOneItem: true,
  recognises: (name, head) => /\.eml$/i.test(name) || (!/\.(html?|md|xml)$/i.test(name) && looksLikeEmail(head)),
  read: (file, from, limits) => wholeFile(file, from, limits, 'message/rfc822'),
}

/** One text per file, in UTF-8, UTF-16 or Windows-1252. */
export const textReader: FormatReader = {
  name: 'text',
  isOneItem: true,
  recognises: (name) => /\.(txt|text)$/i.test(name),
  read: async function* (file, from, limits) {
    const encoding = encodingOf(await file.head())
    yield* wholeFile({ ...file, stream: () => asUtf8(file.stream(), encoding) }, from, limits, 'text/plain')
  },
}

async function* wholeFile(
  file: InputFile,
  from: number,
  limits: FormatLimits,
  contentType: ContentType,
): AsyncGenerator<readonly FormatItem[]> {
  if (from > 0) return
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of file.stream()) {
    parts.push(chunk)
    length += chunk.length
    if (length > limits.itemBytes) break
  }
  const bytes = Buffer.concat(parts)
  const body =
    length > limits.itemBytes
      ? broken('too_large', `a file of more than ${limits.itemBytes} bytes`, bytes.subarray(0, RAW_KEPT))
      : { kind: 'bytes' as const, bytes, contentType }
  yield [{ index: 0, body }]
}

const HEADER_LINE = /^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?/
const TELLING = new Set(['from', 'to', 'subject', 'date', 'received', 'message-id', 'return-path', 'mime-version'])

/**
 * Whether a file begins like an e-mail: before the first empty line there are two of the fields that every e-mail has and no
 * other lines, or three and one or two stray lines, as old mail software leaves them.
 */
function looksLikeEmail(head: Uint8Array): boolean {
  const seen = new Set<string>()
  let stray = 0
  const lines = Buffer.from(head.subarray(0, 8192)).toString('latin1').split(/\r?\n/)
  for (const [number, line] of lines.entries()) {
    if (line === '' || stray > 2) break
    if (/^[ \t]/.test(line) || (number === 0 && line.startsWith('From '))) continue
    const name = HEADER_LINE.exec(line)?.[1]?.toLowerCase()
    if (name === undefined) stray += number === 0 ? 3 : number < lines.length - 1 ? 1 : 0 // the head may end within a line
    else if (TELLING.has(name)) seen.add(name)
  }
  return stray <= 2 && seen.size >= (stray > 0 ? 3 : 2)
}
