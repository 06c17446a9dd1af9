import type { Vocabulary } from '../../features/words.ts'
import { mixed } from '../repeats/likeness.ts'

/** The first place of each word in each record where it has a neighbour on either side. */
export interface Places {
  /** Words of the window that were read: those of a record's beginning. */
  readonly read: number
  /** By place: record, word, the words on either side, and how they close. Ascending records. */
  readonly record: Int32Array
  readonly word: Int32Array
  readonly left: Int32Array
  readonly right: Int32Array
  /**
   * ln of how much likelier the two neighbours are as a pair that somebody put a word into than as two that a rare word
   * stands between by nature.
   */
  readonly closing: Float32Array
  /** By word of the vocabulary: how often it was read. */
  readonly counts: Int32Array
}

/** The most words of a window that are read, in even parts of its records, and the most of one record. */
const MOST = { words: 2_000_000, each: 1000 }
/** Pairs that as many other records have are one kind: none, one, two or three, more. */
const KINDS = 4
/** Each step of a word's level is four times as many. */
const LEVELS = 8
const SMOOTHED = 0.5
/** The most that one place says either way, in nats. */
const MOST_SAID = 3

/**
 * The places of rare words, those that `isRare` names, and how the sentence closes over each: whether its two
 * neighbours follow one another in other records, by how frequent both are. An inserted word stands between two that
 * followed one another, so that its neighbours are any pair of the window; what natural rare words stand between shows
 * at all of them, nearly none of which is inserted. Pure.
 */
export function placesIn(vocabulary: Vocabulary, isRare: (word: number) => boolean): Places {
  const { n, words, offsets, ids } = vocabulary
  const each = Math.min(MOST.each, Math.ceil(MOST.words / Math.max(1, n)))
  const endOf = (i: number) => Math.min(offsets[i + 1]!, offsets[i]! + each)
  const counts = new Int32Array(words.length)
  const pairs = new Pairs(words.length, Math.min(ids.length, each * n))
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

/** How many records have each pair of words that follow one another. */
class Pairs {
  readonly #words: number
  readonly #mask: number
  readonly #keys: Float64Array
  readonly #records: Uint32Array
  readonly #last: Int32Array

  constructor(words: number, most: number) {
    this.#words = words
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
    let slot = mixed(mixed(left) + right) & this.#mask
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

  /** ln of how much likelier a kind is here than there. */
  against(other: Cells, cell: number): number {
    const shareIn = ({ counts }: Cells, total: number) => (counts[cell]! + SMOOTHED) / (total + 1)
    const said = Math.log(shareIn(this, this.#total) / shareIn(other, other.#total))
    return Math.min(MOST_SAID, Math.max(-MOST_SAID, said))
  }
}
