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

/** A word that tells a label: most of its holders bear it. */
export interface TellingWord extends Bearers {
  readonly token: number
  readonly word: string
  /** Those of its holders that bear the label, ascending. */
  readonly holders: Int32Array
  /**
   * How often two holders have the same word before it, or the same after it, as a multiple of what two words drawn from
   * the texts would: 2 for a word at random places.
   */
  readonly inPlace: number
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
    found.push({ ...bearers, token, word, holders, inPlace: beside.again(word, holders) })
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

  /**
   * The share of pairs of texts that have the same word before it, and of those that have the same after it, together; as a
   * multiple of what is by chance. The beginning and the end of a text count as words.
   */
  again(word: string, texts: Int32Array): number {
    const { words, offsets, ids } = this.#vocabulary
    const id = this.#idOf.get(word) ?? -1
    const before = new Int32Array(texts.length).fill(words.length)
    const after = new Int32Array(texts.length).fill(words.length)
    texts.forEach((i, k) => {
      const at = ids.indexOf(id, offsets[i])
      if (at > offsets[i]!) before[k] = ids[at - 1]!
      if (at + 1 < offsets[i + 1]!) after[k] = ids[at + 1]!
    })
    const pairs = (texts.length * (texts.length - 1)) / 2
    return (this.#pairsAlike(before) + this.#pairsAlike(after)) / pairs / this.#byChance
  }

  #pairsAlike(words: Int32Array): number {
    let pairs = 0
    for (const word of words) pairs += this.#counts[word]!++
    for (const word of words) this.#counts[word] = 0
    return pairs
  }
}
