import { type Matrix, matrix } from '../../../numeric/matrix.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'

/**
 * Records, spread over the labels by their shares, that are added to a word's counts: a word of few records speaks for
 * no label.
 */
const DRAWN = 2
/** Words that at least this share of the sampled holders have are what these holders share. */
const COMMON = 0.5
/** How many holders are sampled for the words that they share. */
const SOME_HOLDERS = 24

/**
 * The probability of each label by the words of a text: naive Bayes (Maron 1961), with the sum over the words divided
 * by the root of their number, since words of one text repeat what others say. A record's own label has no part in its
 * own probabilities.
 */
export class OtherWords {
  readonly #labels: Grouping
  readonly #prior: Float64Array
  readonly #logs: Float64Array
  /** Record i's words are `ids[offsets[i] … ends[i])`: they come before two words in a row. */
  readonly #offsets: Int32Array
  readonly #ends: Int32Array
  readonly #ids: Int32Array
  /** By word and label: labelled records that hold it, what that says, and what it says without one of these records. */
  readonly #counts: Int32Array
  readonly #says: Float64Array
  readonly #saysWithout: Float64Array
  /** By record and label: what all its words say, and how many there are. */
  readonly #sums: Float64Array
  /** By word: how many of the holders at hand have it, up to SOME_HOLDERS and one, and whether most do. */
  readonly #held: Uint8Array
  readonly #isShared: Uint8Array
  /** Words that are at hand. */
  readonly #seen: Int32Array

  constructor({ offsets, ids, kindOf, tokens }: TokenMatrix, labels: Grouping, prior: Float64Array) {
    const [n, kinds] = [labels.of.length, prior.length]
    this.#labels = labels
    // A label that no record bears here gets the smallest share.
    this.#prior = prior.map((share) => Math.max(share, 1 / (n + 1)))
    this.#logs = this.#prior.map(Math.log)
    const others = kindOf.findIndex((kind) => kind !== 0)
    const words = others < 0 ? tokens : others
    this.#offsets = offsets
    this.#ids = ids
    this.#ends = Int32Array.from(labels.of, (_, i) => endOf(words, ids, offsets[i]!, offsets[i + 1]!))
    this.#counts = new Int32Array(words * kinds)
    this.#held = new Uint8Array(words)
    this.#isShared = new Uint8Array(words)
    this.#seen = new Int32Array(words)
    labels.of.forEach((label, i) => {
      if (label >= 0) for (let at = offsets[i]!; at < this.#ends[i]!; at++) this.#counts[ids[at]! * kinds + label]!++
    })
    this.#says = new Float64Array(this.#counts.length)
    this.#saysWithout = new Float64Array(this.#counts.length)
    for (let at = 0; at < this.#counts.length; at++) {
      this.#says[at] = this.#saidBy(at, 0)
      if (this.#counts[at]! > 0) this.#saysWithout[at] = this.#saidBy(at, 1)
    }
    this.#sums = new Float64Array(n * kinds)
    for (let i = 0; i < n; i++) this.#add(i, this.#sumsOf(i), 0)
  }

  /** Every record's probabilities, learnt from all other records: n × K. */
  all(): Matrix {
    const out = matrix(this.#labels.of.length, this.#prior.length)
    for (let i = 0; i < out.rows; i++) out.data.set(this.#probable(this.#sumsOf(i), this.#wordsOf(i)), i * out.cols)
    return out
  }

  /**
   * Members' probabilities without the words that the holders share. The holders' labels still count for the other
   * words: rows × K, in the order of `members`.
   */
  roughly(holders: Int32Array, members: Int32Array): Matrix {
    const out = matrix(members.length, this.#prior.length)
    const shared = this.#share(holders)
    const less = new Float64Array(out.cols)
    for (let at = 0; at < members.length; at++) {
      const i = members[at]!
      const words = this.#add(i, less.fill(0), 1)
      const all = this.#sumsOf(i)
      for (let c = 0; c < less.length; c++) less[c] = all[c]! - less[c]!
      out.data.set(this.#probable(less, this.#wordsOf(i) - words), at * out.cols)
    }
    for (const word of shared) this.#isShared[word] = 0
    return out
  }

  /**
   * Members' probabilities without the holders' shared words, learnt from the records that are no holders; and those
   * words.
   */
  without(holders: Int32Array, members: Int32Array): { expected: Matrix; shared: ReadonlySet<number> } {
    const expected = matrix(members.length, this.#prior.length)
    const shared = this.#share(holders)
    for (const i of holders) this.#take(i, -1)
    members.forEach((i, at) => {
      const sums = new Float64Array(expected.cols)
      // No holder is heard, so that a record's own label is not either.
      const words = this.#add(i, sums, 0, false)
      expected.data.set(this.#probable(sums, words), at * expected.cols)
    })
    for (const i of holders) this.#take(i, 1)
    for (const word of shared) this.#isShared[word] = 0
    return { expected, shared: new Set(shared) }
  }

  #sumsOf(i: number): Float64Array {
    return this.#sums.subarray(i * this.#prior.length, (i + 1) * this.#prior.length)
  }

  #wordsOf(i: number): number {
    return this.#ends[i]! - this.#offsets[i]!
  }

  /** Adds up what those of a record's words say that are shared, or are not, as they do without the record itself; returns how many there are. */
  #add(i: number, sums: Float64Array, isShared: 0 | 1, isHeard = true): number {
    const [ids, says, marks, end] = [this.#ids, this.#says, this.#isShared, this.#ends[i]!]
    const kinds = sums.length
    const own = isHeard ? this.#labels.of[i]! : -1
    let words = 0
    for (let at = this.#offsets[i]!; at < end; at++) {
      const word = ids[at]!
      if (marks[word] !== isShared) continue
      words++
      const first = word * kinds
      for (let c = 0; c < kinds; c++) sums[c]! += says[first + c]!
      if (own >= 0) sums[own]! += this.#saysWithout[first + own]! - says[first + own]!
    }
    return words
  }

  /** Adds a record's label to the counts of its words, or takes it away. */
  #take(i: number, sign: 1 | -1): void {
    const label = this.#labels.of[i]!
    if (label < 0) return
    for (let from = this.#offsets[i]!; from < this.#ends[i]!; from++) {
      const at = this.#ids[from]! * this.#prior.length + label
      this.#counts[at]! += sign
      this.#says[at] = this.#saidBy(at, 0)
    }
  }

  /**
   * ln of the quotient of the label's rate among the word's records, less `without` of them, and its share of all; up
   * to a constant that is the same for all labels.
   */
  #saidBy(at: number, without: number): number {
    return Math.log((this.#counts[at]! - without) / this.#prior[at % this.#prior.length]! + DRAWN)
  }

  #probable(sums: Float64Array, words: number): Float32Array {
    const root = Math.sqrt(Math.max(1, words))
    const odds = new Float64Array(sums.length)
    for (let c = 0; c < odds.length; c++) odds[c] = this.#logs[c]! + sums[c]! / root
    return softmax(odds)
  }

  /** Marks the words that some of the holders share, evenly drawn of them; returns these words as they are first seen. */
  #share(holders: Int32Array): Int32Array {
    const [held, seen] = [this.#held, this.#seen]
    const stride = Math.max(1, holders.length / SOME_HOLDERS)
    let [asked, words] = [0, 0]
    for (let from = 0; from < holders.length; from += stride, asked++)
      words = this.#meet(holders[Math.floor(from)]!, words)
    let shared = 0
    for (let at = 0; at < words; at++) {
      const word = seen[at]!
      if (held[word]! >= COMMON * asked) {
        this.#isShared[word] = 1
        seen[shared++] = word
      }
      held[word] = 0
    }
    return seen.subarray(0, shared)
  }

  /** Counts a record's words among those at hand, of which there are so many; returns how many there are then. */
  #meet(i: number, before: number): number {
    const [ids, held, seen, end] = [this.#ids, this.#held, this.#seen, this.#ends[i]!]
    let words = before
    for (let at = this.#offsets[i]!; at < end; at++) {
      const word = ids[at]!
      if (held[word]!++ === 0) seen[words++] = word
    }
    return words
  }
}

/** Where a record's words end, which are the first `words` tokens. */
function endOf(words: number, ids: Int32Array, from: number, to: number): number {
  let end = from
  while (end < to && ids[end]! < words) end++
  return end
}

function softmax(odds: Float64Array): Float32Array {
  let [most, all] = [-Infinity, 0]
  for (let c = 0; c < odds.length; c++) most = Math.max(most, odds[c]!)
  const out = new Float32Array(odds.length)
  for (let c = 0; c < odds.length; c++) all += out[c] = Math.exp(odds[c]! - most)
  for (let c = 0; c < odds.length; c++) out[c]! /= all
  return out
}
