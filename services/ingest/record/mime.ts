import type { Fields } from '#core/value.ts'

const MAX_PARTS = 100
const MAX_NESTING = 8
const MAX_VALUE = 16 * 1024

/**
 * An e-mail's `subject`, `from`, `date` and `text`: the subject, then every text part in the order given (RFC 5322, 2045–2047).
 * Quoted-printable, base64 and character sets are undone; of HTML the text stays; attachments are left out. Conservative:
 * what cannot be decoded stays as it is. Null when there is no header at all.
 */
export function parseEmail(bytes: Uint8Array): Fields | null {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const message = splitMessage(raw.replace(/^From [^\n]*\n/, ''))
  if (message.header.size === 0) return null
  const budget = { parts: MAX_PARTS }
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

/** Header and body, each byte one character. */
interface Message {
  readonly header: ReadonlyMap<string, string>
  readonly body: string
}

function splitMessage(raw: string): Message {
  const bare = /^\r?\n/.exec(raw)
  if (bare) return { header: new Map(), body: raw.slice(bare[0].length) }
  const end = /\r?\n\r?\n/.exec(raw)
  const head = end ? raw.slice(0, end.index) : raw
  const header = new Map<string, string>()
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    if (/^[!-9;-~]+$/.test(name) && !header.has(name))
      header.set(name, line.slice(colon + 1, colon + 1 + MAX_VALUE).trim())
  }
  return { header, body: end ? raw.slice(end.index + end[0].length) : '' }
}

function textParts(message: Message, nesting: number, budget: { parts: number }): string[] {
  if (budget.parts-- <= 0 || nesting > MAX_NESTING) return []
  const { type, parameters } = parseContentType(message.header.get('content-type') ?? 'text/plain')
  const boundary = parameters.get('boundary')
  if (type.startsWith('multipart/') && boundary) {
    const parts = splitParts(message.body, boundary).map((part) => splitMessage(part))
    return alternatives(type, parts).flatMap((part) => textParts(part, nesting + 1, budget))
  }
  if (type === 'message/rfc822') return textParts(splitMessage(message.body), nesting + 1, budget)
  if (!type.startsWith('text/') || /^attachment/i.test(message.header.get('content-disposition') ?? '')) return []
  const bytes = undoTransfer(message.body, message.header.get('content-transfer-encoding') ?? '')
  const text = decodeCharset(bytes, parameters.get('charset')).replace(/\r\n/g, '\n')
  return [type === 'text/html' ? textOfHtml(text) : text]
}

/** Of alternatives the plain text, where there is one: the others say the same again. */
function alternatives(type: string, parts: Message[]): Message[] {
  if (type !== 'multipart/alternative') return parts
  const plain = parts.find((part) => /^(text\/plain|$)/i.test(part.header.get('content-type') ?? ''))
  return plain ? [plain] : parts
}

function splitParts(body: string, boundary: string): string[] {
  const parts: string[] = []
  let start = -1
  for (const match of body.matchAll(/(?:^|\n)--([^\r\n]*)/g)) {
    const text = match[1]?.trimEnd()
    if (text !== boundary && text !== `${boundary}--`) continue
    if (start >= 0) parts.push(body.slice(start, match.index).replace(/^\r?\n|\r$/g, ''))
    start = match.index + match[0].length
    if (text !== boundary) return parts
  }
  if (start >= 0) parts.push(body.slice(start).replace(/^\r?\n/, ''))
  return parts
}

function parseContentType(value: string): { type: string; parameters: Map<string, string> } {
  const [type = '', ...rest] = value.split(';')
  const parameters = new Map<string, string>()
  for (const parameter of rest) {
    const match = /^\s*([\w-]+)\s*=\s*"?([^"]*)"?\s*$/.exec(parameter.slice(0, 1024))
    if (match) parameters.set(match[1]!.toLowerCase(), match[2]!.trim())
  }
  return { type: type.trim().toLowerCase(), parameters }
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

/** By the character set that the part names if it decodes; else as UTF-8 if it is, else as Windows-1252, which always does. */
function decodeCharset(bytes: Uint8Array, charset = 'utf-8'): string {
  for (const label of [charset, 'utf-8']) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(bytes)
    } catch {
      continue // unknown, or not what the bytes are
    }
  }
  return new TextDecoder('windows-1252').decode(bytes)
}

/** RFC 2047: `=?charset?B|Q?text?=` in a header, with the space between two of them dropped. */
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

/** What a reader of the page would see, in one pass whatever the page: tags, comments, scripts and styles go. */
function textOfHtml(html: string): string {
  const lower = html.toLowerCase()
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
    if (close < 0) break // never closed: nothing after it would be seen
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
