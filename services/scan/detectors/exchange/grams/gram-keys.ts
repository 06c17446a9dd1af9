import type { NumberedTexts } from './numbered-words.ts'

/** Buckets in which the first pass counts keys. */
export const BUCKETS = 1 << 22
/** Mixed into the key of a property, so that it differs from the key of an equal word. */
const PROPERTY = 0x5bd1e995

/**
 * Hashes the grams of one text at a time into keys: its runs of words, in the order of the sizes, then its properties.
 */
export class GramKeys {
  /** The keys of the text that was read last; the first `wordsIn(i)` are its single words. */
  readonly of: Int32Array
  /** Properties by key. */
  readonly named = new Map<number, string>()
  readonly #texts: NumberedTexts
  readonly #sizes: readonly number[]
  readonly #properties: readonly Int32Array[]
  readonly #hashes: Int32Array

  constructor(texts: NumberedTexts, properties: readonly (readonly string[])[], sizes: readonly number[]) {
    this.#texts = texts
    this.#sizes = sizes
    this.#hashes = Int32Array.from(texts.numbers.words, hash)
    this.#properties = properties.map((own) =>
      Int32Array.from(own, (property) => {
        const key = hash(property) ^ PROPERTY
        if (!this.named.has(key)) this.named.set(key, property)
        return key
      }),
    )
    const longest = properties.reduce((most, own, i) => Math.max(most, sizes.length * this.wordsIn(i) + own.length), 0)
    this.of = new Int32Array(longest)
  }

  wordsIn(i: number): number {
    return this.#texts.starts[i + 1]! - this.#texts.starts[i]!
  }

  /** Reads the keys of text i into `of`, until the next call, and returns how many there are. */
  read(i: number): number {
    const { starts, ids } = this.#texts
    let used = 0
    for (const size of this.#sizes) used = this.#readRuns(ids, starts[i]!, starts[i + 1]! - size, size, used)
    this.of.set(this.#properties[i]!, used)
    return used + this.#properties[i]!.length
  }

  #readRuns(ids: Int32Array, from: number, last: number, size: number, at: number): number {
    const [of, hashes] = [this.of, this.#hashes]
    let used = at
    for (let start = from; start <= last; start++) {
      let key = Math.imul(size, 0x9e3779b1)
      for (let w = start; w < start + size; w++)
        key = (Math.imul(key ^ hashes[ids[w]!]!, 0x01000193) + (key >>> 15)) | 0
      of[used++] = key
    }
    return used
  }

  /** How many words the key at this place of `of` has, and at which word of text i they begin; zeros for a property. */
  placeOf(i: number, at: number): readonly [size: number, from: number] {
    let from = at
    for (const size of this.#sizes) {
      const runs = Math.max(0, this.wordsIn(i) - size + 1)
      if (from < runs) return [size, from]
      from -= runs
    }
    return [0, 0]
  }
}

export function bucketOf(key: number): number {
  return mixed(key) & (BUCKETS - 1)
}

export function mixed(h: number): number {
  const x = Math.imul(h ^ (h >>> 16), 0x45d9f3b)
  return x ^ (x >>> 13)
}

/** FNV-1a with a final mix. */
function hash(word: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193)
  return mixed(h)
}
