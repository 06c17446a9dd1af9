import { isBlank, type Line } from '../lines.ts'

const [QUOTE, RETURN] = Buffer.from('"\r')

/** A row may be this many lines long, and this many bytes; beyond, the quote that joins them was none. */
const MAX_LINES = 1000
const MAX_BYTES = 1024 * 1024

/** What a line does to the row that it belongs to. */
interface LineEffect {
  /** A quote is open at its end. */
  readonly open: boolean
  /** How many cells end in it by a delimiter. */
  readonly delimiters: number
  /** Something other than a delimiter follows a closing quote. */
  readonly junk: boolean
}

interface PendingLine extends Line {
  /** Where it begins a row, and where it begins inside quotes: told once, so that trying again costs nothing. */
  fresh?: LineEffect
  inside?: LineEffect
}

/**
 * Joins lines into rows. That a quote which is open at a line's end goes on in the next line is a guess: where it does not
 * end in a row of as many cells as there are columns, its first line is a row of its own and the others are read anew. One
 * stray quote costs one row. Takes time in proportion to the bytes, and cuts the same rows however the lines arrive.
 */
export class RowJoiner {
  readonly #delimiter: number
  readonly #columns: number
  readonly #limit: number
  /** The first begins a row; the guess takes `#taken` of them so far. */
  #lines: PendingLine[] = []
  #first = 0
  #taken = 0
  #bytes = 0
  #delimiters = 0

  /** `limit`: a row is never joined beyond it, in bytes. */
  constructor(delimiter: string, columns: number, limit: number) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#columns = columns
    this.#limit = Math.min(limit, MAX_BYTES)
  }

  /** The rows that are complete with these lines. */
  push(lines: readonly Line[]): Line[] {
    this.#lines = this.#lines.slice(this.#first)
    this.#first = 0
    for (const line of lines) this.#lines.push({ ...line })
    const rows: Line[] = []
    while (this.#first + this.#taken < this.#lines.length) {
      const row = this.#take()
      if (row) rows.push(row)
    }
    return rows
  }

  /** What is left at the end of the file: nothing closes a quote any more. */
  finish(): Line[] {
    const rows: Line[] = []
    while (this.#first < this.#lines.length) {
      if (this.#taken > 0 && this.#first + this.#taken === this.#lines.length) rows.push(this.#alone())
      else {
        const row = this.#take()
        if (row) rows.push(row)
      }
    }
    return rows
  }

  /** Takes one more line; the row that it ends or gives up, if any. */
  #take(): Line | null {
    const line = this.#lines[this.#first + this.#taken]!
    const isFirst = this.#taken === 0
    if (isFirst && line.cut === 0 && isBlank(line.bytes)) {
      this.#first++
      return null
    }
    const effect = isFirst
      ? (line.fresh ??= effectOf(line.bytes, false, this.#delimiter))
      : (line.inside ??= effectOf(line.bytes, true, this.#delimiter))
    if (isFirst && (line.cut > 0 || !effect.open)) return this.#alone()
    this.#taken++
    this.#bytes += line.bytes.length + 1
    this.#delimiters += effect.delimiters
    const isLost =
      effect.junk ||
      line.cut > 0 ||
      this.#delimiters >= this.#columns ||
      this.#taken > MAX_LINES ||
      this.#bytes > this.#limit
    if (isLost) return this.#alone()
    if (effect.open) return null
    return this.#delimiters + 1 === this.#columns ? this.#joined() : this.#alone()
  }

  /** The first line as a row; those that followed it begin anew. */
  #alone(): Line {
    const { bytes, cut } = this.#lines[this.#first]!
    this.#begin(this.#first + 1)
    return { bytes, cut }
  }

  #joined(): Line {
    const parts = this.#lines.slice(this.#first, this.#first + this.#taken).map((line) => line.bytes)
    this.#begin(this.#first + this.#taken)
    return { bytes: joinLines(parts), cut: 0 }
  }

  #begin(first: number): void {
    this.#first = first
    this.#taken = 0
    this.#bytes = 0
    this.#delimiters = 0
  }
}

/** Lines as they stood in the file, with the line feeds between them. */
export function joinLines(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from('\n'), part])))
}

const PLAIN: LineEffect = { open: false, delimiters: 0, junk: false }

/** A quote opens only at the start of a cell. */
function effectOf(bytes: Uint8Array, inside: boolean, delimiter: number): LineEffect {
  if (bytes.indexOf(QUOTE!) < 0) return inside ? { ...PLAIN, open: true } : PLAIN
  let open = inside
  let cellStart = !inside
  let delimiters = 0
  let junk = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (open) {
      if (byte !== QUOTE) continue
      if (bytes[i + 1] === QUOTE) i++
      else {
        open = false
        junk ||= !endsCell(bytes, i + 1, delimiter)
      }
    } else {
      open = cellStart && byte === QUOTE
      cellStart = byte === delimiter
      if (cellStart) delimiters++
    }
  }
  return { open, delimiters, junk }
}

function endsCell(bytes: Uint8Array, at: number, delimiter: number): boolean {
  const left = bytes.length - at
  return left === 0 || bytes[at] === delimiter || (left === 1 && bytes[at] === RETURN)
}
