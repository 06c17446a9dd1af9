import type { NumberedWords } from './numbered-words.ts'

/** Each letter moved by thirteen, as rot13 does. */
const TURN = 13
const LETTERS = 26
const WORD = /^[a-z]{4,}$/
/** Pairs of letters must be so much likelier than those that are written and than noise, each, and a run of words has so much more together, in nats (Page 1954, Continuous Inspection Schemes). */
const EACH = 0.5
const TOGETHER = 25
const FEWEST_WORDS = 3
/** A word of so many records is one that the set knows, and says so much more; noise of four letters is one in some four hundred. */
const RECORDS = 3
const KNOWN = 6
/** Of a run with fewer of these, noise that goes on for long has half as much by chance. */
const FEWEST_KNOWN = 1
const BY_LETTERS = 40

/** What a word says for having been turned, in nats, and whether the set knows what it would be then. */
interface Turned {
  readonly gain: number
  readonly isKnown: boolean
}

/**
 * Whether a text holds a run of words that would be a language's if each of their letters were moved by thirteen, and are none as they are written:
 * by the words of the set and by the pairs of letters in them, however many records hold the same run. Noise, such as a picture in Base64, is no language
 * either way: its letters may follow one another as a language's do, by chance, and few of its words are any.
 */
export function rotatedRuns(numbers: NumberedWords, counts: ReadonlyMap<string, number>): (text: string) => boolean {
  const pairs = new Float64Array(LETTERS * LETTERS).fill(1)
  for (const [word, count] of counts)
    if (WORD.test(word)) for (const pair of pairsIn(word)) pairs[pair] = pairs[pair]! + count
  const likelihoods = pairs.map(Math.log)
  const noise = likelihoods.reduce((sum, each) => sum + each, 0) / pairs.length
  const likelihood = (word: string) => pairsIn(word).reduce((sum, pair) => sum + likelihoods[pair]!, 0)
  const readingOf = (word: string): Turned => {
    const meant = rotated(word)
    const isKnown = (counts.get(meant) ?? 0) >= RECORDS
    const gain = likelihood(meant) - Math.max(likelihood(word), (word.length - 1) * noise) - EACH * (word.length - 1)
    return { gain: gain + (isKnown ? KNOWN : 0), isKnown }
  }
  // By number: words come again and again.
  const read: (Turned | null | undefined)[] = []
  const turned = (number: number) => {
    const known = read[number]
    if (known !== undefined) return known
    const word = numbers.words[number]!
    return (read[number] = WORD.test(word) ? readingOf(word) : null)
  }
  return (text) => {
    let [run, sum, known] = [new Set<number>(), 0, 0]
    for (const word of numbers.read(text)) {
      const reading = turned(word)
      if (reading === null || run.has(word)) continue
      if (reading.isKnown) known++
      sum += reading.gain
      run.add(word)
      if (sum <= 0) [run, sum, known] = [new Set(), 0, 0]
      if (run.size >= FEWEST_WORDS && sum >= (known >= FEWEST_KNOWN ? TOGETHER : BY_LETTERS)) return true
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
