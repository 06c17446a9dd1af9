import { ascending } from '../numeric/sorted.ts'
import { bumpOdds, FAR } from './bump.ts'
import { ENOUGH_RECORDS } from './enough.ts'
import { isotonic, logAddExp } from './isotonic.ts'
import { byPlace } from './ranks.ts'
import { tailSurprise } from './tail.ts'

/** The prior: one record in a thousand stands apart, evenly anywhere within 40 nats of surprise. */
const PRIOR_SHARE = 1e-3
const PRIOR_RANGE = 40
/**
 * The width of bins of the surprise, in nats; records below BULK_END are taken for clean, however many they are; the
 * last bin ends at HIGHEST.
 */
const BIN = 0.5
const BULK_END = 2.5
const HIGHEST = 60
/**
 * Surprise of a window's middle record from which its scale is said to have moved, a fourth of the history; and from
 * which it is nothing like the history, a thousandth.
 */
const [MOVED, UNLIKE] = [Math.log(4), Math.log(1000)]
/**
 * A window is wider than the history where its records at both of these shares have at least WIDER times the surprise that
 * the history's have there: poison is too few to be among them.
 */
const SHARES = [1 / 2, 3 / 4] as const
const WIDER = 1.25

/**
 * A record that only its rank speaks against has log-odds of RANK_ODDS less ln of the share that ranks as high, up to a
 * ceiling.
 */
const RANK_ODDS = -9
const RANK_CEILING = -1.5
/**
 * Shares of the records, the highest, that may be planted. The tail is fitted once for each share; of these records
 * only the number counts.
 */
export const PLANTED = [0.05, 0.02, 0.01] as const
/**
 * For records with labels that are no texts, a tenth as well: if all that is set aside is planted, the tail must still
 * reach it. Texts from one template, or a kind of row that no label names, are as many by nature.
 */
export const PLANTED_AMONG_LABELLED = [0.1, ...PLANTED] as const
/**
 * MISREAD is the factor by which a tail read from the window itself may be wrong. CAUTION_ALONE and CAUTION are the
 * standard errors that are subtracted from an excess, without history and with it.
 */
export const MISREAD = 1.5
const CAUTION_ALONE = 2.5
const CAUTION = 1.5
/**
 * Where a count only ranks records and holds none, fewer standard errors are enough, and in a small window a tail over
 * a larger share of the scores is read.
 */
const CAUTION_RANKED = 0.75
const SHOULDER_RANKED = 0.4
/**
 * Below these log-odds, the odds by rank fall three times as fast: a low rank must not outweigh what another family
 * finds.
 */
const RANK_SHOULDER = -5
const BELOW_SHOULDER = 3

/** How a channel without history is calibrated. */
export interface Reading {
  /** Shares of the records that may be planted, for scores with a readable tail; null for scores that only rank. */
  readonly planted?: readonly number[] | null
  /** How far out a cluster is no natural kind of the window, in the unit of FAR. */
  readonly far?: number
  /** Whether records below holding are ranked by the excess over the records expected as far out. */
  readonly byExcess?: boolean
  /** Whether records of one score count as one that recurs. */
  readonly copiesAsOne?: boolean
}

/**
 * The log-odds of a relative channel without history. A window that may be poisoned does not show how long its clean
 * tail is, so rank alone never makes a suspect. A cluster does that no clean tail would have, from `far` on: see
 * `bumpOdds`. Scores that thin out fast on clean data of every kind have a tail that can be read from the bulk, once
 * for each share of `planted`: there an excess beyond the tail counts too, though never one record by itself.
 */
export function calibrateAlone(scores: Float64Array, reading: Reading = {}): Float64Array {
  if (reading.copiesAsOne === true) {
    const distinct = new Float64Array(new Set(scores))
    const odds = calibrateAlone(distinct, { ...reading, copiesAsOne: false })
    const of = new Map(Array.from(distinct, (score, k) => [score, odds[k]!] as const))
    return scores.map((score) => of.get(score)!)
  }
  const { planted = null, far = FAR, byExcess = false } = reading
  const ranked = planted === null ? rankOdds(scores) : tailOdds(scores, planted, byExcess)
  return bumpOdds(scores, far).map((bump, i) => Math.max(bump + 0.01 * ranked[i]!, ranked[i]!))
}

/** By record: the highest log-odds of any of the tails. */
function tailOdds(scores: Float64Array, shares: readonly number[], byExcess: boolean): Float64Array {
  const odds = new Float64Array(scores.length).fill(-Infinity)
  const sorted = ascending(scores)
  for (const planted of shares) {
    const surprise = scores.map(tailSurprise(scores, planted, undefined, sorted))
    const excess = excessOver(surprise, CAUTION_ALONE)
    surprise.forEach((z, i) => {
      const beyond = logExcess(excess(z) / MISREAD, z)
      odds[i] = Math.max(odds[i]!, logAddExp(belowHolding(standsOut(z)), beyond))
    })
    if (!byExcess) continue
    const few = scores.length < ENOUGH_RECORDS
    excessRanks(few ? scores.map(tailSurprise(scores, planted, SHOULDER_RANKED, sorted)) : surprise).forEach(
      (ranked, i) => {
        odds[i] = Math.max(odds[i]!, ranked)
      },
    )
  }
  return odds
}

/**
 * Log-odds below holding, by the excess over the records expected as far out: a few dozen records far out in a small
 * window rank no lower than what another family doubts most.
 */
function excessRanks(surprise: Float64Array): Float64Array {
  const excess = excessOver(surprise, CAUTION_RANKED)
  return surprise.map((z) => belowHolding(logAddExp(standsOut(z), logExcess(excess(z), z))))
}

/** The log-odds of a ranking alone, below holding, on the scale of records that stand out. */
export function surpriseOdds(scores: Float64Array): Float64Array {
  return byRank(scores, (surprise) => belowHolding(standsOut(surprise)))
}

/** Bounds log-odds so that they rank and hold no record. */
export function belowHolding(odds: number): number {
  return withCeiling(odds, RANK_CEILING)
}

/** From these log-odds on a record counts as far out for a cause of its own, though it is not held for that. */
export const SUSPECTED = belowHolding(-1)

/**
 * The log-odds of a rank: less ln of the share of records that score as high, bounded. They follow the scores strictly,
 * also beyond the ceiling.
 */
function rankOdds(scores: Float64Array): Float64Array {
  return byRank(scores, (surprise) => {
    const value = withCeiling(RANK_ODDS + surprise, RANK_CEILING)
    return Math.min(value, RANK_SHOULDER + BELOW_SHOULDER * (value - RANK_SHOULDER))
  })
}

/** `of` of −ln of the share of records that score as high; ties have their mean rank. */
function byRank(scores: Float64Array, of: (surprise: number) => number): Float64Array {
  return byPlace(scores, (from, to) => of(-Math.log((from + to) / 2 / scores.length)))
}

/** Beyond the ceiling, odds rise only with a tenth of the logarithm. */
function withCeiling(odds: number, ceiling: number): number {
  return odds <= ceiling ? odds : ceiling + 0.1 * Math.log1p(odds - ceiling)
}

/** The log-odds of one record alone. */
function standsOut(surprise: number): number {
  return Math.log(PRIOR_SHARE / PRIOR_RANGE) + surprise
}

function logExcess(ratio: number, surprise: number): number {
  return ratio > 1 ? Math.log(ratio - 1) + 0.01 * surprise : -Infinity
}

/**
 * The log-odds of a relative channel with history; `surprise` is −ln of the share of clean records that score as high.
 * They are the local false discovery rate as log-odds (Efron 2004, Large-Scale Simultaneous Hypothesis Testing; 2008,
 * Microarrays, Empirical Bayes and the Two-Groups Model). Records beyond the number that the history explains at a
 * level are suspects, made monotone by isotonic regression; a prior lets a single record stand out where it is far
 * enough. `counts` is the weight of each record in that number, 1 where absent. Where half the window scores as a fourth
 * of the history did, its scale has moved, and surprise counts from there; where its bulk is wider than the history's, so
 * is its tail, and surprise counts for so much less (ADR 247). A window that is nothing like the history is judged as it
 * is.
 */
export function calibrateByHistory(
  scores: Float64Array,
  surpriseOf: (score: number) => number,
  counts?: Float64Array,
): Float64Array {
  const plain = scores.map(surpriseOf)
  const sorted = ascending(plain)
  const middle = sorted[sorted.length >> 1] ?? 0
  const moved = middle > MOVED && middle < UNLIKE ? middle - Math.LN2 : 0
  const width = middle < UNLIKE ? widthOf(sorted) : 1
  const surprise = plain.map((z) => Math.max(0, Math.min(z - moved, z / width)))
  const excess = excessOver(surprise, CAUTION, counts)
  return surprise.map((z) => logAddExp(standsOut(z), logExcess(excess(z), z)))
}

/** How many times as surprising as the history's a window's records are; 1 where that is little. */
function widthOf(surprise: Float64Array): number {
  const wider = SHARES.map((share) => (surprise[Math.floor(share * surprise.length)] ?? 0) / -Math.log1p(-share))
  const width = Math.min(...wider)
  return width < WIDER ? 1 : width
}

/** The quotient of the records at a surprise and those expected there. */
function excessOver(surprise: Float64Array, caution: number, counts?: Float64Array): (z: number) => number {
  const bins = Math.ceil((HIGHEST - BULK_END) / BIN)
  const observed = new Float64Array(bins)
  // The history counted every record fully, so the expected number is of all records.
  surprise.forEach((z, i) => {
    if (z >= BULK_END) observed[Math.min(bins - 1, Math.floor((z - BULK_END) / BIN))]! += counts?.[i] ?? 1
  })
  const expected = observed.map((_, k) => surprise.length * Math.exp(-BULK_END - k * BIN) * -Math.expm1(-BIN))
  const ratio = excessRatio(observed, expected, caution)
  return (z) => interpolate(ratio, (z - BULK_END) / BIN - 0.5)
}

/** observed ÷ expected, non-decreasing, with `caution` standard errors taken off each pool of bins. */
function excessRatio(observed: Float64Array, expected: Float64Array, caution: number): Float64Array {
  const pooled = isotonic(
    observed.map((count, k) => count / expected[k]!),
    expected,
  )
  const ratio = new Float64Array(pooled.length)
  for (let from = 0; from < pooled.length;) {
    let to = from
    let [seen, due] = [0, 0]
    for (; to < pooled.length && pooled[to] === pooled[from]; to++) {
      seen += observed[to]!
      due += expected[to]!
    }
    ratio.fill(Math.max(0, seen - caution * Math.sqrt(seen + 1)) / due, from, to)
    from = to
  }
  for (let k = 1; k < ratio.length; k++) ratio[k] = Math.max(ratio[k]!, ratio[k - 1]!)
  return ratio
}

function interpolate(values: Float64Array, at: number): number {
  if (at <= 0) return at <= -1 ? 0 : values[0]! * (1 + at)
  const k = Math.min(Math.floor(at), values.length - 1)
  const next = values[Math.min(k + 1, values.length - 1)]!
  return values[k]! + (next - values[k]!) * Math.min(1, at - k)
}
