import type { Fields } from '#core/value.ts'
import { broken, FormatError, type FormatItem, type FormatReader } from '../format.ts'
import { asUtf8, encodingOf, utf8TakenForWestern, type TextEncoding } from '../encoding.ts'
import { joinLines, RowJoiner, type Row } from './rows.ts'
import { isBlank, lineBatches, type Line } from '../lines.ts'

const QUOTE = 0x22
/** The largest header in bytes: its names are repeated with every row of the file. */
const MAX_HEADER = 64 * 1024
const DELIMITERS = [',', '\t', ';', '|']
/** A first line that sets the delimiter for Excel; it is not a record. */
const SAID = /^\ufeff?"?sep=(.)"?\r?$/i

/**
 * Comma-separated values (RFC 4180), with a header. Tabs, semicolons or bars also work, whichever the header has most of; then a
 * comma may stand before decimals. In UTF-8, UTF-16 or Windows-1252. Every cell is text until the contract gives it a type. A
 * row that does not fit the header is broken alone, with its own bytes.
 */
export const csvReader: FormatReader = {
  name: 'csv',
  recognises: (name) => /\.(csv|tsv|tab)$/i.test(name),
  async *read(file, from, limits) {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const header = new HeaderReader()
    let joiner: RowJoiner | undefined
    let index = 0
    const encoding = encodingOf(await file.head())
    let before = 0
    const bodies = (rows: readonly Row[]): FormatItem[] => {
      const items: FormatItem[] = []
      for (const row of rows) {
        if (index >= from) items.push({ index, body: rowBody(row, header, decoder, encoding) })
        index++
      }
      return items
    }
    const text = asUtf8(file.stream(), encoding)
    for await (const lines of lineBatches(text, limits.itemBytes, true)) {
      const rest = header.take(lines)
      before += lines.length - rest.length
      if (header.names.length === 0) continue
      joiner ??= new RowJoiner(header.delimiter, header.names.length, limits.itemBytes, before + 1)
      const items = bodies(joiner.push(rest))
      if (items.length > 0) yield items
    }
    header.finish()
    const last = joiner ? bodies(joiner.finish()) : []
    if (last.length > 0) yield last
  },
}

/** Reads the header: the first line that is not blank, and the lines in which its quotes continue. */
class HeaderReader {
  names: readonly string[] = []
  delimiter = ','
  /** Bytes of the header, and so of every row's names. */
  bytes = 0
  #lines: Uint8Array[] = []
  #said: string | undefined
  #open = false

  /** Returns the lines after the header. Throws `FormatError` if it is no valid header. */
  take(lines: readonly Line[]): readonly Line[] {
    if (this.names.length > 0) return lines
    for (const [place, { bytes, cut }] of lines.entries()) {
      if (this.#lines.length === 0 && cut === 0 && isBlank(bytes)) continue
      if (this.#lines.length === 0 && endsByReturns(bytes))
        throw new FormatError(
          'undecodable',
          'a header whose line ends by a carriage return alone: save it with line feeds',
        )
      if (this.#lines.length === 0 && this.#said === undefined && cut === 0) {
        this.#said = saidIn(bytes)
        if (this.#said !== undefined) continue
      }
      this.#lines.push(bytes)
      this.bytes += bytes.length + 1
      if (cut > 0 || this.bytes > MAX_HEADER) throw new FormatError('too_large', 'a header of more than 64 KiB')
      for (const byte of bytes) if (byte === QUOTE) this.#open = !this.#open
      if (this.#open) continue
      const text = decodeHeader(joinLines(this.#lines))
      this.delimiter = this.#said ?? mostFrequent(text)
      this.names = parseHeader(text, this.delimiter)
      return lines.slice(place + 1)
    }
    return []
  }

  /** Throws `FormatError` if the file ended within the header. */
  finish(): void {
    if (this.#open) throw new FormatError('undecodable', 'a header whose quotes do not pair')
  }
}

function saidIn(bytes: Uint8Array): string | undefined {
  const [, delimiter] = SAID.exec(Buffer.from(bytes.subarray(0, 16)).toString('utf8')) ?? []
  return DELIMITERS.find((one) => one === delimiter)
}

function rowBody(
  { bytes, cut, line }: Row,
  { names, delimiter, bytes: nameBytes }: HeaderReader,
  decoder: TextDecoder,
  encoding: TextEncoding,
): FormatItem['body'] {
  if (cut > 0) return broken('too_large', `a row of ${cut} bytes`, bytes)
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return broken(
      'invalid_utf8',
      `a row that is not UTF-8, as which its file is read, at line ${line}: save the whole file in one encoding`,
      bytes,
    )
  }
  // accents in UTF-8 would become two or three other characters each, of which nothing tells
  const taken = encoding === 'windows-1252' ? utf8TakenForWestern(text) : null
  if (taken !== null)
    return broken(
      'undecodable',
      `a row in UTF-8, where its file is read as Windows-1252, at line ${line}: save the whole file in one encoding`,
      taken,
    )
  const cells = parseRow(text.endsWith('\r') ? text.slice(0, -1) : text, delimiter)
  if (!cells) return broken('undecodable', 'a quote that is not closed before its cell ends', bytes)
  if (cells.length !== names.length) {
    return broken('undecodable', `${cells.length} cells under ${names.length} columns`, bytes)
  }
  const untyped = delimiter === ',' ? true : 'decimal_comma'
  return { kind: 'fields', fields: rowFields(names, cells), bytes: nameBytes + bytes.length, untyped }
}

function rowFields(header: readonly string[], cells: readonly string[]): Fields {
  const fields: Record<string, string> = {}
  for (let i = 0; i < header.length; i++) {
    // defined, not assigned: a column called __proto__ must reach the check for forbidden keys
    if (header[i] === '__proto__') Object.defineProperty(fields, '__proto__', { value: cells[i], enumerable: true })
    else fields[header[i]!] = cells[i]!
  }
  return fields
}

/** The cells of one row; null if its quotes do not pair. */
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

/** Whether lines end with carriage returns, as on a Mac before 2001: the whole file would be one line, a header without rows. */
function endsByReturns(line: Uint8Array): boolean {
  const text = Buffer.from(line.subarray(0, MAX_HEADER)).toString('latin1')
  return /\r[^\r]/.test(text.replaceAll(/"[^"]*"?/g, ''))
}

function decodeHeader(bytes: Uint8Array): string {
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
  const again = names.findIndex((name, column) => names.indexOf(name) < column)
  if (again >= 0) {
    const first = names.indexOf(names[again]!) // by their places, because in a file without a header the names are data
    throw new FormatError('undecodable', `a header that names columns ${first + 1} and ${again + 1} alike`)
  }
  return names
}

function mostFrequent(header: string): string {
  const unquoted = header.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}
