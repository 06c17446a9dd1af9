import { wordsOf } from './grams.ts'

/** Each letter moved by thirteen, as rot13 does. */
const TURN = 13
const LETTERS = 26
const WORD = /^[a-z]{4,}$/
/** Pairs of letters must be so much likelier than those that are written and than noise, each, and a run of words has so much more together, in nats (Page 1954, Continuous Inspection Schemes). */
const EACH = 0.5
const TOGETHER = 25
const FEWEST_WORDS = 4

/**
 * Whether a text holds a run of words that would be a language's if each of their letters were moved by thirteen, and are none as they are written:
 * by the pairs of letters of the set's words, however many records hold the same run. Noise, such as a picture in Base64, is no language either way.
 */
export function rotatedRuns(counts: ReadonlyMap<string, number>): (text: string) => boolean {
  const pairs = new Float64Array(LETTERS * LETTERS).fill(1)
  for (const [word, count] of counts)
    if (WORD.test(word)) for (const pair of pairsIn(word)) pairs[pair] = pairs[pair]! + count
  const noise = pairs.reduce((sum, count) => sum + Math.log(count), 0) / pairs.length
  const likelihood = (word: string) => pairsIn(word).reduce((sum, pair) => sum + Math.log(pairs[pair]!), 0)
  const gainOf = (word: string) => likelihood(rotated(word)) - Math.max(likelihood(word), (word.length - 1) * noise)
  return (text) => {
    let [run, sum] = [new Set<string>(), 0]
    for (const word of wordsOf(text)) {
      if (!WORD.test(word) || run.has(word)) continue
      sum += gainOf(word) - EACH * (word.length - 1)
      run.add(word)
      if (sum <= 0) [run, sum] = [new Set(), 0]
      if (run.size >= FEWEST_WORDS && sum >= TOGETHER) return true
    }
    return false
  }
}

function pairsIn(word: string): number[] {
  const codes = Array.from(word, (letter) => letter.charCodeAt(0) - 97)
  return codes.slice(1).map((code, at) => LETTERS * codes[at]! + code)
}

function rotated(word: string): string {
  return word.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + TURN) % LETTERS) + 97))
}
