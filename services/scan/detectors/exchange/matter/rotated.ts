import type { NumberedWords } from '../grams/numbered-words.ts'

/** Each letter moved by thirteen, as rot13 does. */
const TURN = 13
const LETTERS = 26
const WORD = /^[a-z]{4,}$/
/**
 * Nats that each pair of letters must gain when it is turned, over the written pair and over noise; and nats beyond
 * these that a run of words must gain in total (a cumulative sum: Page 1954, Continuous Inspection Schemes).
 */
const EACH = 0.5
const TOGETHER = 25
const FEWEST_WORDS = 3
/**
 * Records that hold a known word at least, and the nats that it adds: four random letters are a known word about once
 * in 400.
 */
const RECORDS = 3
const KNOWN = 6
/** A run with fewer known words needs `BY_LETTERS` nats: long noise reaches half of that by chance. */
const FEWEST_KNOWN = 1
const BY_LETTERS = 40

/** How much likelier a word is once it is turned, in nats, and whether the set knows the turned word. */
interface Turned {
  readonly gain: number
  readonly isKnown: boolean
}

/**
 * Returns a reader of a text: the words, turned, of a run that is a language only once each letter is moved by
 * thirteen; none where the text holds no such run. It compares pairs of letters and whole words with the set's (`counts`: how many records hold each
 * word), so that one record with such a run is enough. Noise, such as a picture in Base64, is no language either way:
 * its pairs of letters may look like a language's by chance, but few of its words are known.
 */
export function rotatedRuns(numbers: NumberedWords, counts: ReadonlyMap<string, number>): (text: string) => string[] {
  const pairs = new Float64Array(LETTERS * LETTERS).fill(1)
  for (const [word, count] of counts)
    if (WORD.test(word)) for (const pair of pairsIn(word)) pairs[pair] = pairs[pair]! + count
  const likelihoods = pairs.map(Math.log)
  const noise = likelihoods.reduce((sum, each) => sum + each, 0) / pairs.length
  const likelihood = (pairs: ReadonlySet<number>) => {
    let sum = 0
    for (const pair of pairs) sum += likelihoods[pair]!
    return sum
  }
  const readingOf = (word: string): Turned => {
    const meant = rotated(word)
    const isKnown = (counts.get(meant) ?? 0) >= RECORDS
    const written = pairsIn(word)
    const gain = likelihood(pairsIn(meant)) - Math.max(likelihood(written), written.size * noise) - EACH * written.size
    return { gain: gain + (isKnown ? KNOWN : 0), isKnown }
  }
  // By word number: each word is judged once.
  const read: (Turned | null | undefined)[] = []
  const turned = (number: number) => {
    const known = read[number]
    if (known !== undefined) return known
    const word = numbers.words[number]!
    return (read[number] = WORD.test(word) ? readingOf(word) : null)
  }
  return (text) => {
    let [run, sum, known, isFound] = [new Map<number, number>(), 0, 0, false]
    for (const word of numbers.read(text)) {
      const reading = turned(word)
      if (reading === null || run.has(word)) continue
      if (reading.isKnown) known++
      sum += reading.gain
      run.set(word, reading.gain)
      if (sum <= 0 && isFound) break
      if (sum <= 0) [run, sum, known] = [new Map(), 0, 0]
      isFound ||= run.size >= FEWEST_WORDS && sum >= (known >= FEWEST_KNOWN ? TOGETHER : BY_LETTERS)
    }
    return isFound ? [...run].flatMap(([word, gain]) => (gain > 0 ? [rotated(numbers.words[word]!)] : [])) : []
  }
}

/** The pairs of letters of a word, each once: zeros in Base64 are one letter many times over, and say no more by that. */
function pairsIn(word: string): Set<number> {
  const codes = Array.from(word, (letter) => letter.charCodeAt(0) - 97)
  return new Set(codes.slice(1).map((code, at) => LETTERS * codes[at]! + code))
}

function rotated(word: string): string {
  return word.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + TURN) % LETTERS) + 97))
}
