import { CodeUnits } from './code-units.ts'
import { endOfRun, endOfWord, isMisread, KIND, PARTS, WITHIN } from './unparted.ts'
import { hashOf, LONGEST, OFFSET, PRIME, Spellings } from './spellings.ts'

/** The words of a window's texts in their order: those of text i are `ids[offsets[i] … offsets[i+1])`. */
export interface Vocabulary {
  readonly n: number
  readonly words: readonly string[]
  /** FNV-1a of each word. */
  readonly hashes: Int32Array
  readonly offsets: Int32Array
  readonly ids: Int32Array
}

/**
 * Splits texts into words: lower-cased runs of anything but white space, of up to 30 characters (longer ones are data:
 * a digest, a line of base64). Runs in scripts without white space between words are divided by their letters. Words get
 * ids in order of first appearance.
 */
export function splitWords(texts: readonly string[]): Vocabulary {
  const reader = new Reader()
  const offsets = new Int32Array(texts.length + 1)
  for (const [i, text] of texts.entries()) offsets[i + 1] = reader.read(text)
  const { words, hashes, ids, used } = reader
  return { n: texts.length, words, hashes: Int32Array.from(hashes), offsets, ids: ids.slice(0, used) }
}

class Reader {
  readonly words: string[] = []
  readonly hashes: number[] = []
  ids = new Int32Array(1 << 16)
  used = 0
  readonly #units = new CodeUnits()
  readonly #lowered = new Uint16Array(LONGEST)
  readonly #beyond = new CodeUnits()
  readonly #spellings = new Spellings()
  /** By spelling: 1 + its word, 0 until that is known. */
  #wordOf = new Int32Array(1 << 12)
  readonly #long = new Map<string, number>()

  /** Reads a text's words; returns where they end in `ids`. */
  read(text: string): number {
    const { length } = text
    const units = this.#units.read(text)
    this.#reserve(this.used + length)
    const [ids, spellings] = [this.ids, this.#spellings]
    let { used } = this
    for (let start = 0, hash = OFFSET, at = 0; at <= length; at++) {
      const unit = at < length ? units[at]! : SPACE
      const kind = KIND[unit]!
      if (kind === WITHIN) {
        hash = Math.imul(hash ^ unit, PRIME)
        continue
      }
      if (kind !== PARTS) {
        const end = endOfRun(units, at, length)
        used = this.#readUnparted(text, units, start, end, used)
        at = end
      } else if (at > start && at - start <= LONGEST) {
        const spelling = spellings.numberOfHashed(hash, units, start, at)
        const word = spelling < this.#wordOf.length ? this.#wordOf[spelling]! : 0
        ids[used++] = word > 0 ? word - 1 : this.#learn(spelling, hash, text, units, start, at)
      }
      start = at + 1
      hash = OFFSET
    }
    return (this.used = used)
  }

  /** Reads the words of a run with letters of scripts without white space; returns where they end in `ids`. */
  #readUnparted(text: string, units: Uint16Array, from: number, end: number, before: number): number {
    const isOne = isMisread(units, from, end)
    let used = before
    for (let start = from, next = from; start < end; start = next) {
      next = isOne ? end : endOfWord(units, start, end)
      if (next - start > LONGEST) continue
      const hash = hashOf(units, start, next)
      const spelling = this.#spellings.numberOfHashed(hash, units, start, next)
      const word = spelling < this.#wordOf.length ? this.#wordOf[spelling]! : 0
      this.ids[used++] = word > 0 ? word - 1 : this.#learn(spelling, hash, text, units, start, next)
    }
    return used
  }

  /** The word of a new spelling, in lower case. A string is made only where that word is new, too. */
  #learn(spelling: number, hash: number, text: string, units: Uint16Array, start: number, end: number): number {
    const lowered = lowerCased(units, start, end, this.#lowered)
    if (lowered === SAME) return this.#keep(spelling, this.#add(text.slice(start, end), hash))
    if (lowered === BEYOND) return this.#keep(spelling, this.#learnBeyond(text.slice(start, end)))
    const own = hashOf(this.#lowered, 0, end - start)
    const same = this.#spellings.numberOfHashed(own, this.#lowered, 0, end - start)
    const known = this.#wordOf[same] ?? 0
    const word = known > 0 ? known - 1 : this.#add(text.slice(start, end).toLowerCase(), own)
    this.#keep(same, word)
    return this.#keep(spelling, word)
  }

  /** The word of a new spelling with characters beyond ASCII. */
  #learnBeyond(raw: string): number {
    const word = raw.toLowerCase()
    const units = this.#beyond.read(word)
    const hash = hashOf(units, 0, word.length)
    // In lower case, one character may become two.
    if (word.length > LONGEST) {
      const id = this.#long.get(word) ?? this.#add(word, hash)
      this.#long.set(word, id)
      return id
    }
    const same = this.#spellings.numberOfHashed(hash, units, 0, word.length)
    const known = this.#wordOf[same] ?? 0
    return this.#keep(same, known > 0 ? known - 1 : this.#add(word, hash))
  }

  #add(word: string, hash: number): number {
    this.hashes.push(hash)
    return this.words.push(word) - 1
  }

  #keep(spelling: number, word: number): number {
    if (spelling >= this.#wordOf.length) this.#wordOf = enlarged(this.#wordOf, spelling + 1)
    this.#wordOf[spelling] = word + 1
    return word
  }

  #reserve(words: number): void {
    if (words > this.ids.length) this.ids = enlarged(this.ids, words)
  }
}

function enlarged(numbers: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * numbers.length, least))
  larger.set(numbers)
  return larger
}

/**
 * The result of writing a spelling in lower case: it was lower case already, it was changed, or it has characters
 * beyond ASCII.
 */
const SAME = 0
const OTHER = 1
const BEYOND = 2

/** Writes the units in lower case, up to the first beyond ASCII; returns which of the three cases it is. */
function lowerCased(units: Uint16Array, from: number, to: number, into: Uint16Array): number {
  let other = SAME
  for (let at = from; at < to; at++) {
    const unit = units[at]!
    if (unit > 0x7f) return BEYOND
    const isLarge = unit >= 0x41 && unit <= 0x5a
    if (isLarge) other = OTHER
    into[at - from] = isLarge ? unit | 0x20 : unit
  }
  return other
}

const SPACE = 0x20
