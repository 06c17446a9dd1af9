import type { Fields } from '#core/value.ts'
import { broken, FormatError, type FormatItem, type FormatReader } from './format.ts'
import { isBlank } from './jsonl.ts'
import { lineBatches } from './lines.ts'

const QUOTE = 0x22
const DELIMITERS = [',', '\t', ';', '|']

/**
 * Comma-separated values (RFC 4180), with a header; also with tabs, semicolons or bars, whichever the header has most of.
 * Every cell is text until the contract types it. A row that does not fit the header is broken alone, with its own bytes.
 */
export const csvReader: FormatReader = {
  name: 'csv',
  recognises: (name) => /\.(csv|tsv|tab)$/i.test(name),
  async *read(file, from, limits) {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    let header: string[] | undefined
    let delimiter = ','
    let index = 0
    for await (const rows of rowBatches(file.stream(), limits.itemBytes, () => delimiter)) {
      const items: FormatItem[] = []
      for (const row of rows) {
        if (!header) {
          const text = decodeHeader(row.bytes, row.cut)
          delimiter = mostFrequent(text)
          header = parseHeader(text, delimiter)
          continue
        }
        if (index >= from) items.push({ index, body: rowBody(row.bytes, row.cut, header, delimiter, decoder) })
        index++
      }
      if (items.length > 0) yield items
    }
  },
}

function rowBody(bytes: Uint8Array, cut: number, header: string[], delimiter: string, decoder: TextDecoder) {
  if (cut > 0) return broken('too_large', `a row of ${cut} bytes`, bytes)
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return broken('invalid_utf8', 'a row that is not UTF-8', bytes)
  }
  const cells = parseRow(text.endsWith('\r') ? text.slice(0, -1) : text, delimiter)
  if (!cells) return broken('undecodable', 'a quote that is not closed before its cell ends', bytes)
  if (cells.length !== header.length) {
    return broken('undecodable', `${cells.length} cells under ${header.length} columns`, bytes)
  }
  return { kind: 'fields' as const, fields: rowFields(header, cells), bytes: bytes.length, untyped: true as const }
}

function rowFields(header: string[], cells: string[]): Fields {
  const fields: Record<string, string> = {}
  for (let i = 0; i < header.length; i++) {
    // defined, not assigned: a column called __proto__ must reach the check for forbidden keys
    if (header[i] === '__proto__') Object.defineProperty(fields, '__proto__', { value: cells[i], enumerable: true })
    else fields[header[i]!] = cells[i]!
  }
  return fields
}

/** The cells of one row, or null when its quotes do not pair. */
export function parseRow(text: string, delimiter: string): string[] | null {
  if (!text.includes('"')) return text.split(delimiter)
  const cells: string[] = []
  for (let at = 0; ;) {
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at)
      cells.push(end < 0 ? text.slice(at) : text.slice(at, end))
      if (end < 0) return cells
      at = end + 1
      continue
    }
    let cell = ''
    for (at++; ;) {
      const end = text.indexOf('"', at)
      if (end < 0) return null
      cell += text.slice(at, end)
      at = end + 1
      if (text[at] !== '"') break
      cell += '"'
      at++
    }
    cells.push(cell)
    if (at === text.length) return cells
    if (text[at] !== delimiter) return null
    at++
  }
}

function decodeHeader(bytes: Uint8Array, cut: number): string {
  if (cut > 0) throw new FormatError('too_large', `a header of ${cut} bytes`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r$/, '')
  } catch {
    throw new FormatError('invalid_utf8', 'a header that is not UTF-8')
  }
}

function parseHeader(text: string, delimiter: string): string[] {
  const header = parseRow(text, delimiter)
  if (!header) throw new FormatError('undecodable', 'a header whose quotes do not pair')
  const names = header.map((name, column) => name.trim() || `column_${column + 1}`)
  if (new Set(names).size < names.length) throw new FormatError('undecodable', 'a header that names a column twice')
  return names
}

function mostFrequent(header: string): string {
  const unquoted = header.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

interface Row {
  readonly bytes: Uint8Array
  readonly cut: number
}

/** Lines, joined while a quote that opened a cell is still open. Blank lines between rows do not count. */
async function* rowBatches(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  delimiter: () => string,
): AsyncGenerator<Row[]> {
  let open: Uint8Array[] = []
  let length = 0
  for await (const lines of lineBatches(stream, limit, true)) {
    const rows: Row[] = []
    for (const { bytes, cut } of lines) {
      const inside = open.length > 0
      if (!inside && cut === 0 && isBlank(bytes)) continue
      const stillOpen = cut === 0 && endsInQuotes(bytes, inside, delimiter().charCodeAt(0))
      if (!inside && !stillOpen) {
        rows.push({ bytes, cut })
        continue
      }
      open.push(bytes)
      length += cut || bytes.length
      if (stillOpen && length + open.length <= limit) continue
      const joined = Buffer.concat(open.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from('\n'), part])))
      rows.push({ bytes: joined, cut: cut > 0 || stillOpen || joined.length > limit ? length : 0 })
      open = []
      length = 0
    }
    if (rows.length > 0) yield rows
  }
  if (open.length > 0) yield [{ bytes: Buffer.concat(open), cut: 0 }]
}

/** Whether a line, begun inside quotes or not, ends inside them. A quote opens only at the start of a cell. */
function endsInQuotes(bytes: Uint8Array, inside: boolean, delimiter: number): boolean {
  if (!inside && bytes.indexOf(QUOTE) < 0) return false
  let quoted = inside
  let cellStart = !inside
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (quoted) {
      if (byte !== QUOTE) continue
      if (bytes[i + 1] === QUOTE) i++
      else quoted = false
      cellStart = false
    } else {
      quoted = cellStart && byte === QUOTE
      cellStart = byte === delimiter
    }
  }
  return quoted
}
