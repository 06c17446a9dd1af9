import type { Samples } from '../../view/samples.ts'

/** Weight of the evidence below the margin, which keeps its order. */
const WITHIN_MARGIN = 0.25

/** Evidence of which the part up to the margin, in nats, counts a quarter. */
export function tempered(evidence: number, margin: number): number {
  return Math.min(evidence, margin) * (margin > 0 ? WITHIN_MARGIN : 1) + Math.max(0, evidence - margin)
}

/**
 * In a table of fewer rows, any group smaller than a flood shows that the rows repeat one another; in a larger table,
 * only a group of five to nine.
 */
const TELLING = 1000
/** A table of fewer rows is always taken to repeat itself. */
export const LEAST_TELLING = 200
/** Groups smaller than this are natural whatever their number; a flood is larger. */
export const FLOOD = 10
/** Smallest size from which the number of groups falls faster. */
export const MIDDLING = 5
/**
 * When large groups (of `FLOOD` and more) are natural: there are at least `groups` of them, and at most `timesSmaller`
 * times as many as middling ones; and the logarithms of the sizes from `from` on have at least the deviation `spread`.
 * Frames of one animation are as many as its steps, or fewer in a window with some of them alone; they need no middling
 * groups.
 */
interface OwnLaw {
  readonly groups: number
  readonly from: number
  readonly spread: number
  readonly timesSmaller: number
  /** By the logarithms of the sizes of all large groups, and of those smaller than the one in question. */
  readonly exponentFrom: (all: readonly number[], smaller: readonly number[]) => number
}
const OWN_LAW: OwnLaw = {
  groups: 8,
  from: FLOOD,
  spread: 0.35,
  timesSmaller: 2,
  exponentFrom: (logs) => 1 / meanOf(logs),
}
const LAW_OF_FRAMES: OwnLaw = {
  groups: 8,
  from: MIDDLING,
  spread: 0.08,
  timesSmaller: Infinity,
  exponentFrom: byMedian,
}
/** What a set of texts repeats is as many as it is, and a larger group is judged by the smaller ones (ADR 146). */
const LAW_OF_TEXTS: OwnLaw = { ...LAW_OF_FRAMES, timesSmaller: 2, exponentFrom: bySmaller }
const LAWS = { 'in many ways': OWN_LAW, 'in families': LAW_OF_FRAMES, 'word for word': LAW_OF_TEXTS }
/** Added to every window: one pair, with threes and fours in the proportion of this exponent. */
const USUAL_PAIRS = 1
const USUAL_EXPONENT = 2.5
/**
 * Largest exponent from pairs to fives. It is larger in tables: two rows of few columns are near by chance, three
 * hardly ever.
 */
const STEEPEST = 3
const STEEPEST_IN_TABLES = 8
/** Earlier windows of fewer rows in all do not show how often a table repeats itself. */
export const SHOWN_BEFORE = TELLING
/** Usual exponent from fives on, and how many groups it counts as. */
const STEEPER = 3
const STEEPER_WEIGHT = 3

/** A table hardly repeats itself where at most so many groups are smaller than a flood, and so many of them larger than pairs. */
const HARDLY = 8
const HARDLY_THREES = 2
/** Groups of five and more for each group of such a table: in 448 public ones no group was as large as a flood (ADR 235). */
const FIVES_PER_GROUP = 0.005
/** Smaller groups of such a table are not ranked. */
const LEAST_RANKED = 4

/**
 * How records of a kind are alike by nature: rows by their values, pictures as families of a design or an animation, texts
 * as what a set repeats, such as a licence or a page under several names.
 */
type Repeats = 'seldom' | keyof typeof LAWS

/** The groups that earlier windows had by nature, in so many as a window of as many rows as this one would have. */
export interface GroupsBefore {
  readonly sizes: readonly number[]
  /** How many groups of each size. */
  readonly counts: readonly number[]
}
const NONE_BEFORE: GroupsBefore = { sizes: [], counts: [] }
export const REPEATS: Partial<Record<Samples['kind'], Repeats>> = {
  table: 'in many ways',
  image: 'in families',
  text: 'word for word',
}

/**
 * Returns how surprising a group of `size` is among groups of these sizes: a log-likelihood ratio in nats, and the
 * share of the groups of its size or more that are not natural. The number of natural groups of size s or more falls as
 * a power of s: from pairs to fives by the counts of pairs, threes and fours; from five on, faster, by the sizes from
 * five to nine. Groups of ten and more may be a flood, and take no part except where `ownLaw` holds, in tables,
 * images and texts. In tables pairs have reasons of their own, and predict at most `USUAL_PAIRS` groups of five and more.
 * What earlier windows had by nature, this one may have as well. `hardly`: the table hardly repeats itself, and its groups
 * are counted for what such tables have, so that a group that is too small for a flood has nats by which it is ranked,
 * `ranked`.
 */
export function sizeEvidence(
  sizes: readonly number[],
  repeats: Repeats = 'seldom',
  before = NONE_BEFORE,
  hardly = false,
): (size: number) => { evidence: number; posterior: number; ranked: number } {
  const count = (from: number, to: number) => sizes.filter((size) => size >= from && size < to).length
  const pairs = count(2, 3) + USUAL_PAIRS
  const threes = count(3, 5) + USUAL_PAIRS * threesPerPair(USUAL_EXPONENT)
  const byPairs =
    repeats !== 'in many ways'
      ? fivesByPairs(pairs, threes, STEEPEST)
      : Math.min(USUAL_PAIRS, Math.max(USUAL_FIVES, fivesByPairs(pairs, threes, STEEPEST_IN_TABLES)))
  const usual = (from: number) =>
    before.counts.reduce((sum, groups, k) => sum + (before.sizes[k]! > from - 1 ? groups : 0), 0)
  const middling = Math.max(hardly ? FIVES_PER_GROUP * sizes.length : byPairs, count(MIDDLING, FLOOD), usual(MIDDLING))
  // Hill's estimator, drawn toward the usual exponent; a size counts as half a step more.
  let logs = STEEPER_WEIGHT / STEEPER
  for (const size of sizes) if (size >= MIDDLING && size < FLOOD) logs += Math.log((size + 0.5) / MIDDLING)
  const steeper = (count(MIDDLING, FLOOD) + STEEPER_WEIGHT) / logs
  const large = sizes.filter((size) => size >= FLOOD)
  const ofThemselves = repeats === 'seldom' ? () => 0 : ownLaw(sizes, LAWS[repeats])
  const tried = Math.log(Math.max(1, new Set(large).size))
  return (size) => {
    const observed = sizes.filter((other) => other >= size).length
    const ranked =
      hardly && size >= LEAST_RANKED
        ? surpriseOf(observed, Math.max(FIVES_PER_GROUP * sizes.length * (size / MIDDLING) ** -STEEPER, usual(size)))
        : 0
    if (size < FLOOD) return { evidence: 0, posterior: 0, ranked }
    const expected = Math.max(middling * (size / MIDDLING) ** -steeper, ofThemselves(size), usual(size))
    const evidence = Math.max(0, surpriseOf(observed, expected) - tried)
    return { evidence, posterior: Math.max(0, 1 - expected / observed), ranked }
  }
}

/** The log-likelihood ratio, in nats, of a count above its expectation; 0 of one that is not. */
function surpriseOf(observed: number, expected: number): number {
  return observed > expected ? observed * Math.log(observed / expected) - observed + expected : 0
}

/**
 * Returns how many large groups of a size or more are natural, by a power law of their own: 0 unless there are many
 * large groups of many sizes, like the rows of an address book by the sizes of cities (Zipf 1949). Copies that somebody
 * made are as many each time, so that their sizes differ too little.
 */
function ownLaw(
  sizes: readonly number[],
  { groups, from, spread, timesSmaller, exponentFrom }: OwnLaw,
): (size: number) => number {
  const large = sizes.filter((size) => size >= FLOOD)
  const smaller = sizes.filter((size) => size >= MIDDLING && size < FLOOD).length
  if (large.length < groups || large.length > timesSmaller * smaller) return () => 0
  const logsOf = (of: readonly number[]) => of.map((size) => Math.log((size + 0.5) / FLOOD))
  if (deviation(logsOf(sizes.filter((size) => size >= from))) < spread) return () => 0
  return (size) => {
    const exponent = exponentFrom(logsOf(large), logsOf(large.filter((other) => other < size)))
    return large.length * (size / FLOOD) ** -exponent
  }
}

/** Hill's estimator by the groups that are smaller than the one in question, drawn toward the usual exponent. */
function bySmaller(_all: readonly number[], smaller: readonly number[]): number {
  const sum = smaller.reduce((total, log) => total + log, 0)
  return (smaller.length + STEEPER_WEIGHT) / (sum + STEEPER_WEIGHT / STEEPER)
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
export function repeatsItself(sizes: readonly number[], n: number): boolean {
  const least = n < TELLING ? 2 : MIDDLING
  return n < LEAST_TELLING || sizes.some((size) => size >= least && size < FLOOD)
}

/** Whether a table has next to no near-copies by nature, so that a flood is somebody's doing; very few rows do not show it. */
export function hardlyRepeats(sizes: readonly number[], n: number): boolean {
  if (n < LEAST_TELLING) return false
  const natural = sizes.filter((size) => size < FLOOD)
  return natural.length <= HARDLY && natural.filter((size) => size > 2).length <= HARDLY_THREES
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
