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
const SHIFTS = Float64Array.from({ length: 61 }, (_, s) => -5 + s * 0.25)
/** Log-probabilities of what happened and what did not, by shift and bin. */
const HAPPENS = SHIFTS.length * BINS
const TABLE = new Float64Array(2 * HAPPENS)
SHIFTS.forEach((shift, s) => {
  CENTRES.forEach((centre, b) => {
    TABLE[s * BINS + b] = -softplus(-(centre + shift))
    TABLE[HAPPENS + s * BINS + b] = -softplus(centre + shift)
  })
})

/** Scales that the shifts of a group of tokens may have, in log-odds. */
const SCALES = [0.15, 0.25, 0.4, 0.6, 0.85, 1.2, 1.7, 2.4, 3.4]
/** No one token speaks louder than this when the scale is chosen: the trigger's own tokens are among them. */
const LOUDEST = 3

/** Log-likelihood of the trials for each of SHIFTS. */
function byShift({ happened, missed }: Trials): Float64Array {
  const out = new Float64Array(SHIFTS.length)
  for (let b = 0; b < BINS; b++) {
    const [h, m] = [happened[b]!, missed[b]!]
    if (h === 0 && m === 0) continue
    for (let s = 0; s < SHIFTS.length; s++) {
      out[s] = out[s]! + h * TABLE[s * BINS + b]! + m * TABLE[HAPPENS + s * BINS + b]!
    }
  }
  return out
}

/** A natural token: how its trials came out, and the shift that its surroundings lead to expect. */
export interface Placed {
  readonly trials: Trials
  readonly centre: number
}

/** Log-likelihood of the trials where shifts are normal about the centre: a natural token. */
export function naturally({ trials, centre }: Placed, scale: number): number {
  return averaged(byShift(trials), centre, scale)
}

/** The likeliest shift of the trials; without many of them it stays near 0. */
export function likeliestShift(of: Trials): number {
  const likelihoods = byShift(of)
  let best = 0
  SHIFTS.forEach((shift, s) => {
    const penalised = (at: number) => likelihoods[at]! - 0.5 * (SHIFTS[at]! / 2) ** 2
    if (shift !== undefined && penalised(s) > penalised(best)) best = s
  })
  return SHIFTS[best]!
}

/**
 * Log-likelihood of the trials where a share of the records had the event forced upon them, at the likeliest share: a
 * trigger.
 */
export function forced(of: Trials): number {
  let best = -Infinity
  for (let share = 0.05; share < 1; share += 0.05) best = Math.max(best, forcedUpon(share, of))
  return best
}

/** Log-likelihood of the trials where nobody forced anything, and nothing shifts them. */
export function unforced(of: Trials): number {
  return forcedUpon(0, of)
}

function forcedUpon(share: number, { happened, missed }: Trials): number {
  let sum = 0
  for (let b = 0; b < BINS; b++) {
    const [h, m] = [happened[b]!, missed[b]!]
    if (h === 0 && m === 0) continue
    const p = 1 / (1 + Math.exp(-CENTRES[b]!))
    sum += h * Math.log(share + (1 - share) * p) + m * Math.log((1 - share) * (1 - p))
  }
  return sum
}

/**
 * The likeliest scale of the shifts of a group of tokens (empirical Bayes), each of which is heard up to a limit; at
 * least `least`.
 */
export function scaleOf(group: readonly Placed[], least: number): number {
  const totals = new Float64Array(SCALES.length)
  for (const { trials, centre } of group) {
    const likelihoods = byShift(trials)
    const each = SCALES.map((scale) => averaged(likelihoods, centre, scale))
    const best = Math.max(...each)
    each.forEach((l, at) => (totals[at] = totals[at]! + Math.max(l - best, -LOUDEST)))
  }
  let best = 0
  for (let at = 1; at < SCALES.length; at++) if (totals[at]! > totals[best]!) best = at
  return Math.max(least, SCALES[best]!)
}

function averaged(likelihoods: Float64Array, centre: number, scale: number): number {
  const { priors, norm } = priorOf(centre, scale)
  let peak = -Infinity
  for (let s = 0; s < priors.length; s++) peak = Math.max(peak, likelihoods[s]! + priors[s]!)
  let sum = 0
  for (let s = 0; s < priors.length; s++) sum += Math.exp(likelihoods[s]! + priors[s]! - peak)
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
