import type { ReadLetters } from '../../features/letter-surprise.ts'
import { LETTERS, SYMBOLS } from '../../features/trigrams.ts'

const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm']
/** How far the next key is, at most, where fingers go from key to key. */
const REACH = 2
/** The probability that the next key is where the fingers are: within their reach, or in their row. */
const STAYS = 0.9
/** Fewer different letters are a laugh (haha, kkk). */
const FEWEST_LETTERS = 5

const PLACES = Array.from({ length: LETTERS }, (_, letter) => {
  const key = String.fromCharCode(97 + letter)
  const row = ROWS.findIndex((keys) => keys.includes(key))
  return { row, at: ROWS[row]!.indexOf(key) }
})
/** Shorter words come again by chance. */
const LONG_WORD = 5

type Place = (typeof PLACES)[number]

const BESIDE = pairGains(
  (from, to) => from.row === to.row && from.at !== to.at && Math.abs(from.at - to.at) <= REACH,
  () => 2 * REACH,
)
const IN_ROW = pairGains(
  (from, to) => from.row === to.row,
  ({ row }) => ROWS[row]!.length,
)

/** By two symbols, ln of how much more probable the second is than by chance, where so many keys are near the first. */
function pairGains(isNear: (from: Place, to: Place) => boolean, near: (from: Place) => number): Float64Array {
  const gains = new Float64Array(SYMBOLS ** 2)
  PLACES.forEach((from, first) => {
    const keys = near(from)
    PLACES.forEach((to, second) => {
      const probability = isNear(from, to) ? STAYS / keys : (1 - STAYS) / (LETTERS - keys)
      gains[first * SYMBOLS + second] = Math.log(LETTERS * probability)
    })
  })
  return gains
}

/**
 * What each text gains, in nats, if fingers that hardly move struck its letters, over letters drawn evenly: each letter of a
 * word lies beside the one before, or in its row. In languages a third of them do, and nothing is gained. Of letters that
 * are not on every keyboard nothing is known.
 */
export function gainByKeys(read: ReadLetters, letters: Int32Array): Float64Array {
  return read.largerPairSums(BESIDE, IN_ROW).map((gain, i) => {
    const best = gain - Math.LN2
    const own = letters.subarray(i * LETTERS, (i + 1) * LETTERS)
    return best > 0 && own.filter((count) => count > 0).length >= FEWEST_LETTERS ? best : 0
  })
}

/**
 * The share of distinct ones among the long words of the texts, a text that comes again counted once; 1 where there are
 * none. Words come again, also those that are written with one row of keys.
 */
export function newWords(texts: readonly string[]): number {
  const words = [...new Set(texts)].flatMap((text) => text.toLowerCase().match(/[a-z]+/g) ?? [])
  const long = words.filter((word) => word.length >= LONG_WORD)
  return long.length === 0 ? 1 : new Set(long).size / long.length
}
