import type { Fields } from '#core/value.ts'

const MAX_PARTS = 100
const MAX_NESTING = 8
const MAX_HEADER_LINES = 10_000
const MAX_VALUE = 16 * 1024

/** Limits for a whole message. They are counted and not timed, so that the same bytes give the same text on every machine. */
interface Budget {
  parts: number
  headerLines: number
}

/**
 * An e-mail's `subject`, `from`, `date` and `text`: the subject, then every text part in the order given (RFC 5322, 2045–2047).
 * Quoted-printable, base64 and character sets are decoded; of HTML the text is kept; attachments are left out, and so is what
 * comes after 100 parts or 10,000 lines of headers. What cannot be decoded stays as it is. Takes time and memory in proportion
 * to the bytes. Null if there is no header.
 */
export function parseEmail(bytes: Uint8Array): Fields | null {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const budget: Budget = { parts: MAX_PARTS, headerLines: MAX_HEADER_LINES }
  const message = splitMessage(raw, raw.startsWith('From ') ? lineAfter(raw, 0) : 0, budget)
  if (!message.hasHeader) return null
  const body = textParts(message, 0, budget).join('\n\n').trim()
  const header = (name: string) => decodeWords(message.header.get(name) ?? '')
  const subject = header('subject')
  return {
    subject,
    from: header('from'),
    date: header('date'),
    text: subject === '' ? body : `${subject}\n\n${body}`,
  }
}

/** Header and body, with one character per byte. */
interface Message {
  readonly hasHeader: boolean
  /** The header fields that are read here; if one occurs twice, the first. */
  readonly header: ReadonlyMap<string, string>
  readonly body: string
}

const READ = new Set(['subject', 'from', 'date', 'content-type', 'content-transfer-encoding', 'content-disposition'])

function splitMessage(raw: string, start: number, budget: Budget): Message {
  const header = new Map<string, string>()
  let hasHeader = false
  let open: string | null = null
  for (let at = start; at < raw.length; at = lineAfter(raw, at)) {
    if (isEmptyLine(raw, at)) return { hasHeader, header, body: raw.slice(lineAfter(raw, at)) }
    if (budget.headerLines-- <= 0) continue
    const line = raw.slice(at, Math.min(lineAfter(raw, at), at + MAX_VALUE))
    if (at > start && /^[ \t]/.test(line)) {
      const soFar = open === null ? MAX_VALUE : header.get(open)!.length
      if (open !== null && soFar < MAX_VALUE) header.set(open, `${header.get(open)} ${line.trim()}`.trim())
      continue
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    const isField = /^[!-9;-~]+$/.test(name)
    hasHeader ||= isField
    open = isField && READ.has(name) && !header.has(name) ? name : null
    if (open !== null) header.set(open, line.slice(colon + 1).trim())
  }
  return { hasHeader, header, body: '' }
}

/** Where the next line after the one at `at` begins. */
function lineAfter(text: string, at: number): number {
  const feed = text.indexOf('\n', at)
  return feed < 0 ? text.length : feed + 1
}

function isEmptyLine(text: string, at: number): boolean {
  return text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')
}

function textParts(message: Message, nesting: number, budget: Budget): string[] {
  if (budget.parts-- <= 0 || nesting > MAX_NESTING) return []
  const { type, parameters } = parseContentType(message.header.get('content-type') ?? 'text/plain')
  const boundary = parameters.get('boundary')
  if (type.startsWith('multipart/') && boundary) {
    const parts = splitParts(message.body, boundary, budget.parts).map((part) => splitMessage(part, 0, budget))
    return alternatives(type, parts).flatMap((part) => textParts(part, nesting + 1, budget))
  }
  if (type === 'message/rfc822') return textParts(splitMessage(message.body, 0, budget), nesting + 1, budget)
  if (!type.startsWith('text/') || /^attachment/i.test(message.header.get('content-disposition') ?? '')) return []
  const bytes = undoTransfer(message.body, message.header.get('content-transfer-encoding') ?? '')
  const text = decodeCharset(bytes, parameters.get('charset')).replace(/\r\n/g, '\n')
  return [type === 'text/html' ? textOfHtml(text) : text]
}

/** If parts are alternatives and one is plain text, only that one, because the others repeat it. */
function alternatives(type: string, parts: Message[]): Message[] {
  if (type !== 'multipart/alternative') return parts
  const plain = parts.find((part) => /^(text\/plain|$)/i.test(part.header.get('content-type') ?? ''))
  return plain ? [plain] : parts
}

/** The first `most` parts between lines `--boundary`, up to the line `--boundary--`. */
function splitParts(body: string, boundary: string, most: number): string[] {
  const parts: string[] = []
  let start = -1
  for (let at = dashes(body, 0); at >= 0 && parts.length < most; at = dashes(body, at + 1)) {
    if (!body.startsWith(boundary, at + 2)) continue
    const rest = body.slice(at + 2 + boundary.length, lineAfter(body, at)).trimEnd()
    if (rest !== '' && rest !== '--') continue
    if (start >= 0) parts.push(body.slice(start, body[at - 2] === '\r' ? at - 2 : at - 1))
    start = lineAfter(body, at)
    if (rest === '--') return parts
  }
  if (start >= 0 && parts.length < most) parts.push(body.slice(start))
  return parts
}

/** Where the next line that begins with two dashes begins, at `from` or later; -1 if there is none. */
function dashes(text: string, from: number): number {
  if (from === 0 && text.startsWith('--')) return 0
  const feed = text.indexOf('\n--', Math.max(0, from - 1))
  return feed < 0 ? -1 : feed + 1
}

/** RFC 2045, 5.1, parsed by hand in one pass: a regular expression would take cubic time for a malicious value. */
function parseContentType(value: string): { type: string; parameters: Map<string, string> } {
  const parameters = new Map<string, string>()
  const typeEnd = endAt(value, ';', 0)
  for (let at = typeEnd; at < value.length;) {
    const nameStart = at + 1
    at = nameStart
    while (at < value.length && value[at] !== '=' && value[at] !== ';') at++
    if (value[at] !== '=') continue // no value
    const name = value.slice(nameStart, at).trim().toLowerCase()
    do at++
    while (value[at] === ' ' || value[at] === '\t')
    const isQuoted = value[at] === '"'
    const end = endAt(value, isQuoted ? '"' : ';', isQuoted ? at + 1 : at)
    if (/^[\w-]+$/.test(name)) parameters.set(name, value.slice(isQuoted ? at + 1 : at, end).trim())
    at = isQuoted ? endAt(value, ';', end) : end
  }
  return { type: value.slice(0, typeEnd).trim().toLowerCase(), parameters }
}

/** The index of the next `character`, or the end. */
function endAt(text: string, character: string, from: number): number {
  const at = text.indexOf(character, from)
  return at < 0 ? text.length : at
}

function undoTransfer(body: string, encoding: string): Buffer {
  if (/^base64$/i.test(encoding)) return Buffer.from(body, 'base64')
  if (/^quoted-printable$/i.test(encoding)) return Buffer.from(undoQuotedPrintable(body), 'latin1')
  return Buffer.from(body, 'latin1')
}

function undoQuotedPrintable(text: string): string {
  return text
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/**
 * Decodes by the character set that the part names, if that works; else as UTF-8, if valid; else as Windows-1252, which always
 * works.
 */
function decodeCharset(bytes: Uint8Array, charset = 'utf-8'): string {
  for (const label of [charset, 'utf-8']) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(bytes)
    } catch {
      continue // unknown, or not the bytes' character set
    }
  }
  return new TextDecoder('windows-1252').decode(bytes)
}

/** Decodes RFC 2047 words, `=?charset?B|Q?text?=`, in a header, and drops the space between two of them. */
function decodeWords(value: string): string {
  const joined = value.replace(/(\?=)\s+(?==\?)/g, '$1')
  const decoded = joined.replace(/=\?([\w-]+)(?:\*[\w-]*)?\?([bq])\?([^?\s]*)\?=/gi, (_, charset, encoding, text) => {
    const plain = /b/i.test(encoding)
      ? Buffer.from(text, 'base64')
      : undoTransfer(text.replaceAll('_', ' '), 'quoted-printable')
    return decodeCharset(plain, charset)
  })
  return decoded === value ? decodeCharset(Buffer.from(value, 'latin1')) : decoded
}

/** The visible text of a page, in one pass whatever the page: without tags, comments, scripts and styles. */
function textOfHtml(html: string): string {
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) // only ASCII, so that the length stays the same
  const out: string[] = []
  for (let at = 0; at < html.length;) {
    const open = html.indexOf('<', at)
    out.push(html.slice(at, open < 0 ? html.length : open))
    if (open < 0) break
    const name = /^<\/?([a-z][a-z0-9]*)/.exec(lower.slice(open, open + 16))?.[1]
    const comment = lower.startsWith('<!--', open)
    if (name === undefined && lower[open + 1] !== '!') {
      out.push('<')
      at = open + 1
      continue
    }
    const hidden = comment ? '-->' : name === 'script' || name === 'style' ? `</${name}` : null
    const end = hidden === null ? open : lower.indexOf(hidden, open + 1)
    const close = end < 0 ? -1 : html.indexOf('>', end)
    if (close < 0) break // never closed: nothing after it would be visible
    out.push(BREAKS.has(name ?? '') ? '\n' : ' ')
    at = close + 1
  }
  return out
    .join('')
    .replace(/&(#x?[0-9a-f]{1,7}|[a-z]{1,8});/gi, (whole, name: string) => entity(name) ?? whole)
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
}

const BREAKS = new Set(['br', 'p', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'])
const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
])

function entity(name: string): string | null {
  return ENTITIES.get(name.toLowerCase()) ?? codePoint(name)
}

function codePoint(name: string): string | null {
  if (!name.startsWith('#')) return null
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return valid ? String.fromCodePoint(code) : null
}
