import { type ColumnCounts, countsAt } from './column-counts.ts'

/** A value that one label's records have nearly alone, where the values beside it have that label less. */
export interface BoundValue {
  /** Places in the column's values, and in the labels. */
  readonly at: number
  readonly label: number
  readonly observed: number
  /** How many of the label's records would have the value by the records of other labels that do. */
  readonly expected: number
  /** ln of the e-value that the value is bound to the label. */
  readonly bound: number
}

/** How many distinct values on either side show which labels records like these have: the strictest of three counts. */
const REACHES = [2, 5, 15]
/** The fewest distinct values of a column: in one of fewer the values beside one are all others. */
const DISTINCT = 2 * Math.max(...REACHES)
/** The fewest records of the label, and the least share of it among the value's records. */
const FEWEST = 10
const MOSTLY = 0.8
/** The largest share of all records: a more frequent value is what the column is about. */
const LARGEST_SHARE = 0.02
/** Less than this, in nats, is no evidence. */
const LEAST = 3
/** A column of more values that may be bound is like that by nature. */
const MOST_ABLE = 16
/** How many records of the whole column's labels are added to those beside a value. */
const BORROWED = 5
const [LEAST_SHARE, MOST_SHARE] = [1e-3, 0.999]
/** So many pairs of records are taken to agree no more than chance: few pairs by themselves show nothing. */
const PAIRS = 50
/** Where two records of one value agree by so much more, values are those of units. */
const UNITS = 0.1
/** How many shares the e-value averages over. */
const SHARES = 64

/** What an estimate of how alike records of one value are takes off. */
interface Caution {
  /** So many of its standard errors by chance. */
  readonly sure: number
  /** So many values of most pairs count no more than the next one. */
  readonly few: number
}
const NONE: Caution = { sure: 0, few: 0 }
/** Units are many: near-copies that somebody put in as well have few values, and do not speak for all. */
const UNITS_ONLY: Caution = { sure: 2, few: 8 }

/**
 * The values of a column that may be bound to a label, the strongest first, and how many were tried. It needs no frequent
 * value: in a column of few values nothing tells how frequent one should be, but the values beside it tell which labels
 * its records should have. Where records of one value have one label by nature (flights of one route, rows of one
 * customer), other values show it, and records count for so much less (design effect: Kish 1965). Pure.
 */
export function boundValues(column: ColumnCounts): { readonly found: BoundValue[]; readonly tried: number } {
  const { values, records, shares } = column
  if (values.length < DISTINCT) return { found: [], tried: 0 }
  const beside = new Beside(column)
  const able: (Omit<BoundValue, 'bound'> & { readonly share: number; readonly others: number })[] = []
  let tried = 0
  beside.sizes.forEach((size, at) => {
    if (size > LARGEST_SHARE * records) return
    countsAt(column, at).forEach((observed, label) => {
      if (observed < FEWEST) return
      tried++
      if (observed < MOSTLY * size) return
      const among = REACHES.map((reach) => beside.share(at, label, reach, at))
      const share = Math.min(MOST_SHARE, Math.max(LEAST_SHARE, shares[label]!, ...among))
      const others = size - observed
      const isSaid = bindingOf(observed, others, share) >= LEAST
      if (isSaid) able.push({ at, label, observed, others, share, expected: (others * share) / (1 - share) })
    })
  })
  if (able.length > MOST_ABLE) return { found: [], tried }
  const found = able.map(({ others, share, ...one }) => {
    const weight = 1 / (1 + (one.observed + others - 1) * alikeness(column, beside, one.at))
    return { ...one, bound: bindingOf(weight * one.observed, weight * others, share) }
  })
  return { found: found.sort((a, b) => b.bound - a.bound || a.at - b.at || a.label - b.label), tried }
}

/**
 * Returns what each record of a value counts for: less where two of one value have one label by nature (design effect:
 * Kish 1965).
 */
export function weightsIn(column: ColumnCounts): (at: number) => number {
  const beside = new Beside(column)
  return (at) => {
    const alike = alikeness(column, beside, at, UNITS_ONLY)
    return alike < UNITS ? 1 : 1 / (1 + (beside.sizes[at]! - 1) * alike)
  }
}

/** The labels of the values beside one another, by running sums; values that the column is about are left out. */
class Beside {
  readonly sizes: readonly number[]
  readonly #column: ColumnCounts
  /** By label, and for all of them: records of the values before each. */
  readonly #before: readonly Float64Array[]
  readonly #allBefore: Float64Array

  constructor(column: ColumnCounts) {
    this.#column = column
    this.sizes = Array.from(column.values, (_, at) => sum(countsAt(column, at)))
    const summed = (of: (at: number) => number) => {
      const before = new Float64Array(this.sizes.length + 1)
      for (let at = 0; at < this.sizes.length; at++) before[at + 1] = before[at]! + (this.isCounted(at) ? of(at) : 0)
      return before
    }
    this.#before = Array.from(column.shares, (_, label) => summed((at) => countsAt(column, at)[label]!))
    this.#allBefore = summed((at) => this.sizes[at]!)
  }

  isCounted(at: number): boolean {
    return this.sizes[at]! <= LARGEST_SHARE * this.#column.records
  }

  /** The label's share beside a value, but for itself and another one, steadied by its share in the column. */
  share(at: number, label: number, reach: number, except: number): number {
    const { shares } = this.#column
    const [from, to] = [Math.max(0, at - reach), Math.min(this.sizes.length, at + reach + 1)]
    let own = this.#before[label]![to]! - this.#before[label]![from]!
    let all = this.#allBefore[to]! - this.#allBefore[from]!
    for (const left of at === except ? [at] : [at, except]) {
      if (left < from || left >= to || !this.isCounted(left)) continue
      own -= countsAt(this.#column, left)[label]!
      all -= this.sizes[left]!
    }
    return (own + BORROWED * shares[label]!) / (all + BORROWED)
  }
}

/**
 * How much more two records of one value agree in their labels than two of values beside one another, 0 … 1, by all
 * values but `except` and those that the column is about.
 */
function alikeness(column: ColumnCounts, beside: Beside, except: number, { sure, few }: Caution = NONE): number {
  const reach = Math.max(...REACHES)
  const all: { excess: number; pairs: number; variance: number }[] = []
  beside.sizes.forEach((size, at) => {
    if (at === except || size < 2 || !beside.isCounted(at)) return
    const one = { excess: 0, pairs: 0, variance: 0 }
    countsAt(column, at).forEach((own, label) => {
      const share = beside.share(at, label, reach, except)
      const chance = share * (1 - share)
      one.excess += (own - size * share) ** 2 - size * chance
      one.pairs += size * (size - 1) * chance
      one.variance += 2 * size * (size - 1) * chance ** 2
    })
    all.push(one)
  })
  const most = few === 0 ? Infinity : (all.map((one) => one.pairs).sort((a, b) => b - a)[few] ?? 0)
  let [excess, pairs, variance] = [0, 0, 0]
  for (const one of all) {
    const weight = one.pairs > most ? most / one.pairs : 1
    excess += weight * one.excess
    pairs += weight * one.pairs
    variance += weight ** 2 * one.variance
  }
  return Math.min(1, Math.max(0, (excess - sure * Math.sqrt(variance)) / (pairs + PAIRS)))
}

/**
 * ln of an e-value against the label having at most its share, `own` records of it and `others` of other labels: their
 * likelihood ratio, averaged over all larger shares. It may be read after every window: the probability that it ever
 * exceeds 1/α is at most α (Ville 1939; Ramdas et al. 2023, Game-Theoretic Statistics and Safe Anytime-Valid Inference).
 */
export function bindingOf(own: number, others: number, share: number): number {
  const logs = Array.from({ length: SHARES }, (_, at) => {
    const rate = share + ((1 - share) * (at + 0.5)) / SHARES
    return own * Math.log(rate / share) + others * Math.log((1 - rate) / (1 - share))
  })
  const most = Math.max(...logs)
  return most + Math.log(sum(logs.map((log) => Math.exp(log - most))) / SHARES)
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
