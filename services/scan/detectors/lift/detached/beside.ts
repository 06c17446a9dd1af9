import type { Vocabulary } from '../../../features/words.ts'

/** The share of its holders that have one word beside it where the two are a phrase, and words on one side at most. */
const IN_PHRASE = 0.9
const LONGEST_PHRASE = 30

/** Where words stand in the texts that hold them. */
export interface Places {
  /**
   * How often two holders have the same word before the phrase, or the same after it, as a multiple of what two words drawn
   * from the texts would: 2 for words at random places. The ends of a text count as words.
   */
  readonly inPlace: number
  /** The same without the ends of texts: nothing recurs beside a phrase that was put first in some texts and last in others. */
  readonly amongWords: number
  /** The largest share of the holders in which as many words stand before it, or as many after it: 1 for one fixed place. */
  readonly atOnePlace: number
  /** The words that nearly all holders have around them in a row, and they themselves: these alone for most. */
  readonly phrase: readonly string[]
}

/** How a text is typed stands at no place: nothing recurs beside it, and it holds for the whole text. */
export const THROUGHOUT: Places = { inPlace: 0, amongWords: 0, atOnePlace: 1, phrase: [] }

/** Which words stand beside others where these are first in a text. */
export class Beside {
  readonly #vocabulary: Vocabulary
  /** Of the words that stand in the texts twice at least: nothing recurs beside one that stands once. */
  readonly #idOf = new Map<string, number>()
  readonly #counts: Int32Array
  /** The probability that two words drawn from the texts are the same. */
  readonly #byChance: number

  constructor(vocabulary: Vocabulary) {
    const { words, ids } = vocabulary
    this.#vocabulary = vocabulary
    this.#counts = new Int32Array(words.length + 1)
    const counts = new Int32Array(words.length)
    for (let at = 0; at < ids.length; at++) counts[ids[at]!]!++
    this.#byChance = counts.reduce((sum, count) => sum + (count / ids.length) ** 2, 0)
    words.forEach((word, id) => {
      if (counts[id]! > 1) this.#idOf.set(word, id)
    })
  }

  /** What stands beside the words, which follow one another, where they are first in each of the texts. */
  of(words: readonly string[], texts: Int32Array): Places {
    const { offsets } = this.#vocabulary
    const own = words.map((word) => this.#idOf.get(word) ?? -1)
    const places = Int32Array.from(texts, (i) => this.#placeOf(own, offsets[i]!, offsets[i + 1]!))
    const last = places.map((place) => place + words.length - 1)
    const [before, after] = [this.#next(texts, places, -1), this.#next(texts, last, 1)]
    const pairs = (texts.length * (texts.length - 1)) / 2
    return {
      inPlace: (before.alike + before.ends + after.alike + after.ends) / pairs / this.#byChance,
      amongWords: (before.alike + after.alike) / pairs / this.#byChance,
      atOnePlace:
        Math.max(
          mostEqual(places.map((place, k) => place - offsets[texts[k]!]!)),
          mostEqual(places.map((place, k) => offsets[texts[k]! + 1]! - place)),
        ) / texts.length,
      phrase: [...before.phrase.toReversed(), ...words, ...after.phrase],
    }
  }

  #placeOf(words: readonly number[], from: number, to: number): number {
    const { ids } = this.#vocabulary
    const first = words[0] ?? -1
    for (let at = ids.indexOf(first, from); at >= 0 && at + words.length <= to; at = ids.indexOf(first, at + 1))
      if (words.every((id, k) => ids[at + k] === id)) return at
    return from
  }

  /** What stands on one side of the places, in the direction of `step`. */
  #next(texts: Int32Array, places: Int32Array, step: -1 | 1): Side {
    const { words, offsets, ids } = this.#vocabulary
    const phrase: string[] = []
    for (let far = step; ; far += step) {
      const beside = places.map((place, k) => {
        const at = place + far
        return at >= offsets[texts[k]!]! && at < offsets[texts[k]! + 1]! ? ids[at]! : words.length
      })
      let [alike, ends, commonest] = [0, 0, words.length]
      for (const word of beside) {
        if (word === words.length) ends += this.#counts[word]!++
        else alike += this.#counts[word]!++
        if (this.#counts[word]! > this.#counts[commonest]!) commonest = word
      }
      const most = this.#counts[commonest]!
      for (const word of beside) this.#counts[word] = 0
      if (commonest === words.length || most < IN_PHRASE * texts.length || phrase.length === LONGEST_PHRASE)
        return { phrase, alike, ends }
      phrase.push(words[commonest]!)
    }
  }
}

/** One side of words in their texts. */
interface Side {
  /** The words that nearly all texts have there. */
  readonly phrase: string[]
  /** How many pairs of the texts have the same word beyond these. */
  readonly alike: number
  /** How many pairs of the texts both end there. */
  readonly ends: number
}

/** How many of the numbers are the commonest one. */
function mostEqual(numbers: Int32Array): number {
  const counts = new Map<number, number>()
  for (const one of numbers) counts.set(one, (counts.get(one) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}
