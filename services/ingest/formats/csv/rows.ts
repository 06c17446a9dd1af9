import { isBlank, type Line } from '../lines.ts'

const [QUOTE, RETURN] = Buffer.from('"\r')

/** The most lines and bytes of a row. In a longer row, the quote that joins its lines is taken for a stray one. */
const MAX_LINES = 1000
const MAX_BYTES = 1024 * 1024

/** The effect of a line on its row. */
interface LineEffect {
  /** A quote is open at the end of the line. */
  readonly open: boolean
  /** The number of cells that end in it with a delimiter. */
  readonly delimiters: number
  /** Something other than a delimiter follows a closing quote. */
  readonly junk: boolean
}

export interface Row extends Line {
  /** The line of the file that it begins in, from 1. */
  readonly line: number
}

interface PendingLine extends Line {
  /** The line's effect if it begins a row, and if it begins inside quotes; cached, so that a second attempt costs nothing. */
  fresh?: LineEffect
  inside?: LineEffect
}

/**
 * Joins lines into rows. If a quote is open at a line's end, it is guessed that the row continues in the next line. If the
 * result does not have as many cells as there are columns, the first line becomes a row of its own and the others are read
 * again. So one stray quote costs one row. Takes time in proportion to the bytes, and makes the same rows however the lines
 * arrive.
 */
export class RowJoiner {
  readonly #delimiter: number
  readonly #columns: number
  readonly #limit: number
  /** The pending lines. The first one begins a row; so far the guess covers `#taken` of them. */
  #lines: PendingLine[] = []
  #first = 0
  #taken = 0
  #bytes = 0
  #delimiters = 0
  /** The number of the first pending line. */
  #line: number

  /** `limit`: the most bytes of a row; `line`: the number of the first line. */
  constructor(delimiter: string, columns: number, limit: number, line = 1) {
    this.#line = line
    this.#delimiter = delimiter.charCodeAt(0)
    this.#columns = columns
    this.#limit = Math.min(limit, MAX_BYTES)
  }

  /** Returns the rows that are complete with these lines. */
  push(lines: readonly Line[]): Row[] {
    this.#lines = this.#lines.slice(this.#first)
    this.#first = 0
    for (const line of lines) this.#lines.push({ ...line })
    const rows: Row[] = []
    while (this.#first + this.#taken < this.#lines.length) {
      const row = this.#take()
      if (row) rows.push(row)
    }
    return rows
  }

  /** Returns the remaining rows at the end of the file, where no open quote will be closed any more. */
  finish(): Row[] {
    const rows: Row[] = []
    while (this.#first < this.#lines.length) {
      if (this.#taken > 0 && this.#first + this.#taken === this.#lines.length) rows.push(this.#alone())
      else {
        const row = this.#take()
        if (row) rows.push(row)
      }
    }
    return rows
  }

  /** Takes one more line; returns the row that it completes or that is given up, if any. */
  #take(): Row | null {
    const line = this.#lines[this.#first + this.#taken]!
    const isFirst = this.#taken === 0
    if (isFirst && line.cut === 0 && isBlank(line.bytes)) {
      this.#begin(this.#first + 1)
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

  /** Returns the first line as a row; the lines after it are read again. */
  #alone(): Row {
    const { bytes, cut } = this.#lines[this.#first]!
    const line = this.#line
    this.#begin(this.#first + 1)
    return { bytes, cut, line }
  }

  #joined(): Row {
    const parts = this.#lines.slice(this.#first, this.#first + this.#taken).map((one) => one.bytes)
    const line = this.#line
    this.#begin(this.#first + this.#taken)
    return { bytes: joinLines(parts), cut: 0, line }
  }

  #begin(first: number): void {
    this.#line += first - this.#first
    this.#first = first
    this.#taken = 0
    this.#bytes = 0
    this.#delimiters = 0
  }
}

/** Joins lines as they stood in the file, with line feeds between them. */
export function joinLines(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from('\n'), part])))
}

const PLAIN: LineEffect = { open: false, delimiters: 0, junk: false }

/** A line's effect; a quote opens only at the start of a cell. */
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
