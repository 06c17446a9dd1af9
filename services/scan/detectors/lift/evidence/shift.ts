import { binOf, BINS, LIMIT, STEP } from './bins.ts'

/**
 * A token's records as a test sees them: counts by how likely the event was for a record, apart for records whose event
 * happened.
 */
export interface Trials {
  /** By bin of probability: how many records' event happened, and how many records' did not. */
  readonly happened: Float64Array
  readonly missed: Float64Array
}

const CENTRES = Float64Array.from({ length: BINS }, (_, b) => b * STEP - LIMIT)

export function trials(): Trials {
  return { happened: new Float64Array(BINS), missed: new Float64Array(BINS) }
}

export function addTrial(to: Trials, probability: number, happened: boolean): void {
  const bin = binOf(probability)
  const side = happened ? to.happened : to.missed
  side[bin] = side[bin]! + 1
}

/** The shifts of the log-odds, −5 to 10 in steps of a quarter, over which a natural token's likelihood is averaged. */
const STEPS_OF_SHIFT = 0.25
const SHIFTS = Float64Array.from({ length: 61 }, (_, s) => -5 + s * STEPS_OF_SHIFT)
/** The place of no shift. */
const UNSHIFTED = SHIFTS.indexOf(0)
/**
 * Slopes of a law (ADR 89): how far the predictor's differences among a token's records count, from wholly to not at
 * all.
 */
const SLOPES = [1, 0.6, 0.3, 0]

/**
 * A law of the natural tokens of a group: the deviation of their shifts, in log-odds, and the slope by which the
 * predictor's differences among their records count.
 */
export interface Law {
  readonly scale: number
  readonly slope: number
}

/** The likeliest law of a group, and the likeliest of slope 1, which takes the predictor as it is. */
export interface Laws {
  readonly likeliest: Law
  readonly plain: Law
}

/**
 * Where at least this share of a token's records have the event, there are no differences to explain: the predictor is
 * taken as it is.
 */
const NEARLY_ALL = 0.9

/**
 * The log-likelihood ratio of two explanations: the event was forced on the records, or they hold one more natural
 * token. The lesser of the ratios under both laws counts, unless nearly all records have the event.
 */
export function forcedAgainst(placed: Placed, { likeliest, plain }: Laws): number {
  const against = (law: Law) => forced(placed.trials, law.slope) - naturally(placed, law)
  return shareOf(placed.trials) >= NEARLY_ALL ? against(plain) : Math.min(against(plain), against(likeliest))
}

/**
 * The most that `forcedAgainst` can return, for any laws with a scale of at least `least`. It follows from the plain
 * law alone, which is always asked.
 */
export function mostAgainst(placed: Placed, least: number): number {
  const likelihoods = byShift(placed.trials)
  const natural = SCALES.map((scale) => averaged(likelihoods, placed.centre, Math.max(least, scale)))
  return forced(placed.trials) - Math.min(...natural)
}

function shareOf({ happened, missed }: Trials): number {
  const sum = (of: Float64Array) => of.reduce((total, count) => total + count, 0)
  return sum(happened) / Math.max(1, sum(happened) + sum(missed))
}

/** A bin's log-odds with its distance from `middle` multiplied by `slope`. */
function flattened(bin: number, slope: number, middle: number): number {
  return slope * CENTRES[bin]! + (1 - slope) * middle
}

/** The mean log-odds of the trials, rounded to a step of shifts. */
function middleOf({ happened, missed }: Trials): number {
  let [sum, count] = [0, 0]
  for (let b = 0; b < BINS; b++) {
    const both = happened[b]! + missed[b]!
    sum += both * CENTRES[b]!
    count += both
  }
  return Math.round(sum / Math.max(1, count) / STEPS_OF_SHIFT) * STEPS_OF_SHIFT
}

/** ln of probabilities, by log-odds in hundredths. */
const FINENESS = 100
const WIDEST = LIMIT + SHIFTS.at(-1)!
const TABLE = Float64Array.from({ length: 2 * WIDEST * FINENESS + 1 }, (_, at) => -softplus(WIDEST - at / FINENESS))

/** ln of the probability at the log-odds. */
function logProbability(odds: number): number {
  return TABLE[Math.round((odds + WIDEST) * FINENESS)]!
}

/** The scales that the shifts of a group may have, in log-odds. */
const SCALES = [0.15, 0.25, 0.4, 0.6, 0.85, 1.2, 1.7, 2.4, 3.4]
/**
 * One token counts against a law by at most this many nats when the law is chosen: the trigger's own tokens are in the
 * group.
 */
const LOUDEST = 3

/** Bin by bin, and shift by shift of each: ln of the probability that an event happens, and that it does not. */
interface Shifted {
  readonly happens: Float64Array
  readonly misses: Float64Array
}

/** Slopes and middles are few, and asked for thousands of times. */
const tables = new Map<number, Shifted>()

function shiftedBy(slope: number, middle: number): Shifted {
  const key = middle * 1000 + slope
  let found = tables.get(key)
  if (found === undefined) {
    const odds = (at: number) => flattened(Math.floor(at / SHIFTS.length), slope, middle) + SHIFTS[at % SHIFTS.length]!
    const happens = Float64Array.from({ length: BINS * SHIFTS.length }, (_, at) => logProbability(odds(at)))
    found = { happens, misses: happens.map((_, at) => logProbability(-odds(at))) }
    tables.set(key, found)
  }
  return found
}

/** Log-likelihood of the trials for each of SHIFTS. */
function byShift(of: Trials, slope = 1): Float64Array {
  const out = new Float64Array(SHIFTS.length)
  const table = shiftedBy(slope, slope < 1 ? middleOf(of) : 0)
  for (let b = 0; b < BINS; b++) {
    const [h, m] = [of.happened[b]!, of.missed[b]!]
    if (h !== 0 || m !== 0) addBin(out, table, b * SHIFTS.length, h, m)
  }
  return out
}

function addBin(out: Float64Array, { happens, misses }: Shifted, first: number, h: number, m: number): void {
  for (let s = 0; s < out.length; s++) out[s] = out[s]! + h * happens[first + s]! + m * misses[first + s]!
}

/** A natural token: how its trials came out, and the shift that its surroundings lead to expect. */
export interface Placed {
  readonly trials: Trials
  readonly centre: number
}

/** The log-likelihood of the trials if the token is natural: its shift is normal about the centre. */
function naturally({ trials, centre }: Placed, { scale, slope }: Law): number {
  return averaged(byShift(trials, slope), centre, scale)
}

/** The likeliest shift of the trials, under a normal prior of deviation 2 about 0: few trials leave it near 0. */
export function likeliestShift(of: Trials): number {
  const likelihoods = byShift(of)
  let best = 0
  const penalised = (at: number) => likelihoods[at]! - 0.5 * (SHIFTS[at]! / 2) ** 2
  for (const at of SHIFTS.keys()) if (penalised(at) > penalised(best)) best = at
  return SHIFTS[best]!
}

/** A shift counts as shown where it makes the trials likelier by at least this many nats. */
const SHOWN = 2

/** Whether the likeliest shift of the trials is beyond chance. */
export function isShifted(of: Trials): boolean {
  const likelihoods = byShift(of)
  const at = (shift: number) => likelihoods[SHIFTS.indexOf(shift)]!
  return at(likeliestShift(of)) - at(0) >= SHOWN
}

/** The log-likelihood of the trials if a trigger forced the event on a share of the records, at the likeliest share. */
export function forced(of: Trials, slope = 1): number {
  const likely = likelyOf(of, slope)
  let best = -Infinity
  for (let share = 0.05; share < 1; share += 0.05) best = Math.max(best, forcedUpon(share, of, likely))
  return best
}

/** The log-likelihood of the trials if the event was forced on no record and nothing shifts it. */
export function unforced(of: Trials): number {
  return forcedUpon(0, of, likelyOf(of, 1))
}

/** By bin: how likely the event is if nothing forces or shifts it. */
function likelyOf(of: Trials, slope: number): Float64Array {
  const middle = slope < 1 ? middleOf(of) : 0
  return Float64Array.from({ length: BINS }, (_, b) => 1 / (1 + Math.exp(-flattened(b, slope, middle))))
}

function forcedUpon(share: number, { happened, missed }: Trials, likely: Float64Array): number {
  let sum = 0
  for (let b = 0; b < BINS; b++) {
    const [h, m] = [happened[b]!, missed[b]!]
    if (h === 0 && m === 0) continue
    const p = likely[b]!
    sum += h * Math.log(share + (1 - share) * p) + m * Math.log((1 - share) * (1 - p))
  }
  return sum
}

/** All laws; those of slope 1 come first. */
const LAWS: readonly Law[] = SLOPES.flatMap((slope) => SCALES.map((scale) => ({ scale, slope })))

/** The log-likelihood of a natural token's trials under each of LAWS. */
export function underLaws(placed: Placed): Float64Array {
  return underEach(placed, false)
}

/**
 * The same where a token whose records have the event more seldom than expected counts as one that shifts nothing: how
 * far natural tokens shift the event downwards says nothing of how far they shift it upwards.
 */
export function underLawsUpwards(placed: Placed): Float64Array {
  return underEach(placed, true)
}

function underEach({ trials, centre }: Placed, isUpwards: boolean): Float64Array {
  const out = new Float64Array(LAWS.length)
  let at = 0
  for (const slope of SLOPES) {
    const likelihoods = byShift(trials, slope)
    if (isUpwards) likelihoods.fill(likelihoods[UNSHIFTED]!, 0, UNSHIFTED)
    for (const scale of SCALES) out[at++] = averaged(likelihoods, centre, scale)
  }
  return out
}

/**
 * The likeliest laws of a group of tokens (empirical Bayes), with scales of at least `least`, by what `underLaws` says of
 * each; each token counts up to a limit. The slope is there because records judged without those most like them are
 * judged by distant ones: the predictor's differences among them are then larger than the true ones, and a shift alone
 * explains none of them (ADR 89).
 */
export function lawsOf(group: readonly Float64Array[], least: number): Laws {
  const likeliest = (count: number) => {
    const { scale, slope } = LAWS[likeliestOf(group, count)]!
    return { scale: Math.max(least, scale), slope }
  }
  return { likeliest: likeliest(LAWS.length), plain: likeliest(SCALES.length) }
}

/**
 * Which of the first `count` laws explains the group best. A token counts against a law by at most LOUDEST beside the
 * law that explains it best.
 */
function likeliestOf(likelihoods: readonly Float64Array[], count: number): number {
  const totals = new Float64Array(count)
  for (const each of likelihoods) addToken(totals, each)
  return totals.indexOf(Math.max(...totals))
}

function addToken(totals: Float64Array, each: Float64Array): void {
  let best = -Infinity
  for (let at = 0; at < totals.length; at++) best = Math.max(best, each[at]!)
  for (let at = 0; at < totals.length; at++) totals[at] = totals[at]! + Math.max(each[at]! - best, -LOUDEST)
}

/** The exponential of less than this changes no bit of a sum that holds a 1. */
const VANISHES = -100

function averaged(likelihoods: Float64Array, centre: number, scale: number): number {
  const { priors, norm } = priorOf(centre, scale)
  let peak = -Infinity
  for (let s = 0; s < priors.length; s++) {
    const log = likelihoods[s]! + priors[s]!
    if (log > peak) peak = log
  }
  let sum = 0
  for (let s = 0; s < priors.length; s++) {
    const log = likelihoods[s]! + priors[s]! - peak
    if (log > VANISHES) sum += Math.exp(log)
  }
  return peak + Math.log(sum / norm)
}

interface ShiftPrior {
  /** For each of SHIFTS, ln of its weight. */
  readonly priors: Float64Array
  /** The sum of the weights. */
  readonly norm: number
}

/** There are few centres and scales, and each is asked for thousands of times. */
const known = new Map<number, ShiftPrior>()

function priorOf(centre: number, scale: number): ShiftPrior {
  const key = centre * 1000 + scale
  let found = known.get(key)
  if (found === undefined) {
    const priors = SHIFTS.map((shift) => -0.5 * ((shift - centre) / scale) ** 2)
    found = { priors, norm: priors.reduce((sum, prior) => sum + Math.exp(prior), 0) }
    known.set(key, found)
  }
  return found
}

function softplus(x: number): number {
  return x > 30 ? x : Math.log1p(Math.exp(x))
}
