import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { WIDEST } from '../../features/tables.ts'
import { row } from '../../numeric/matrix.ts'
import type { Grouping, Samples, TableColumn } from '../../view/samples.ts'
import type { Neighbours, WindowView } from '../../view/window-view.ts'
import { alteredOneByOne } from './altered.ts'
import { areWithout, rowsByValues } from './common-rows.ts'
import { type Crowd, crowds } from './crowds.ts'
import { medianNearest, NEAR, type Near, nearPairs } from './near-pairs.ts'
import { recurringPhrases } from './phrases.ts'
import { areAlikeInValues, uncrowded } from './uncrowded.ts'
import { components } from '../components.ts'
import { sharedLabel } from '../shared-label.ts'

export interface NearDuplicatesOptions extends Near {
  /**
   * Nats of evidence that count for little in a table whose rows repeat one another: there are many natural reasons.
   */
  readonly marginInTables: number
}

/**
 * Near-copies: connected components of records that are much closer to one another than the window's records usually
 * are. Real data repeats itself too (boilerplate, rounded rows), and larger groups are rarer than smaller ones. How
 * fast their number falls is measured on the window's smallest groups and extended as a power law. A score is the
 * log-likelihood ratio of the number of groups of the record's size or more against that law; 0 means that the copies
 * are natural here. A flood that escapes a loss or distance filter is found so (Koh, Steinhardt & Liang 2018, Stronger
 * Data Poisoning Attacks).
 */
export class NearDuplicates implements Detector {
  readonly info: DetectorInfo = { name: 'near-duplicates', family: 'flood', version: 1 }
  readonly needs = []
  readonly tags = { role: 'carrier' } as const
  readonly #options: NearDuplicatesOptions

  constructor(options: Partial<NearDuplicatesOptions> = {}) {
    this.#options = { ...NEAR, marginInTables: 3, ...options }
  }

  async score(view: WindowView): Promise<Detection> {
    const neighbours = await neighboursOf(view)
    const scores = new Float64Array(view.n)
    const median = medianNearest(neighbours, view.n)
    const blank = blankImages(view.samples)
    if (median === 0) {
      const notes = ['near-duplicates: most records repeat another exactly, so that copies mean nothing here']
      return { scores, scale: 'absolute', groups: [], why: () => '', notes }
    }
    if (view.samples.kind === 'table' && view.samples.columns.length < 2) {
      const notes = ['near-duplicates: rows of one column repeat one another as its values do']
      return { scores, scale: 'absolute', groups: [], why: () => '', notes }
    }
    const near = nearPairs(neighbours, view.n, this.#options, median)
    const found = components(view.n, alike(view, near, blank))
    const phrases = view.samples.kind === 'text' ? recurringPhrases(view.samples.texts, found, view.labels) : NONE
    const copies = found.filter((members) => !phrases.has(members))
    const isTable = view.samples.kind === 'table'
    const around = crowds(neighbours, this.#options.share * median)
    const sizeOf =
      view.samples.kind === 'table'
        ? unexplained(view.samples.columns, view.n, around)
        : ({ length }: Int32Array) => length
    const areAlike = view.samples.kind === 'table' ? areAlikeInValues(view.samples.columns) : () => true
    const evidenceOf = sizeEvidence(copies.map(sizeOf), REPEATS[view.samples.kind] ?? 'seldom')
    const repeats = repeatsItself(copies.map(sizeOf), view.n)
    const marginOf = (members: Int32Array) => {
      if (!isTable) return 0
      // Readings one after another are near the next, and copies of nothing.
      if (around(members).isRun || !areAlike(members)) return Infinity
      return repeats ? this.#options.marginInTables : 0
    }
    const altered =
      view.samples.kind === 'text'
        ? alteredOneByOne(
            view.samples.texts,
            copies.filter(({ length }) => length < FLOOD),
          )
        : () => 0
    const groups: Group[] = []
    const notes = [...withoutContent(blank), ...saidOften(phrases)]
    const asksAgain = view.samples.kind === 'exchange' ? ASKED_AGAIN * view.n : 0
    let again = 0
    const sizes = new Int32Array(view.n)
    for (const members of copies) {
      if (members.length < asksAgain) {
        again += members.length
        continue
      }
      const margin = marginOf(members)
      const { evidence: ratio, posterior } = evidenceOf(sizeOf(members))
      const evidence = ratio > 0 ? tempered(ratio, margin) + altered(members) : 0
      for (const i of members) {
        scores[i] = evidence
        sizes[i] = members.length
      }
      if (ratio > margin) groups.push(flood(members, evidence, posterior, view.labels))
      else if (view.samples.kind === 'table') notes.push(...withoutValues(view.samples.columns, members))
    }
    if (again > 0)
      notes.push(
        `near-duplicates: ${again} records repeat others word for word, none of them often; deduplicate before training`,
      )
    const why = (i: number) => `It is one of ${sizes[i]} near-copies of one another.`
    return { scores, scale: 'absolute', groups, why, notes }
  }
}

/** Rows are near one another whatever copies lie between them; of wide ones, which are compared along axes, that cannot be told. */
async function neighboursOf(view: WindowView): Promise<Neighbours> {
  const neighbours = await view.neighbours()
  if (view.samples.kind !== 'table' || (await view.reduced()).cols >= WIDEST) return neighbours
  return uncrowded(neighbours, view.samples.columns, view.n)
}

const NONE: ReadonlySet<Int32Array> = new Set()

/**
 * A group of fewer exchanges than this share of the records is natural: a question that is asked again has the same
 * answer.
 */
const ASKED_AGAIN = 0.01

/** Weight of the evidence below the margin, which keeps its order. */
const WITHIN_MARGIN = 0.25

function tempered(evidence: number, margin: number): number {
  return Math.min(evidence, margin) * (margin > 0 ? WITHIN_MARGIN : 1) + Math.max(0, evidence - margin)
}

/**
 * In a table of fewer rows, any group smaller than a flood shows that the rows repeat one another; in a larger table,
 * only a group of five to nine.
 */
const TELLING = 1000
/** A table of fewer rows is always taken to repeat itself. */
const LEAST_TELLING = 200
/** Groups smaller than this are natural whatever their number; a flood is larger. */
const FLOOD = 10
/** Smallest size from which the number of groups falls faster. */
const MIDDLING = 5
/**
 * When large groups (of `FLOOD` and more) are natural: there are at least `groups` of them, and at most `timesSmaller`
 * times as many as middling ones; and the logarithms of the sizes from `from` on have at least the deviation `spread`.
 * Frames of one animation are as many as its steps, or fewer in a window with some of them alone; they need no middling
 * groups.
 */
const OWN_LAW = {
  groups: 8,
  from: FLOOD,
  spread: 0.35,
  timesSmaller: 2,
  exponentFrom: (logs: readonly number[]) => 1 / meanOf(logs),
}
const LAW_OF_FRAMES = { groups: 8, from: MIDDLING, spread: 0.08, timesSmaller: Infinity, exponentFrom: byMedian }
/** Added to every window: one pair, with threes and fours in the proportion of this exponent. */
const USUAL_PAIRS = 1
const USUAL_EXPONENT = 2.5
/**
 * Largest exponent from pairs to fives. It is larger in tables: two rows of few columns are near by chance, three
 * hardly ever.
 */
const STEEPEST = 3
const STEEPEST_IN_TABLES = 8
/** Usual exponent from fives on, and how many groups it counts as. */
const STEEPER = 3
const STEEPER_WEIGHT = 3

/**
 * How records of a kind are alike by nature: rows by their values, pictures as families of a design or an animation.
 */
type Repeats = 'seldom' | 'in many ways' | 'in families'
const REPEATS: Partial<Record<Samples['kind'], Repeats>> = { table: 'in many ways', image: 'in families' }

/**
 * Returns how surprising a group of `size` is among groups of these sizes: a log-likelihood ratio in nats, and the
 * share of the groups of its size or more that are not natural. The number of natural groups of size s or more falls as
 * a power of s: from pairs to fives by the counts of pairs, threes and fours; from five on, faster, by the sizes from
 * five to nine. Groups of ten and more may be a flood, and take no part except where `ownLaw` holds, in tables and
 * images. In tables pairs have reasons of their own, and predict at most `USUAL_PAIRS` groups of five and more.
 */
export function sizeEvidence(
  sizes: readonly number[],
  repeats: Repeats = 'seldom',
): (size: number) => { evidence: number; posterior: number } {
  const count = (from: number, to: number) => sizes.filter((size) => size >= from && size < to).length
  const pairs = count(2, 3) + USUAL_PAIRS
  const threes = count(3, 5) + USUAL_PAIRS * threesPerPair(USUAL_EXPONENT)
  const byPairs =
    repeats !== 'in many ways'
      ? fivesByPairs(pairs, threes, STEEPEST)
      : Math.min(USUAL_PAIRS, Math.max(USUAL_FIVES, fivesByPairs(pairs, threes, STEEPEST_IN_TABLES)))
  const middling = Math.max(byPairs, count(MIDDLING, FLOOD))
  // Hill's estimator, drawn toward the usual exponent; a size counts as half a step more.
  let logs = STEEPER_WEIGHT / STEEPER
  for (const size of sizes) if (size >= MIDDLING && size < FLOOD) logs += Math.log((size + 0.5) / MIDDLING)
  const steeper = (count(MIDDLING, FLOOD) + STEEPER_WEIGHT) / logs
  const large = sizes.filter((size) => size >= FLOOD)
  const ofThemselves =
    repeats === 'seldom' ? () => 0 : ownLaw(sizes, repeats === 'in families' ? LAW_OF_FRAMES : OWN_LAW)
  const tried = Math.log(Math.max(1, new Set(large).size))
  return (size) => {
    const observed = sizes.filter((other) => other >= size).length
    const expected = Math.max(middling * (size / MIDDLING) ** -steeper, ofThemselves(size))
    if (size < FLOOD || observed <= expected) return { evidence: 0, posterior: 0 }
    const ratio = observed * Math.log(observed / expected) - observed + expected
    return { evidence: Math.max(0, ratio - tried), posterior: 1 - expected / observed }
  }
}

/**
 * Returns how many large groups of a size or more are natural, by a power law of their own: 0 unless there are many
 * large groups of many sizes, like the rows of an address book by the sizes of cities (Zipf 1949). Copies that somebody
 * made are as many each time, so that their sizes differ too little.
 */
function ownLaw(
  sizes: readonly number[],
  { groups, from, spread, timesSmaller, exponentFrom }: typeof OWN_LAW,
): (size: number) => number {
  const large = sizes.filter((size) => size >= FLOOD)
  const smaller = sizes.filter((size) => size >= MIDDLING && size < FLOOD).length
  if (large.length < groups || large.length > timesSmaller * smaller) return () => 0
  const logsOf = (of: readonly number[]) => of.map((size) => Math.log((size + 0.5) / FLOOD))
  if (deviation(logsOf(sizes.filter((size) => size >= from))) < spread) return () => 0
  const exponent = exponentFrom(logsOf(large))
  return (size) => large.length * (size / FLOOD) ** -exponent
}

/** The exponent of a power law by the median of the logarithms, which a few floods among families do not move. */
function byMedian(logs: readonly number[]): number {
  const sorted = logs.toSorted((a, b) => a - b)
  return Math.LN2 / sorted[Math.floor((sorted.length - 1) / 2)]!
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0)
}

function deviation(values: readonly number[]): number {
  const mean = meanOf(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0))
}

/** How many groups of five and more follow from so many pairs, and so many threes and fours. */
function fivesByPairs(pairs: number, threes: number, steepest: number): number {
  const alpha = exponentOf(threes / pairs, steepest)
  return ((pairs + threes) / (2 ** -alpha - MIDDLING ** -alpha)) * MIDDLING ** -alpha
}

/**
 * Whether a table's rows form groups by nature, beyond the pairs and threes of chance and double entry: then a flood
 * may be one more of them. Few rows do not show it: any group smaller than a flood counts below `TELLING` rows, and
 * below `LEAST_TELLING` the answer is always yes.
 */
function repeatsItself(sizes: readonly number[], n: number): boolean {
  const least = n < TELLING ? 2 : MIDDLING
  return n < LEAST_TELLING || sizes.some((size) => size >= least && size < FLOOD)
}

/** Groups of five and more in a window without groups. */
const USUAL_FIVES = fivesByPairs(USUAL_PAIRS, USUAL_PAIRS * threesPerPair(USUAL_EXPONENT), STEEPEST)

/** The exponent at which threes and fours are `ratio` times as many as pairs, within 1 … `steepest`, by bisection. */
function exponentOf(ratio: number, steepest: number): number {
  let [low, high] = [1, steepest]
  for (let step = 0; step < 40; step++) {
    const alpha = (low + high) / 2
    if (threesPerPair(alpha) > ratio) low = alpha
    else high = alpha
  }
  return (low + high) / 2
}

function threesPerPair(alpha: number): number {
  return (3 ** -alpha - 5 ** -alpha) / (2 ** -alpha - 3 ** -alpha)
}

/** The pairs that are alike, too, in what the features leave out. */
function alike(
  view: WindowView,
  pairs: Iterable<[number, number]>,
  blank: ReadonlySet<number>,
): Iterable<[number, number]> {
  if (view.samples.kind === 'image') return blank.size === 0 ? pairs : without(blank, pairs)
  if (view.samples.kind === 'table') return equalCategories(view.samples.columns, pairs)
  const texts = view.labels === null ? view.texts() : null
  return texts === null ? pairs : equalTexts(texts, pairs)
}

function* without(left: ReadonlySet<number>, pairs: Iterable<[number, number]>): Generator<[number, number]> {
  for (const [i, j] of pairs) if (!left.has(i) && !left.has(j)) yield [i, j]
}

/** Values of a channel, from 0 to 1, that differ by less are equal: one and a half steps of eight bits. */
const ONE_VALUE = 1.5 / 255

/** Images of one colour: they are alike because they show nothing, as rows without values do. */
function blankImages(samples: Samples): ReadonlySet<number> {
  if (samples.kind !== 'image') return new Set()
  const { pixels, channels } = samples
  const isBlank = (i: number) => {
    const values = row(pixels, i)
    return values.every((value, at) => Math.abs(value - values[at % channels]!) < ONE_VALUE)
  }
  return new Set([...Array.from({ length: pixels.rows }).keys()].filter(isBlank))
}

function* withoutContent({ size }: ReadonlySet<number>): Generator<string> {
  if (size < FLOOD) return
  yield `near-duplicates: ${size} images are of one colour: that is no likeness, and they teach nothing`
}

function* saidOften(phrases: ReadonlySet<Int32Array>): Generator<string> {
  const records = [...phrases].reduce((sum, { length }) => sum + length, 0)
  if (records === 0) return
  yield `near-duplicates: ${records} records are phrases of few words that recur, ${phrases.size} in all: how often says nothing`
}

/** Columns depend on one another by more than pairs: so many times as many rows as expected may be alike. */
const SLACK = 3

/**
 * Returns how many rows of a group are not explained: neither by how common their values are, nor by as many rows
 * beside the group, where values are the steps of a scale. A group of fewer than five keeps its size.
 */
function unexplained(
  columns: readonly TableColumn[],
  n: number,
  around: (members: Int32Array) => Crowd,
): (members: Int32Array) => number {
  const byValues = rowsByValues(
    columns.filter((column) => !countsRows(column)),
    n,
  )
  const sizes = new WeakMap<Int32Array, number>()
  return (members) => {
    const known = sizes.get(members)
    if (known !== undefined) return known
    const { length } = members
    const size =
      length < MIDDLING
        ? length
        : Math.max(1, Math.round(length - Math.max(SLACK * byValues(members), around(members).beside)))
    sizes.set(members, size)
    return size
  }
}

/** Share of the columns in which rows have no value when they are noted as empty. */
const EMPTY = 0.8
/** Columns in which such rows have values at most. */
const MOST_NAMED = 3

function* withoutValues(columns: readonly TableColumn[], members: Int32Array): Generator<string> {
  if (members.length < FLOOD) return
  const filled = columns.filter((column) => !countsRows(column) && !areWithout(column, members)).map(({ name }) => name)
  if (filled.length > Math.min(MOST_NAMED, (1 - EMPTY) * columns.length)) return
  const but = filled.length === 0 ? '' : ` but ${filled.join(', ')}`
  yield `near-duplicates: ${members.length} records have no value in any feature${but}: that is no likeness, and they teach nothing`
}

/** Whether a column numbers the rows: different whole numbers, with few left out between them. */
function countsRows(column: TableColumn): boolean {
  if (column.type !== 'number') return false
  const { values } = column
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    if (!Number.isInteger(value)) return false
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return NUMBERED * (most - least) < values.length && new Set(values).size === values.length
}

/**
 * Share of different values in a category that only numbers the rows, and share of its range that a numbering column
 * fills.
 */
const NUMBERED = 0.9

/** The pairs with equal values in every category, except those that only number the rows. */
function* equalCategories(
  columns: readonly TableColumn[],
  pairs: Iterable<[number, number]>,
): Generator<[number, number]> {
  const categories = columns
    .flatMap((column) => (column.type === 'category' ? [column.values ?? column.codes] : []))
    .filter((values) => new Set(values).size < NUMBERED * values.length)
  for (const [i, j] of pairs) if (categories.every((values) => values[i] === values[j])) yield [i, j]
}

/** The pairs that differ only in letter case and white space: texts without labels are alike in form by nature. */
function* equalTexts(texts: readonly string[], pairs: Iterable<[number, number]>): Generator<[number, number]> {
  const plain = texts.map((text) => text.toLowerCase().replace(/\s+/g, ' ').trim())
  for (const [i, j] of pairs) if (plain[i] !== '' && plain[i] === plain[j]) yield [i, j]
}

function flood(members: Int32Array, evidence: number, posterior: number, labels: Grouping | null): Group {
  const label = sharedLabel(members, labels)
  const toward = label < 0 ? '' : ` labelled ${labels?.names[label]}`
  return {
    members,
    posterior: new Float64Array(members.length).fill(posterior),
    evidence,
    label,
    summary: `${members.length} near-copies of one record${toward}`,
  }
}
