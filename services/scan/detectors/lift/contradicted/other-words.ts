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
/** Bits of these holders, of whom rounding may draw one more; above them stands how many they are. */
const HOLDER_BITS = 25
const ONE_HOLDER = 1 << HOLDER_BITS

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
  /** One record's, anew each time. */
  readonly #odds: Float64Array
  /** By word and label: labelled records that hold it, what that says, and what it says without one of these records. */
  readonly #counts: Int32Array
  readonly #says: Float64Array
  readonly #saysWithout: Float64Array
  /** By record and label: what all its words say, and how many there are. */
  readonly #sums: Float64Array
  /** By word: a bit for each of the holders at hand that has it, and above those how many do; and whether most do. */
  readonly #held: Int32Array
  readonly #isShared: Uint8Array
  /** Words that are at hand, the bits of who has them, and the holders that were sampled. */
  readonly #seen: Int32Array
  readonly #bits: Int32Array
  readonly #sampled = new Int32Array(HOLDER_BITS)

  constructor({ offsets, ids, kindOf, tokens }: TokenMatrix, labels: Grouping, prior: Float64Array) {
    const [n, kinds] = [labels.of.length, prior.length]
    this.#labels = labels
    // A label that no record bears here gets the smallest share.
    this.#prior = prior.map((share) => Math.max(share, 1 / (n + 1)))
    this.#logs = this.#prior.map(Math.log)
    this.#odds = new Float64Array(kinds)
    const others = kindOf.findIndex((kind) => kind !== 0)
    const words = others < 0 ? tokens : others
    this.#offsets = offsets
    this.#ids = ids
    this.#ends = Int32Array.from(labels.of, (_, i) => endOf(words, ids, offsets[i]!, offsets[i + 1]!))
    this.#counts = new Int32Array(words * kinds)
    this.#held = new Int32Array(words)
    this.#isShared = new Uint8Array(words)
    // One more is written than is kept.
    this.#seen = new Int32Array(words + 1)
    this.#bits = new Int32Array(words)
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
    for (let i = 0; i < out.rows; i++) this.#expect(this.#sumsOf(i), this.#wordsOf(i), out, i)
    return out
  }

  /**
   * Members' probabilities without the words that the holders share. The holders' labels still count for the other
   * words: rows × K, in the order of `members`, ascending.
   */
  roughly(holders: Int32Array, members: Int32Array): Matrix {
    const kinds = this.#prior.length
    const out = matrix(members.length, kinds)
    const shared = this.#share(holders)
    const sums = new Float64Array(members.length * kinds)
    const words = new Int32Array(members.length)
    const isSampled = new Uint8Array(members.length)
    const memberOf = this.#membersAmongSampled(members, isSampled)
    // Who was sampled need not be asked again which of these words it has.
    sortTogether(shared, this.#bits)
    for (let at = 0; at < shared.length; at++) this.#addTo(shared[at]!, this.#bits[at]!, members, memberOf, sums, words)
    for (let at = 0; at < members.length; at++) {
      const i = members[at]!
      const less = sums.subarray(at * kinds, (at + 1) * kinds)
      if (isSampled[at] === 0) words[at] = this.#add(i, less, 1)
      const first = i * kinds
      for (let c = 0; c < kinds; c++) less[c] = this.#sums[first + c]! - less[c]!
      this.#expect(less, this.#wordsOf(i) - words[at]!, out, at)
    }
    for (let at = 0; at < shared.length; at++) this.#isShared[shared[at]!] = 0
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
      this.#expect(sums, words, expected, at)
    })
    for (const i of holders) this.#take(i, 1)
    for (const word of shared) this.#isShared[word] = 0
    return { expected, shared: new Set(shared) }
  }

  /** By bit of a sampled holder: its place among the members, which is marked, −1 where it is none. Both are ascending. */
  #membersAmongSampled(members: Int32Array, isSampled: Uint8Array): Int32Array {
    const places = new Int32Array(HOLDER_BITS).fill(-1)
    for (let bit = 0, at = 0; bit < HOLDER_BITS; bit++) {
      const holder = this.#sampled[bit]!
      while (at < members.length && members[at]! < holder) at++
      if (at === members.length || members[at] !== holder) continue
      places[bit] = at
      isSampled[at] = 1
    }
    return places
  }

  /** Adds what a word says to the sums of those members whose bits are set, as it does without the record itself. */
  #addTo(
    word: number,
    bits: number,
    members: Int32Array,
    memberOf: Int32Array,
    sums: Float64Array,
    words: Int32Array,
  ): void {
    const [says, without, labels] = [this.#says, this.#saysWithout, this.#labels.of]
    const kinds = this.#prior.length
    const first = word * kinds
    for (let left = bits; left !== 0; left &= left - 1) {
      const at = memberOf[31 - Math.clz32(left & -left)]!
      if (at < 0) continue
      words[at]!++
      const to = at * kinds
      const own = labels[members[at]!]!
      for (let c = 0; c < kinds; c++) sums[to + c]! += says[first + c]!
      if (own >= 0) sums[to + own]! += without[first + own]! - says[first + own]!
    }
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

  /** Writes the probabilities of each label, by sums over so many words, to a row of `out`. */
  #expect(sums: Float64Array, words: number, out: Matrix, row: number): void {
    const root = Math.sqrt(Math.max(1, words))
    const odds = this.#odds
    for (let c = 0; c < odds.length; c++) odds[c] = this.#logs[c]! + sums[c]! / root
    softmax(odds, out.data, row * out.cols)
  }

  /** Marks the words that some of the holders share, evenly drawn of them; returns these words as they are first seen. */
  #share(holders: Int32Array): Int32Array {
    const [held, seen, sampled] = [this.#held, this.#seen, this.#sampled.fill(-1)]
    const stride = Math.max(1, holders.length / SOME_HOLDERS)
    let [asked, words] = [0, 0]
    for (let from = 0; from < holders.length; from += stride, asked++) {
      sampled[asked] = holders[Math.floor(from)]!
      words = this.#meet(sampled[asked]!, asked, words)
    }
    let shared = 0
    const least = Math.ceil(COMMON * asked) << HOLDER_BITS
    for (let at = 0; at < words; at++) {
      const word = seen[at]!
      const holding = held[word]!
      held[word] = 0
      if (holding < least) continue
      this.#isShared[word] = 1
      this.#bits[shared] = holding & (ONE_HOLDER - 1)
      seen[shared++] = word
    }
    return seen.subarray(0, shared)
  }

  /**
   * Notes of a record's words, of which so many are at hand, that the holder of this number has them; returns how many
   * are then at hand. Whether a word is a new one is reckoned, for no processor foresees it.
   */
  #meet(i: number, number: number, before: number): number {
    const [ids, held, seen, end] = [this.#ids, this.#held, this.#seen, this.#ends[i]!]
    const one = ONE_HOLDER + (1 << number)
    let words = before
    for (let at = this.#offsets[i]!; at < end; at++) {
      const word = ids[at]!
      const known = held[word]!
      seen[words] = word
      words += (known - 1) >>> 31
      held[word] = known + one
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

/** Sorts words, of which most are in order, and what stands beside them. */
function sortTogether(words: Int32Array, beside: Int32Array): void {
  for (let at = 1; at < words.length; at++) {
    const [word, bits] = [words[at]!, beside[at]!]
    let to = at
    for (; to > 0 && words[to - 1]! > word; to--) {
      words[to] = words[to - 1]!
      beside[to] = beside[to - 1]!
    }
    words[to] = word
    beside[to] = bits
  }
}

function softmax(odds: Float64Array, out: Float32Array, from: number): void {
  let [most, all] = [-Infinity, 0]
  for (let c = 0; c < odds.length; c++) most = Math.max(most, odds[c]!)
  for (let c = 0; c < odds.length; c++) all += out[from + c] = Math.exp(odds[c]! - most)
  for (let c = 0; c < odds.length; c++) out[from + c]! /= all
}
