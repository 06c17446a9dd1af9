import { CodeUnits } from '../../../features/code-units.ts'
import { LONGEST as LONGEST_SPELLING, Spellings } from '../../../features/spellings.ts'
import type { Samples } from '../../../view/samples.ts'
import { isSignOfLetter } from './signs-of-letters.ts'

/** Texts as numbers of words: text i is `ids[starts[i] … starts[i + 1])`. */
export interface NumberedTexts {
  readonly starts: Int32Array
  readonly ids: Int32Array
  readonly numbers: NumberedWords
}

const CHUNK = 1 << 16
/** The share of the words that are kept of a part which is cut, from its end. */
const ENDING = 0.25
const [BLANK, LETTER, SIGN, SIGN_OF_LETTER] = [0, 1, 2, 3]
const HIGH = 0xd800
const LOW = 0xdc00
const SURROGATE = 0xfc00
/** Whether a code unit is a blank, of a word, a sign, or a sign that belongs to the letter before it. */
const KINDS = Uint8Array.from({ length: 0x10000 }, (_, code) => kindOf(String.fromCharCode(code)))

function kindOf(character: string): number {
  if (/[\p{L}\p{N}_]/u.test(character)) return LETTER
  if (isSignOfLetter(character)) return SIGN_OF_LETTER
  return /\s/.test(character) ? BLANK : SIGN
}

/**
 * Numbers the words of a window's texts, split as `wordsOf` splits them. A text is split once for all detectors, and
 * facts about a word can be kept by its number.
 */
export class NumberedWords {
  /** The words by number, in the order of first appearance. */
  readonly words: string[] = []
  readonly #texts = new Map<string, Int32Array>()
  readonly #spellings = new Spellings()
  readonly #numberOfSpelling: number[] = []
  readonly #long = new Map<string, number>()
  readonly #units = new CodeUnits()
  /** The chunk that is filled with the words of texts, one text after another, and how many of its places are taken. */
  #ids = new Int32Array(CHUNK)
  #kept = 0

  /**
   * Numbers texts that consist of parts: each part is split by itself, and `longest` words of a text are kept: those of
   * its first parts, but with `isLastKept` those of its last part and then of the others. Of a part for which there is
   * not enough room the beginning is kept, and the end: what is put behind a text stands there.
   */
  texts(texts: readonly (readonly string[])[], longest: number, isLastKept = false): NumberedTexts {
    const starts = new Int32Array(texts.length + 1)
    let ids = new Int32Array(1 << 16)
    let used = 0
    texts.forEach((parts, i) => {
      const end = used + longest
      if (end > ids.length) ids = grown(ids, end)
      const last = isLastKept ? this.idsOf(parts.at(-1) ?? '').length : 0
      parts.forEach((part, at) => {
        const own = this.idsOf(part)
        const room = at === parts.length - 1 ? end - used : Math.max(0, end - used - last)
        const read = Math.min(own.length, room)
        const behind = own.length > room ? Math.floor(ENDING * room) : 0
        ids.set(own.subarray(0, read - behind), used)
        ids.set(own.subarray(own.length - behind), used + read - behind)
        used += read
      })
      starts[i + 1] = used
    })
    return { starts, ids: ids.slice(0, used), numbers: this }
  }

  idsOf(text: string): Int32Array {
    let ids = this.#texts.get(text)
    if (ids === undefined) {
      this.#texts.set(text, (ids = this.#split(text.toLowerCase())))
      this.#kept += ids.length
    }
    return ids
  }

  /** As `idsOf`, but for a text that is read once: valid until the next text is split. */
  read(text: string): Int32Array {
    return this.#texts.get(text) ?? this.#split(text.toLowerCase())
  }

  /** Splits a text behind the words that are kept. The room is enough: a text has no more words than code units. */
  #split(text: string): Int32Array {
    const { length } = text
    if (this.#kept + length > this.#ids.length) {
      this.#ids = new Int32Array(Math.max(CHUNK, length))
      this.#kept = 0
    }
    const units = this.#units.read(text)
    const ids = this.#ids
    let used = this.#kept
    for (let at = 0, start = 0, kind = BLANK; at <= length;) {
      const isPair = at + 1 < length && isSurrogate(units[at]!, HIGH) && isSurrogate(units[at + 1]!, LOW)
      const own = at === length ? BLANK : isPair ? kindOf(text.slice(at, at + 2)) : KINDS[units[at]!]!
      const next = own !== SIGN_OF_LETTER ? own : kind === LETTER ? LETTER : SIGN
      if (next !== kind) {
        if (kind !== BLANK) ids[used++] = this.#numberOf(text, units, start, at)
        start = at
        kind = next
      }
      at += isPair ? 2 : 1
    }
    return ids.subarray(this.#kept, used)
  }

  #numberOf(text: string, units: Uint16Array, from: number, to: number): number {
    if (to - from > LONGEST_SPELLING) {
      const word = text.slice(from, to)
      let number = this.#long.get(word)
      if (number === undefined) this.#long.set(word, (number = this.words.push(word) - 1))
      return number
    }
    const spelling = this.#spellings.numberOf(units, from, to)
    return (this.#numberOfSpelling[spelling] ??= this.words.push(text.slice(from, to)) - 1)
  }
}

const known = new WeakMap<Samples, NumberedWords>()

/** The words of a window, with one numbering for all detectors. */
export function numberedWords({ samples }: { readonly samples: Samples }): NumberedWords {
  let numbers = known.get(samples)
  if (numbers === undefined) known.set(samples, (numbers = new NumberedWords()))
  return numbers
}

function isSurrogate(unit: number, which: number): boolean {
  return (unit & SURROGATE) === which
}

function grown(ids: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * ids.length, least))
  larger.set(ids)
  return larger
}
