import { type Matrix, matrix } from '../../numeric/matrix.ts'
import type { Grouping } from '../../view/samples.ts'
import type { TokenMatrix } from '../../view/window-view.ts'

/** Records by which what a word says is drawn toward nothing. */
const DRAWN = 2
/** Words that so large a share of some holders have are what these are held for. */
const COMMON = 0.5
/** Holders that are asked which words they share. */
const SOME_HOLDERS = 24

/**
 * What the words of a text say of its label, each by itself (naive Bayes: Maron 1961), their sum over the root of how many there are, for words of one text say
 * the same again. Nobody is judged by a record's own label.
 */
export class OtherWords {
  readonly #tokens: TokenMatrix
  readonly #labels: Grouping
  readonly #prior: Float64Array
  readonly #logs: Float64Array
  /** By token and label: labelled records that hold it, and what that says. */
  readonly #counts: Int32Array
  readonly #says: Float64Array
  /** By record and label: what all its words say, and how many there are. */
  readonly #sums: Float64Array
  readonly #words: Int32Array
  /** By token: how many of the holders at hand have it, and whether most do. */
  readonly #held: Int32Array
  readonly #isShared: Uint8Array

  constructor(tokens: TokenMatrix, labels: Grouping, prior: Float64Array) {
    const [n, kinds] = [labels.of.length, prior.length]
    this.#tokens = tokens
    this.#labels = labels
    // A label that no record bears here is as rare as can be.
    this.#prior = prior.map((share) => Math.max(share, 1 / (n + 1)))
    this.#logs = this.#prior.map(Math.log)
    this.#counts = new Int32Array(tokens.tokens * kinds)
    this.#held = new Int32Array(tokens.tokens)
    this.#isShared = new Uint8Array(tokens.tokens)
    const { offsets, ids } = tokens
    labels.of.forEach((label, i) => {
      if (label >= 0) for (let at = offsets[i]!; at < offsets[i + 1]!; at++) this.#counts[ids[at]! * kinds + label]!++
    })
    this.#says = Float64Array.from(this.#counts, (_, at) => this.#saidBy(at, 0))
    this.#sums = new Float64Array(n * kinds)
    this.#words = new Int32Array(n)
    for (let i = 0; i < n; i++)
      this.#words[i] = this.#add(i, this.#sums.subarray(i * kinds, (i + 1) * kinds), () => true)
  }

  /** Of every record, by all others: n × K probabilities. */
  all(): Matrix {
    const out = matrix(this.#labels.of.length, this.#prior.length)
    for (let i = 0; i < out.rows; i++) out.data.set(this.#probable(this.#sumsOf(i), this.#words[i]!), i * out.cols)
    return out
  }

  /** Of members, but for the words that their holders share; the holders themselves are heard. */
  roughly(holders: Int32Array, members: Int32Array): Matrix {
    const out = matrix(members.length, this.#prior.length)
    const shared = this.#share(holders)
    members.forEach((i, at) => {
      const less = new Float64Array(out.cols)
      const words = this.#add(i, less, (word) => this.#isShared[word] === 1)
      const all = this.#sumsOf(i)
      for (let c = 0; c < less.length; c++) less[c] = all[c]! - less[c]!
      out.data.set(this.#probable(less, this.#words[i]! - words), at * out.cols)
    })
    for (const word of shared) this.#isShared[word] = 0
    return out
  }

  /** The same by the records that are no holders; and the words that these share. */
  without(holders: Int32Array, members: Int32Array): { expected: Matrix; shared: ReadonlySet<number> } {
    const expected = matrix(members.length, this.#prior.length)
    const shared = this.#share(holders)
    for (const i of holders) this.#take(i, -1)
    members.forEach((i, at) => {
      const sums = new Float64Array(expected.cols)
      // No holder is heard, so that a record's own label is not either.
      const words = this.#add(i, sums, (word) => this.#isShared[word] === 0, false)
      expected.data.set(this.#probable(sums, words), at * expected.cols)
    })
    for (const i of holders) this.#take(i, 1)
    for (const word of shared) this.#isShared[word] = 0
    return { expected, shared: new Set(shared) }
  }

  #sumsOf(i: number): Float64Array {
    return this.#sums.subarray(i * this.#prior.length, (i + 1) * this.#prior.length)
  }

  /** Adds up what some of a record's words say, as they do without the record itself; returns how many there are. */
  #add(i: number, sums: Float64Array, isAsked: (word: number) => boolean, isHeard = true): number {
    const kinds = this.#prior.length
    const { offsets, ids, kindOf } = this.#tokens
    const own = isHeard ? this.#labels.of[i]! : -1
    let words = 0
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const word = ids[at]!
      if (kindOf[word] !== 0 || !isAsked(word)) continue
      words++
      const first = word * kinds
      for (let c = 0; c < kinds; c++) sums[c]! += this.#says[first + c]!
      if (own >= 0) sums[own]! += this.#saidBy(first + own, 1) - this.#says[first + own]!
    }
    return words
  }

  /** Puts a record's label among what is known of its words, or takes it away. */
  #take(i: number, sign: 1 | -1): void {
    const label = this.#labels.of[i]!
    if (label < 0) return
    const { offsets, ids } = this.#tokens
    for (let from = offsets[i]!; from < offsets[i + 1]!; from++) {
      const at = ids[from]! * this.#prior.length + label
      this.#counts[at]! += sign
      this.#says[at] = this.#saidBy(at, 0)
    }
  }

  /** ln of how much more often the word comes with the label than the label comes, without so many of its records, but for what is the same for all labels. */
  #saidBy(at: number, without: number): number {
    return Math.log((this.#counts[at]! - without) / this.#prior[at % this.#prior.length]! + DRAWN)
  }

  #probable(sums: Float64Array, words: number): Float32Array {
    const root = Math.sqrt(Math.max(1, words))
    const odds = new Float64Array(sums.length)
    for (let c = 0; c < odds.length; c++) odds[c] = this.#logs[c]! + sums[c]! / root
    return softmax(odds)
  }

  /** Marks the words that some of the holders share, evenly drawn of them; returns these words. */
  #share(holders: Int32Array): number[] {
    const { offsets, ids } = this.#tokens
    const stride = Math.max(1, holders.length / SOME_HOLDERS)
    const seen: number[] = []
    let asked = 0
    for (let from = 0; from < holders.length; from += stride, asked++) {
      const i = holders[Math.floor(from)]!
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) if (this.#held[ids[at]!]!++ === 0) seen.push(ids[at]!)
    }
    const shared = seen.filter((word) => this.#held[word]! >= COMMON * asked)
    for (const word of seen) this.#held[word] = 0
    for (const word of shared) this.#isShared[word] = 1
    return shared
  }
}

function softmax(odds: Float64Array): Float32Array {
  let [most, all] = [-Infinity, 0]
  for (let c = 0; c < odds.length; c++) most = Math.max(most, odds[c]!)
  const out = new Float32Array(odds.length)
  for (let c = 0; c < odds.length; c++) all += out[c] = Math.exp(odds[c]! - most)
  for (let c = 0; c < odds.length; c++) out[c]! /= all
  return out
}
