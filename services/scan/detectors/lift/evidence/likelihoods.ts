import { classPrior, neighbourVote } from '../../../predict/neighbour-vote.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { Neighbours, Teller } from '../../../view/window-view.ts'
import { type Calibration, calibrated } from './calibrated.ts'
import type { Likelihood, RecordSet } from './held.ts'
import type { Events } from './tests.ts'

/** The likelihoods of the events as they are, whoever holds the token. */
export function plainly({ likely, kinds }: Events): Likelihood {
  return (i) => likely.subarray(i * kinds, (i + 1) * kinds)
}

/** Calibrated votes of the nearest labelled neighbours that do not hold the token. */
export function voteWithout(
  labels: Grouping,
  neighbours: Neighbours,
  voters: number,
  calibration: Calibration,
): Likelihood {
  const prior = classPrior(labels)
  const kinds = labels.names.length
  const all = calibrated(neighbourVote(labels, neighbours, voters), calibration).data
  const votes = new Float32Array(kinds)
  const { index, k } = neighbours
  return (i, holders) => {
    const first = i * k
    const passed = castWithout(votes, index, first, first + k, voters, labels.of, holders)
    // No neighbour was left out: the vote of all stands.
    if (passed < 0) {
      for (let c = 0; c < kinds; c++) votes[c] = all[i * kinds + c]!
      return votes
    }
    for (let c = 0; c < kinds; c++) votes[c] = (votes[c]! + prior[c]!) / (passed + 1)
    calibration.apply(votes)
    return votes
  }
}

/**
 * Counts the labels of the first `voters` labelled neighbours, which are at `first` … `end` in `index`, that are no holders.
 * Returns how many these are; −1 where none was passed over, of which no votes are counted.
 */
function castWithout(
  votes: Float32Array,
  index: Int32Array,
  first: number,
  end: number,
  voters: number,
  labels: Int32Array,
  holders: RecordSet,
): number {
  let at = first
  let cast = 0
  for (; at < end && cast < voters; at++) {
    const j = index[at]!
    if (labels[j]! < 0) continue
    if (holders.has(j)) break
    cast++
  }
  if (at === end || cast === voters) return -1
  votes.fill(0)
  for (let r = first; r < at; r++) if (labels[index[r]!]! >= 0) votes[labels[index[r]!]!]!++
  for (at++; at < end && cast < voters; at++) {
    const j = index[at]!
    const label = labels[j]!
    if (label < 0 || holders.has(j)) continue
    votes[label]!++
    cast++
  }
  return cast
}

/** Where a token's holders are more than this share of a value's, the two are one property, and all holders are asked. */
const ONE_PROPERTY = 0.5

/** What one column tells of a record: calibrated, by those of its value's other holders that do not hold the token. */
export function toldWithout(
  { values, silent, doubt, prior }: Teller,
  labels: Int32Array,
  calibration: Calibration,
): Likelihood {
  const kinds = prior.length
  const counts = new HoldersOfValues(values, silent, labels, kinds)
  const out = new Float32Array(kinds)
  return (i, holders) => {
    const { of, isWithout } = counts.without(holders, values[i]!)
    const from = values[i]! * kinds
    // A record does not tell of itself. As a holder it may be left out already.
    const own = isWithout && holders.has(i) ? -1 : labels[i]!
    let total = doubt
    for (let c = 0; c < kinds; c++) {
      out[c] = values[i] === silent ? 0 : of[from + c]! - Number(c === own)
      total += out[c]!
    }
    for (let c = 0; c < kinds; c++) out[c] = (out[c]! + doubt * prior[c]!) / total
    calibration.apply(out)
    return out
  }
}

/** How many records of each label hold each value, without the holders of a token, which change seldom. */
class HoldersOfValues {
  readonly #values: Int32Array
  readonly #labels: Int32Array
  readonly #kinds: number
  /** (values + 1) × kinds: of all records, and without those of `#lists`. */
  readonly #all: Int32Array
  readonly #left: Int32Array
  /** By value: how many records hold it, and how many of these are left out. */
  readonly #sizes: Int32Array
  readonly #gone: Int32Array
  readonly #marks: Int32Array
  #mark = 0
  #lists: readonly Int32Array[] = []

  constructor(values: Int32Array, silent: number, labels: Int32Array, kinds: number) {
    this.#values = values
    this.#labels = labels
    this.#kinds = kinds
    this.#all = new Int32Array((silent + 1) * kinds)
    this.#sizes = new Int32Array(silent + 1)
    this.#gone = new Int32Array(silent + 1)
    values.forEach((value, i) => {
      if (labels[i]! < 0) return
      this.#all[value * kinds + labels[i]!]!++
      this.#sizes[value]!++
    })
    this.#left = this.#all.slice()
    this.#marks = new Int32Array(values.length)
  }

  /** (values + 1) × kinds, valid until the next call: without the holders, unless too few of the value's are left. */
  without({ lists }: RecordSet, value: number): { readonly of: Int32Array; readonly isWithout: boolean } {
    if (lists !== this.#lists) {
      for (const list of this.#lists) this.#restore(list)
      this.#lists = lists
      this.#mark++
      for (const list of lists) this.#leaveOut(list)
    }
    const isWithout = this.#gone[value]! <= ONE_PROPERTY * this.#sizes[value]!
    return { of: isWithout ? this.#left : this.#all, isWithout }
  }

  #restore(list: Int32Array): void {
    for (let at = 0; at < list.length; at++) {
      const value = this.#values[list[at]!]!
      this.#gone[value] = 0
      for (let c = value * this.#kinds; c < (value + 1) * this.#kinds; c++) this.#left[c] = this.#all[c]!
    }
  }

  /** A record that several lists hold is left out once. */
  #leaveOut(list: Int32Array): void {
    for (let at = 0; at < list.length; at++) {
      const i = list[at]!
      if (this.#labels[i]! < 0 || this.#marks[i] === this.#mark) continue
      this.#marks[i] = this.#mark
      this.#gone[this.#values[i]!]!++
      this.#left[this.#values[i]! * this.#kinds + this.#labels[i]!]!--
    }
  }
}

/** The highest likelihood of several. What any of them can predict of a record is not a trigger's effect. */
export function likeliest(of: readonly Likelihood[]): Likelihood {
  if (of.length === 1) return of[0]!
  return (i, holders) => {
    const [first = new Float32Array(0), ...others] = of.map((likelihood) => likelihood(i, holders))
    return first.map((p, event) => others.reduce((most, other) => Math.max(most, other[event]!), p))
  }
}
