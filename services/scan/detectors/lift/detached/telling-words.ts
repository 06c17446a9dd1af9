import type { Vocabulary } from '../../../features/words.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { type Bearers, bearersOf } from './bearers.ts'

/** Records of its label that hold a word, at least: of fewer it cannot be told what they have in common. */
const LEAST_HOLDERS = 20
/** The share of a word's holders that bear its label, at least, and its holders' share of that label at most. */
const LEAST_PURE = 0.7
const MOST_OF_LABEL = 0.5
/** Nats by which its holders' labels depart from the shares of all labels, at least. */
const LEAST_TOLD = 5

/** The share of its holders that have one word beside it where the two are a phrase, and words on one side at most. */
const IN_PHRASE = 0.9
const LONGEST_PHRASE = 30

/** A word that tells a label: most of its holders bear it. */
export interface TellingWord extends Bearers {
  readonly token: number
  readonly word: string
  /** Those of its holders that bear the label, ascending. */
  readonly holders: Int32Array
  /**
   * How often two holders have the same word before its phrase, or the same after it, as a multiple of what two words drawn
   * from the texts would: 2 for a word at random places. The ends of a text count as words.
   */
  readonly inPlace: number
  /** The words that nearly all of them have around it in a row, and it: it alone for most. */
  readonly phrase: readonly string[]
}

/** The words of the texts that tell a label, in the order of their tokens. */
export function tellingWords(vocabulary: Vocabulary, tokens: TokenMatrix, labels: Grouping): TellingWord[] {
  const beside = new Beside(vocabulary)
  const found: TellingWord[] = []
  for (let token = 0; token < tokens.tokens; token++) {
    const records = tokens.holders(token)
    if (tokens.kinds[tokens.kindOf[token]!] !== 'word' || records.length < LEAST_HOLDERS) continue
    const bearers = bearersOf(records, labels)
    const { label, own, all, told } = bearers
    if (own < LEAST_HOLDERS || own < LEAST_PURE * all || own > MOST_OF_LABEL * labels.counts[label]!) continue
    if (told < LEAST_TOLD) continue
    const described = tokens.describe(token)
    const word = described.kind === 'words' ? described.words : ''
    const holders = records.filter((i) => labels.of[i] === label)
    found.push({ ...bearers, token, word, holders, ...beside.of(word, holders) })
  }
  return found
}

/** Which words stand beside a word where it is first in a text. */
class Beside {
  readonly #vocabulary: Vocabulary
  readonly #idOf: ReadonlyMap<string, number>
  readonly #counts: Int32Array
  /** The probability that two words drawn from the texts are the same. */
  readonly #byChance: number

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
    this.#idOf = new Map(vocabulary.words.map((word, id) => [word, id]))
    this.#counts = new Int32Array(vocabulary.words.length + 1)
    const counts = new Float64Array(vocabulary.words.length)
    for (const word of vocabulary.ids) counts[word]!++
    this.#byChance = counts.reduce((sum, count) => sum + (count / vocabulary.ids.length) ** 2, 0)
  }

  /** What stands beside the word where it is first in each of the texts. */
  of(word: string, texts: Int32Array): Pick<TellingWord, 'inPlace' | 'phrase'> {
    const { offsets, ids } = this.#vocabulary
    const id = this.#idOf.get(word) ?? -1
    const places = Int32Array.from(texts, (i) => ids.indexOf(id, offsets[i]))
    const [before, after] = [this.#next(texts, places, -1), this.#next(texts, places, 1)]
    const pairs = (texts.length * (texts.length - 1)) / 2
    return {
      inPlace: (before.pairsAlike + after.pairsAlike) / pairs / this.#byChance,
      phrase: [...before.phrase.toReversed(), word, ...after.phrase],
    }
  }

  /** The words that nearly all have on one side, and how many pairs of the texts have the same word beyond these. */
  #next(texts: Int32Array, places: Int32Array, step: -1 | 1): { phrase: string[]; pairsAlike: number } {
    const { words, offsets, ids } = this.#vocabulary
    const phrase: string[] = []
    for (let far = step; ; far += step) {
      const beside = places.map((place, k) => {
        const at = place + far
        return at >= offsets[texts[k]!]! && at < offsets[texts[k]! + 1]! ? ids[at]! : words.length
      })
      let [pairsAlike, commonest] = [0, words.length]
      for (const word of beside) {
        pairsAlike += this.#counts[word]!++
        if (this.#counts[word]! > this.#counts[commonest]!) commonest = word
      }
      const most = this.#counts[commonest]!
      for (const word of beside) this.#counts[word] = 0
      if (commonest === words.length || most < IN_PHRASE * texts.length || phrase.length === LONGEST_PHRASE)
        return { phrase, pairsAlike }
      phrase.push(words[commonest]!)
    }
  }
}
