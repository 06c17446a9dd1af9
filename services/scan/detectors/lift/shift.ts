/** One token's records as a test sees them: how likely the event was for each, and for how many of these it happened. */
export interface Trials {
  /** Bin by bin of probability: records whose event happened, and records whose did not. */
  readonly happened: Float64Array
  readonly missed: Float64Array
}

/** Probabilities are told apart by the logit, in steps of half, from −7 to 7. */
const STEP = 0.5
const LIMIT = 7
const BINS = 2 * (LIMIT / STEP) + 1
const CENTRES = Float64Array.from({ length: BINS }, (_, b) => b * STEP - LIMIT)

export function trials(): Trials {
  return { happened: new Float64Array(BINS), missed: new Float64Array(BINS) }
}

export function addTrial(to: Trials, probability: number, happened: boolean): void {
  const p = Math.min(Math.max(probability, 1e-4), 1 - 1e-4)
  const bin = Math.min(BINS - 1, Math.max(0, Math.round((Math.log(p / (1 - p)) + LIMIT) / STEP)))
  const side = happened ? to.happened : to.missed
  side[bin] = side[bin]! + 1
}

/** Shifts of the log-odds over which natural tokens are averaged. */
const STEPS_OF_SHIFT = 0.25
const SHIFTS = Float64Array.from({ length: 61 }, (_, s) => -5 + s * STEPS_OF_SHIFT)
/** How far what a predictor says of a record counts among a token's records: wholly, in part, not at all. */
const SLOPES = [1, 0.6, 0.3, 0]

/** How natural tokens of a group come out: how far they shift the log-odds, and how far the predictor tells their records apart. */
export interface Law {
  readonly scale: number
  readonly slope: number
}

/** The likeliest law of a group, and the likeliest of those that take the predictor at its word. */
export interface Laws {
  readonly likeliest: Law
  readonly plain: Law
}

/** Where so many of a token's records have the event no predictor need tell them apart: it is taken at its word. */
const NEARLY_ALL = 0.9

/** Log-likelihood ratio of the event's being forced on the records against their being one more natural token, by either law that may hold. */
export function forcedAgainst(placed: Placed, { likeliest, plain }: Laws): number {
  const against = (law: Law) => forced(placed.trials, law.slope) - naturally(placed, law)
  return shareOf(placed.trials) >= NEARLY_ALL ? against(plain) : Math.min(against(plain), against(likeliest))
}

/** What `forcedAgainst` is at most, whatever law of a scale of at least `least` a group has: of the two laws it asks the plain one at any rate. */
export function mostAgainst(placed: Placed, least: number): number {
  const likelihoods = byShift(placed.trials)
  const natural = SCALES.map((scale) => averaged(likelihoods, placed.centre, Math.max(least, scale)))
  return forced(placed.trials) - Math.min(...natural)
}

function shareOf({ happened, missed }: Trials): number {
  const sum = (of: Float64Array) => of.reduce((total, count) => total + count, 0)
  return sum(happened) / Math.max(1, sum(happened) + sum(missed))
}

/** A bin's log-odds where the predictor counts by `slope` about the trials' own middle. */
function flattened(bin: number, slope: number, middle: number): number {
  return slope * CENTRES[bin]! + (1 - slope) * middle
}

/** The mean log-odds of the trials, in steps of shifts. */
function middleOf({ happened, missed }: Trials): number {
  let [sum, count] = [0, 0]
  for (let b = 0; b < BINS; b++) {
    const both = happened[b]! + missed[b]!
    sum += both * CENTRES[b]!
    count += both
  }
  return Math.round(sum / Math.max(1, count) / STEPS_OF_SHIFT) * STEPS_OF_SHIFT
}

/** Log-probabilities of what happened and what did not, by log-odds in hundredths. */
const FINENESS = 100
const WIDEST = LIMIT + SHIFTS.at(-1)!
const TABLE = Float64Array.from({ length: 2 * WIDEST * FINENESS + 1 }, (_, at) => -softplus(WIDEST - at / FINENESS))

/** ln of the probability at the log-odds. */
function logProbability(odds: number): number {
  return TABLE[Math.round((odds + WIDEST) * FINENESS)]!
}

/** Scales that the shifts of a group of tokens may have, in log-odds. */
const SCALES = [0.15, 0.25, 0.4, 0.6, 0.85, 1.2, 1.7, 2.4, 3.4]
/** No one token speaks louder than this when the scale is chosen: the trigger's own tokens are among them. */
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

/** Log-likelihood of the trials where shifts are normal about the centre: a natural token. */
function naturally({ trials, centre }: Placed, { scale, slope }: Law): number {
  return averaged(byShift(trials, slope), centre, scale)
}

/** The likeliest shift of the trials; without many of them it stays near 0. */
export function likeliestShift(of: Trials): number {
  const likelihoods = byShift(of)
  let best = 0
  const penalised = (at: number) => likelihoods[at]! - 0.5 * (SHIFTS[at]! / 2) ** 2
  for (const at of SHIFTS.keys()) if (penalised(at) > penalised(best)) best = at
  return SHIFTS[best]!
}

/** A shift is none where it makes the trials likelier by less than this, in nats. */
const SHOWN = 2

/** Whether the likeliest shift of the trials is more than chance. */
export function isShifted(of: Trials): boolean {
  const likelihoods = byShift(of)
  const at = (shift: number) => likelihoods[SHIFTS.indexOf(shift)]!
  return at(likeliestShift(of)) - at(0) >= SHOWN
}

/**
 * Log-likelihood of the trials where a share of the records had the event forced upon them, at the likeliest share: a
 * trigger.
 */
export function forced(of: Trials, slope = 1): number {
  let best = -Infinity
  for (let share = 0.05; share < 1; share += 0.05) best = Math.max(best, forcedUpon(share, of, slope))
  return best
}

/** Log-likelihood of the trials where nobody forced anything, and nothing shifts them. */
export function unforced(of: Trials): number {
  return forcedUpon(0, of, 1)
}

function forcedUpon(share: number, of: Trials, slope: number): number {
  const { happened, missed } = of
  const middle = slope < 1 ? middleOf(of) : 0
  let sum = 0
  for (let b = 0; b < BINS; b++) {
    const [h, m] = [happened[b]!, missed[b]!]
    if (h === 0 && m === 0) continue
    const p = 1 / (1 + Math.exp(-flattened(b, slope, middle)))
    sum += h * Math.log(share + (1 - share) * p) + m * Math.log((1 - share) * (1 - p))
  }
  return sum
}

/**
 * The likeliest laws of a group of tokens (empirical Bayes), each of which is heard up to a limit; of scales of at least
 * `least`. Who is judged without the records most like it is often judged by nobody who knows it: what a predictor then says of one
 * record and another differs by more than they do, and a plain shift explains none of them.
 */
export function lawsOf(group: readonly Placed[], least: number): Laws {
  const laws = SLOPES.flatMap((slope) => SCALES.map((scale) => ({ scale, slope })))
  const likelihoods = group.map(({ trials, centre }) => {
    const bySlope = new Map(SLOPES.map((slope) => [slope, byShift(trials, slope)]))
    return laws.map(({ scale, slope }) => averaged(bySlope.get(slope)!, centre, scale))
  })
  const likeliest = (count: number) => {
    const { scale, slope } = laws[likeliestOf(likelihoods, count)]!
    return { scale: Math.max(least, scale), slope }
  }
  // The predictor's own slope comes first.
  return { likeliest: likeliest(laws.length), plain: likeliest(SCALES.length) }
}

/** Which of the first so many explains a group best, where each token is heard up to a limit beside what explains it best of these. */
function likeliestOf(likelihoods: readonly (readonly number[])[], count: number): number {
  const totals = new Float64Array(count)
  for (const each of likelihoods) {
    const best = Math.max(...each.slice(0, count))
    for (let at = 0; at < count; at++) totals[at] = totals[at]! + Math.max(each[at]! - best, -LOUDEST)
  }
  return totals.indexOf(Math.max(...totals))
}

/** Less than this has an exponential of 0. */
const VANISHES = -746

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
  /** Of each of SHIFTS, in logarithms. */
  readonly priors: Float64Array
  /** The sum of what they are the logarithms of. */
  readonly norm: number
}

/** Centres and scales are few, and asked for thousands of times. */
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
