import { asUtf8, encodingOfJson, textIn } from './encoding.ts'
import { isTableName } from './jsonl.ts'
import { broken, FormatError, RAW_KEPT, type FormatItem, type FormatReader } from './format.ts'

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d])
const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, COLON] = Buffer.from('"\\,[]{}:')

/** A JSON array of values, or values one after the other. Each is cut out by its brackets and decoded on its own. */
export const jsonReader: FormatReader = {
  name: 'json',
  // a list of objects by the name of a table is no header
  recognises: (name, head) =>
    /\.json$/i.test(name) || (isTableName(name) && /^\ufeff?\s*\[\s*\{\s*(?:"|\})/.test(textIn(head))),
  async *read(file, from, limits) {
    const splitter = new ValueSplitter(limits.itemBytes, from)
    for await (const chunk of asUtf8(file.stream(), encodingOfJson(await file.head()))) {
      const items = splitter.push(chunk)
      if (items.length > 0) yield items
      if (splitter.fault) throw splitter.fault
    }
    const last = splitter.finish()
    if (last.length > 0) yield last
    if (splitter.fault) throw splitter.fault
  },
}

/** The state of the splitter between two bytes. */
type Place = 'start' | 'value' | 'after' | 'separator' | 'end'

class ValueSplitter {
  /** The fault that ended the splitting; the items before it are good. */
  fault: FormatError | null = null
  readonly #limit: number
  readonly #from: number
  #place: Place = 'start'
  #inArray = false
  #depth = 0
  #inString = false
  #escaped = false
  #index = 0
  #parts: Uint8Array[] = []
  #length = 0

  constructor(limit: number, from: number) {
    this.#limit = limit
    this.#from = from
  }

  push(chunk: Uint8Array): FormatItem[] {
    const items: FormatItem[] = []
    let start = 0 // start of the current value's part in this chunk
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (this.#place !== 'value') {
        if (SPACE.has(byte) || (this.#place === 'start' && isByteOrderMark(byte))) continue
        const begins = this.#between(byte)
        if (this.fault) return items
        if (!begins) continue
        start = i
      }
      if (this.#inside(byte)) continue
      // a bracketed value and a string end with this byte, a bare value before it
      const end = this.#place === 'after' ? i + 1 : i
      this.#keep(chunk.subarray(start, end))
      this.#take(items)
      if (end === i) i-- // read the byte again: it belongs to what follows
      this.#place = 'after'
    }
    if (this.#place === 'value') this.#keep(chunk.subarray(start))
    return items
  }

  /** Returns what is left at the end of the text. */
  finish(): FormatItem[] {
    const items: FormatItem[] = []
    const isCut = this.#place === 'value' && (this.#inArray || this.#depth > 0 || this.#inString)
    // not an item: it can be read once the file has grown
    if (isCut) this.fault = new FormatError('undecodable', 'a JSON value that is cut short', Buffer.concat(this.#parts))
    else if (this.#place === 'value') this.#take(items)
    else if (this.#inArray && this.#place !== 'end') this.#fail('a JSON array that is cut short')
    return items
  }

  /** Handles a byte between values; true if a value begins with it. */
  #between(byte: number): boolean {
    if (this.#place === 'end') return this.#fail('text after the end of a JSON array')
    if (this.#place === 'start' && byte === OPEN_LIST) {
      this.#inArray = true
      this.#place = 'separator'
      return false
    }
    if (this.#inArray && byte === CLOSE_LIST) {
      this.#place = 'end'
      return false
    }
    if (this.#inArray && byte === COMMA && this.#place === 'after') {
      this.#place = 'separator'
      return false
    }
    const due = this.#place === 'start' || this.#place === 'separator' || !this.#inArray
    if (!due || byte === COMMA || byte === COLON || byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      return this.#fail('JSON values that are not separated by commas')
    }
    this.#place = 'value'
    return true
  }

  #fail(message: string): false {
    this.fault = new FormatError('undecodable', message)
    return false
  }

  /** Handles a byte of a value; false once the value has ended. `#place` then shows whether the byte was part of it. */
  #inside(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) {
        this.#inString = false
        return this.#ended()
      }
      return true
    }
    if (byte === QUOTE) this.#inString = true
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (this.#depth === 0) return false
      this.#depth--
      return this.#ended()
    } else if (this.#depth === 0 && (byte === COMMA || SPACE.has(byte))) return false
    return true
  }

  #ended(): boolean {
    if (this.#depth > 0) return true
    this.#place = 'after'
    return false
  }

  #keep(bytes: Uint8Array): void {
    const over = this.#length > this.#limit
    this.#length += bytes.length
    if (over || this.#index < this.#from) return
    this.#parts.push(bytes)
    if (this.#length > this.#limit) this.#parts = [Buffer.concat(this.#parts).subarray(0, RAW_KEPT)]
  }

  #take(items: FormatItem[]): void {
    const index = this.#index++
    if (index >= this.#from) {
      const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
      const body =
        this.#length > this.#limit
          ? broken('too_large', `a value of ${this.#length} bytes`, bytes)
          : { kind: 'bytes' as const, bytes, contentType: 'application/json' as const }
      items.push({ index, body })
    }
    this.#parts = []
    this.#length = 0
    this.#inString = false
    this.#escaped = false
    this.#depth = 0
  }
}

function isByteOrderMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf
}
