/*
 * Words of scripts that put no white space between them, in code units. An ideograph or a letter of the kana is a word.
 * In Thai, Lao, Khmer and Burmese, whose letters are too few for that, a word is a cluster that is never divided: a
 * letter with its vowels, marks and subjoined letters (Theeramunkong et al. 2000, Character Cluster Based Thai
 * Information Retrieval), in Burmese with the letter that closes the syllable. No version of ICU changes these.
 */

/** What a code unit does to words: it belongs to a run of other characters, or it is white space. */
export const WITHIN = 0
export const PARTS = 1
/** It begins a word, or one that takes in the next unit; it belongs to the word before it, or does so with the next unit. */
const LETTER = 2
const LEADS = 3
const FOLLOWS = 4
const JOINS = 5

type Ranges = readonly (readonly [first: number, last: number])[]

const LETTERS: Ranges = [
  // Ideographs, kana, extension A, compatible ideographs.
  [0x3005, 0x3007],
  [0x3041, 0x30ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  // Thai, Lao, Khmer, Burmese.
  [0x0e01, 0x0e2f],
  [0x0e46, 0x0e46],
  [0x0e81, 0x0ec6],
  [0x0edc, 0x0edf],
  [0x1780, 0x17b3],
  [0x1000, 0x102a],
  [0x103f, 0x103f],
  [0x1050, 0x1055],
]
/** Vowels that are written before their letter, and the first halves of ideographs beyond the basic plane. */
const LEADING: Ranges = [
  [0x0e40, 0x0e44],
  [0x0ec0, 0x0ec4],
  [0xd840, 0xd8bf],
]
/** Vowels and marks. */
const FOLLOWING: Ranges = [
  [0x3099, 0x309a],
  [0x0e30, 0x0e3a],
  [0x0e45, 0x0e45],
  [0x0e47, 0x0e4e],
  [0x0eb0, 0x0ebc],
  [0x0ec8, 0x0ece],
  [0x17b4, 0x17d3],
  [0x17dd, 0x17dd],
  [0x102b, 0x103e],
  [0x1056, 0x1059],
]
const [KHMER_COENG, BURMESE_VIRAMA, ASAT, DOT_BELOW] = [0x17d2, 0x1039, 0x103a, 0x1037]
const [FIRST_BURMESE, LAST_BURMESE] = [0x1000, 0x102a]
/** It stands where bytes were no text. */
const REPLACEMENT = 0xfffd

/** By code unit; white space is what regular expressions take for it. */
export const KIND = kinds()

function kinds(): Uint8Array {
  const kind = Uint8Array.from({ length: 0x10000 }, (_, unit) =>
    /\s/.test(String.fromCharCode(unit)) ? PARTS : WITHIN,
  )
  const mark = (ranges: Ranges, as: number) => ranges.forEach(([first, last]) => kind.fill(as, first, last + 1))
  mark(LETTERS, LETTER)
  mark(LEADING, LEADS)
  mark(FOLLOWING, FOLLOWS)
  kind[KHMER_COENG] = JOINS
  kind[BURMESE_VIRAMA] = JOINS
  return kind
}

/** Where the run without white space ends that `at` is within. */
export function endOfRun(units: Uint16Array, at: number, length: number): number {
  let end = at
  while (end < length && KIND[units[end]!] !== PARTS) end++
  return end
}

/** Whether a run is text of another encoding, read wrongly: its letters are chance where more bytes were no text. */
export function isMisread(units: Uint16Array, from: number, end: number): boolean {
  let [letters, replaced] = [0, 0]
  for (let at = from; at < end; at++) {
    if (units[at] === REPLACEMENT) replaced++
    else if (KIND[units[at]!] !== WITHIN) letters++
  }
  return replaced > letters
}

/** Where the word ends that begins at `from` in a run up to `end`. */
export function endOfWord(units: Uint16Array, from: number, end: number): number {
  let at = from
  if (KIND[units[at]!] === WITHIN) {
    while (at < end && KIND[units[at]!] === WITHIN) at++
    return at
  }
  if (KIND[units[at]!] === LEADS) at++
  for (at++; at < end; at++) {
    const kind = KIND[units[at]!]
    if (kind === JOINS) at++
    else if (kind !== FOLLOWS && !closesSyllable(units, at, end)) break
  }
  return Math.min(at, end)
}

/** A Burmese letter with the mark that silences its vowel, or above a letter that is stacked below it. */
function closesSyllable(units: Uint16Array, at: number, end: number): boolean {
  if (units[at]! < FIRST_BURMESE || units[at]! > LAST_BURMESE || at + 1 >= end) return false
  const mark = units[at + 1]
  return mark === ASAT || mark === BURMESE_VIRAMA || (mark === DOT_BELOW && at + 2 < end && units[at + 2] === ASAT)
}

/** The first code unit of kana, ideographs, and the halves of ideographs beyond the basic plane. */
const FIRST_IDEOGRAPH = 0x3000
/** The code units of an ideograph beyond the basic plane, or of a letter with its mark. */
const OF_A_LETTER = 2

/** Whether a word is one ideograph or letter of the kana. */
export function isLetter(word: string): boolean {
  const first = word.charCodeAt(0)
  return first >= FIRST_IDEOGRAPH && KIND[first] !== WITHIN && word.length <= OF_A_LETTER
}
