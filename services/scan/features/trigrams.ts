import { CodeUnits } from './code-units.ts'

/** a…z and what lies between words. */
export const SYMBOLS = 27
const BETWEEN = 26

/** What a character is to words: their letters, what a word cannot stand beside, what it cannot stand behind, anything else. */
const OTHER = 0
const SMALL = 1
const LARGE = 2
const BESIDE = 3
const BEHIND = 4
const CLASS_OF = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[a-z]/.test(character)) return SMALL
  if (/[A-Z]/.test(character)) return LARGE
  if (/[\d_+/=@]/.test(character)) return BESIDE
  return /[.-]/.test(character) ? BEHIND : OTHER
})
const MOST_SMALL = 13
const FEWEST_LARGE = 2
const MOST_LARGE = 14

/**
 * The trigrams of texts' words, without regard to case and with one sign between words, one after another. Words are as
 * people write them: letters alone, in one case or capitalised, of no more than 14. Encoded attachments, addresses and
 * identifiers are as surprising as noise and are everywhere in honest mail.
 */
export class Trigrams {
  readonly #units = new CodeUnits()
  #codes = new Uint16Array(1 << 16)
  #used = 0
  #before = BETWEEN
  #last = BETWEEN

  /** Each is (27 · first + second) · 27 + third. */
  get codes(): Uint16Array {
    return this.#codes
  }

  /** Reads the first `length` characters of a text; returns where its trigrams end. */
  read(text: string, length: number): number {
    const start = this.#used
    const units = this.#units.read(text.length > length ? text.slice(0, length) : text)
    this.#before = this.#last = BETWEEN
    let first = 0
    let before = OTHER
    for (let at = 0; at <= length; at++) {
      const code = at < length ? units[at]! : 0
      const kind = code < CLASS_OF.length ? CLASS_OF[code]! : OTHER
      if (kind === SMALL || kind === LARGE || kind === BESIDE) continue
      if (at > first && before !== BEHIND && isWord(units, first, at)) {
        if (this.#used > start) this.#add(BETWEEN)
        for (let letter = first; letter < at; letter++) this.#add((units[letter]! | 0x20) - 0x61)
      }
      before = kind
      first = at + 1
    }
    return this.#used
  }

  #add(symbol: number): void {
    if (this.#used === this.#codes.length) {
      const larger = new Uint16Array(2 * this.#used)
      larger.set(this.#codes)
      this.#codes = larger
    }
    this.#codes[this.#used++] = (this.#before * SYMBOLS + this.#last) * SYMBOLS + symbol
    this.#before = this.#last
    this.#last = symbol
  }
}

function isWord(units: Uint16Array, from: number, to: number): boolean {
  let large = 0
  for (let at = from; at < to; at++) {
    const kind = CLASS_OF[units[at]!]!
    if (kind === BESIDE) return false
    // A large letter behind a small one.
    if (kind === LARGE && large++ < at - from) return false
  }
  const small = to - from - large
  if (small === 0) return large >= FEWEST_LARGE && large <= MOST_LARGE
  return large <= 1 && small <= MOST_SMALL
}
