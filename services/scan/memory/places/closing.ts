import { seededRandom } from '#core/random.ts'
import type { Vocabulary } from '../../features/words.ts'
import { mixed } from '../repeats/likeness.ts'

/** The first place of each rare word in each record at which it has a neighbour on both sides. */
export interface Places {
  /** How many words of the window were read, from the beginning of each record. */
  readonly read: number
  /** By place: record, word, and the words on the left and on the right. Records ascend. */
  readonly record: Int32Array
  readonly word: Int32Array
  readonly left: Int32Array
  readonly right: Int32Array
  /**
   * By place: log-likelihood ratio, in nats, that the two neighbours are a pair into which somebody put a word, against
   * two neighbours of a natural rare word.
   */
  readonly closing: Float32Array
  /** By word of the vocabulary: how often it was read. */
  readonly counts: Int32Array
}

/** The most words of a window that are read, the same number of each record, and the most words of one record. */
const MOST = { words: 2_000_000, each: 1000 }
/** Kinds of a pair by how many other records have it: none, one, two or three, more. */
const KINDS = 4
/** Levels of a word by its count in the window, each four times the one before. */
const LEVELS = 8
const SMOOTHED = 0.5
/** The most evidence of one place, for or against, in nats. */
const MOST_SAID = 3

/**
 * The places of the words for which `isRare` is true, and how the sentence closes over each: whether its two neighbours
 * follow one another in other records, by how frequent both are. An inserted word parts two words that followed one
 * another, so the window's pairs of adjacent words show how often its neighbours do so. The neighbours of all rare words
 * show how often a natural one's do, since nearly no rare word is inserted. The seed decides only where pairs are
 * stored, so that nobody who does not know it can choose pairs that collide; the places are the same with every seed. Pure.
 */
export function placesIn(vocabulary: Vocabulary, seed: number, isRare: (word: number) => boolean): Places {
  const { n, words, offsets, ids } = vocabulary
  const each = Math.min(MOST.each, Math.ceil(MOST.words / Math.max(1, n)))
  const endOf = (i: number) => Math.min(offsets[i + 1]!, offsets[i]! + each)
  const counts = new Int32Array(words.length)
  const pairs = new Pairs(words.length, Math.min(ids.length, each * n), keyOf(seed))
  let read = 0
  for (let i = 0; i < n; i++) {
    const end = endOf(i)
    read += end - offsets[i]!
    for (let at = offsets[i]!; at < end; at++) {
      counts[ids[at]!]!++
      if (at + 1 < end) pairs.add(ids[at]!, ids[at + 1]!, i)
    }
  }
  const cellOf = (left: number, right: number, others: number) =>
    (levelOf(counts[left]!) * LEVELS + levelOf(counts[right]!)) * KINDS + (others > 3 ? 3 : others > 1 ? 2 : others)
  const [natural, adjacent] = [new Cells(), new Cells()]
  const place = { record: [] as number[], word: [] as number[], left: [] as number[], right: [] as number[] }
  const cells: number[] = []
  const lastIn = new Int32Array(words.length).fill(-1)
  for (let i = 0; i < n; i++) {
    const end = endOf(i)
    const own = new Set<number>()
    for (let at = offsets[i]! + 1; at < end; at++) own.add(pairs.keyOf(ids[at - 1]!, ids[at]!))
    for (let at = offsets[i]!; at + 1 < end; at++) {
      const [left, word] = [ids[at]!, ids[at + 1]!]
      adjacent.add(cellOf(left, word, pairs.count(left, word) - 1))
      if (at + 2 >= end || lastIn[word] === i || !isRare(word)) continue
      lastIn[word] = i
      const right = ids[at + 2]!
      const cell = cellOf(left, right, pairs.count(left, right) - Number(own.has(pairs.keyOf(left, right))))
      natural.add(cell)
      place.record.push(i)
      place.word.push(word)
      place.left.push(left)
      place.right.push(right)
      cells.push(cell)
    }
  }
  const said = Float32Array.from(natural.counts, (_, cell) => adjacent.against(natural, cell))
  return {
    read,
    record: Int32Array.from(place.record),
    word: Int32Array.from(place.word),
    left: Int32Array.from(place.left),
    right: Int32Array.from(place.right),
    closing: Float32Array.from(cells, (cell) => said[cell]!),
    counts,
  }
}

function levelOf(count: number): number {
  return Math.min(LEVELS - 1, (32 - Math.clz32(count)) >> 1)
}

/** The 32 bits that key the hashes of a window's pairs of words. */
export function keyOf(seed: number): number {
  return seededRandom(seed, 'pairs of words').below(2 ** 32)
}

/** 32 bits of a pair of words, by a key: numbers of words follow from the texts, which anybody may write. */
export function pairHash(left: number, right: number, key: number): number {
  return mixed(mixed(left ^ key) + right)
}

/** How many records have each pair of words that follow one another. */
class Pairs {
  readonly #words: number
  readonly #key: number
  readonly #mask: number
  readonly #keys: Float64Array
  readonly #records: Uint32Array
  readonly #last: Int32Array

  constructor(words: number, most: number, key: number) {
    this.#words = words
    this.#key = key
    const size = 2 ** Math.ceil(Math.log2(2 * most + 2))
    this.#mask = size - 1
    this.#keys = new Float64Array(size).fill(-1)
    this.#records = new Uint32Array(size)
    this.#last = new Int32Array(size).fill(-1)
  }

  keyOf(left: number, right: number): number {
    return left * this.#words + right
  }

  /** Records come in order. */
  add(left: number, right: number, record: number): void {
    const slot = this.#slotOf(left, right)
    this.#keys[slot] = this.keyOf(left, right)
    if (this.#last[slot] === record) return
    this.#last[slot] = record
    this.#records[slot]!++
  }

  count(left: number, right: number): number {
    return this.#records[this.#slotOf(left, right)]!
  }

  #slotOf(left: number, right: number): number {
    const key = this.keyOf(left, right)
    let slot = pairHash(left, right, this.#key) & this.#mask
    while (this.#keys[slot] !== key && this.#keys[slot] !== -1) slot = (slot + 1) & this.#mask
    return slot
  }
}

/** How often each kind of two neighbours is met. */
class Cells {
  readonly counts = new Float64Array(LEVELS * LEVELS * KINDS)
  #total = 0

  add(cell: number): void {
    this.counts[cell]!++
    this.#total++
  }

  /** Log-likelihood ratio of a kind here against `other`, in nats, at most MOST_SAID either way. */
  against(other: Cells, cell: number): number {
    const shareIn = ({ counts }: Cells, total: number) => (counts[cell]! + SMOOTHED) / (total + 1)
    const said = Math.log(shareIn(this, this.#total) / shareIn(other, other.#total))
    return Math.min(MOST_SAID, Math.max(-MOST_SAID, said))
  }
}
