import { CodeUnits } from './code-units.ts'

/** The symbols of a trigram: a to z, and the gap between words. */
export const SYMBOLS = 27
export const LETTERS = 26
const BETWEEN = 26

/**
 * The kinds of characters: small letters, large letters, those beside which a word does not count, those after which it
 * does not count, and all others.
 */
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
 * The trigrams of a text's words, without case and with one symbol between words. Words are as people write them: only
 * letters, in one case or capitalised, at most 14. Encoded attachments, addresses and identifiers are as surprising as
 * noise, and occur in most honest mail.
 */
export class Trigrams {
  readonly #units = new CodeUnits()
  #codes = new Uint16Array(1 << 12)

  /**
   * Those of the first `length` characters, valid until the next call. Each is (27 · first + second) · 27 + third.
   */
  read(text: string, length: number): Uint16Array {
    const units = this.#units.read(text.length > length ? text.slice(0, length) : text)
    // A text has at most one trigram per character, and one more.
    if (length >= this.#codes.length) this.#codes = new Uint16Array(2 * length)
    return this.#codes.subarray(0, readInto(this.#codes, units, length))
  }
}

/**
 * Writes the trigrams of the first `length` code units to `codes`; returns how many there are. Each unit is read once,
 * and each letter of a word once more.
 */
function readInto(codes: Uint16Array, units: Uint16Array, length: number): number {
  let used = 0
  let second = BETWEEN
  let last = BETWEEN
  let first = 0
  let large = 0
  let mixed = false
  let before = OTHER
  for (let at = 0; at <= length; at++) {
    const code = at < length ? units[at]! : 0
    const kind = code < CLASS_OF.length ? CLASS_OF[code]! : OTHER
    if (kind === SMALL) continue
    if (kind === LARGE) {
      // A large letter behind a small one.
      if (large++ < at - first) mixed = true
      continue
    }
    if (kind === BESIDE) {
      mixed = true
      continue
    }
    if (at > first && before !== BEHIND && !mixed && isWord(at - first - large, large)) {
      if (used > 0) {
        codes[used++] = (second * SYMBOLS + last) * SYMBOLS + BETWEEN
        second = last
        last = BETWEEN
      }
      for (let letter = first; letter < at; letter++) {
        const symbol = (units[letter]! | 0x20) - 0x61
        codes[used++] = (second * SYMBOLS + last) * SYMBOLS + symbol
        second = last
        last = symbol
      }
    }
    before = kind
    first = at + 1
    large = 0
    mixed = false
  }
  return used
}

/** Whether this many small and large letters are a word, given that no large letter follows a small one. */
function isWord(small: number, large: number): boolean {
  if (small === 0) return large >= FEWEST_LARGE && large <= MOST_LARGE
  return large <= 1 && small <= MOST_SMALL
}
