import type { Vocabulary } from '../../features/words.ts'

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
 * show how often a natural one's do, since nearly no rare word is inserted. Pure.
 */
export function placesIn(vocabulary: Vocabulary, isRare: (word: number) => boolean): Places {
  const { n, words } = vocabulary
  const each = Math.min(MOST.each, Math.ceil(MOST.words / Math.max(1, n)))
  const { counts, read, starts, seconds, records } = pairsByFirst(vocabulary, each)
  const place = placesOf(vocabulary, each, isRare)
  const { from, order } = byLeft(place.left, words.length)
  const cellOf = (left: number, right: number, others: number) =>
    (levelOf(counts[left]!) * LEVELS + levelOf(counts[right]!)) * KINDS + (others > 3 ? 3 : others > 1 ? 2 : others)
  const [natural, adjacent] = [new Cells(), new Cells()]
  const cells = new Int32Array(order.length)
  // by second word of a pair: how many records have the pair, and 1 + the last of them, counted and then met again
  const having = new Int32Array(words.length)
  const last = new Int32Array(words.length)
  const met = new Int32Array(words.length)
  for (let first = 0; first < words.length; first++) {
    const [start, end] = [starts[first]!, starts[first + 1]!]
    for (let at = start; at < end; at++) {
      const [second, record] = [seconds[at]!, records[at]! + 1]
      if (last[second] === record) continue
      last[second] = record
      having[second]!++
    }
    for (let at = start; at < end; at++) adjacent.add(cellOf(first, seconds[at]!, having[seconds[at]!]! - 1))
    let next = start
    for (let k = from[first]!; k < from[first + 1]!; k++) {
      const at = order[k]!
      const record = place.record[at]!
      for (; next < end && records[next]! <= record; next++) met[seconds[next]!] = records[next]! + 1
      const right = place.right[at]!
      const cell = cellOf(first, right, having[right]! - Number(met[right] === record + 1))
      natural.add(cell)
      cells[at] = cell
    }
    for (let at = start; at < end; at++) having[seconds[at]!] = last[seconds[at]!] = met[seconds[at]!] = 0
  }
  const said = Float32Array.from(natural.counts, (_, cell) => adjacent.against(natural, cell))
  return { ...place, read, closing: Float32Array.from(cells, (cell) => said[cell]!), counts }
}

/** The end of the words of record i that are read. */
function endOf({ offsets }: Vocabulary, i: number, each: number): number {
  return Math.min(offsets[i + 1]!, offsets[i]! + each)
}

/**
 * The words that are read, counted, and their pairs of words that follow one another: those of first word a are from
 * `starts[a]` to before `starts[a + 1]`, in the order of records.
 */
function pairsByFirst(vocabulary: Vocabulary, each: number) {
  const { n, words, offsets, ids } = vocabulary
  const counts = new Int32Array(words.length)
  const starts = new Int32Array(words.length + 1)
  let read = 0
  for (let i = 0; i < n; i++) {
    const end = endOf(vocabulary, i, each)
    read += end - offsets[i]!
    for (let at = offsets[i]!; at < end; at++) {
      counts[ids[at]!]!++
      if (at + 1 < end) starts[ids[at]! + 1]!++
    }
  }
  for (let word = 0; word < words.length; word++) starts[word + 1]! += starts[word]!
  const next = starts.slice()
  const seconds = new Int32Array(starts[words.length]!)
  const records = new Int32Array(seconds.length)
  for (let i = 0; i < n; i++) {
    const end = endOf(vocabulary, i, each)
    for (let at = offsets[i]!; at + 1 < end; at++) {
      const to = next[ids[at]!]!++
      seconds[to] = ids[at + 1]!
      records[to] = i
    }
  }
  return { counts, read, starts, seconds, records }
}

function placesOf(vocabulary: Vocabulary, each: number, isRare: (word: number) => boolean) {
  const { n, words, offsets, ids } = vocabulary
  const place = { record: [] as number[], word: [] as number[], left: [] as number[], right: [] as number[] }
  const lastIn = new Int32Array(words.length).fill(-1)
  for (let i = 0; i < n; i++) {
    const end = endOf(vocabulary, i, each)
    for (let at = offsets[i]! + 1; at + 1 < end; at++) {
      const word = ids[at]!
      if (lastIn[word] === i || !isRare(word)) continue
      lastIn[word] = i
      place.record.push(i)
      place.word.push(word)
      place.left.push(ids[at - 1]!)
      place.right.push(ids[at + 1]!)
    }
  }
  return {
    record: Int32Array.from(place.record),
    word: Int32Array.from(place.word),
    left: Int32Array.from(place.left),
    right: Int32Array.from(place.right),
  }
}

/** The places of each word on the left, from `from[word]` to before `from[word + 1]` of `order`, in their order. */
function byLeft(left: Int32Array, words: number) {
  const from = new Int32Array(words + 1)
  for (const word of left) from[word + 1]!++
  for (let word = 0; word < words; word++) from[word + 1]! += from[word]!
  const next = from.slice()
  const order = new Int32Array(left.length)
  left.forEach((word, at) => (order[next[word]!++] = at))
  return { from, order }
}

function levelOf(count: number): number {
  return Math.min(LEVELS - 1, (32 - Math.clz32(count)) >> 1)
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
