import { bumpOdds, FAR } from './bump.ts'
import { ENOUGH_RECORDS } from './enough.ts'
import { isotonic, logAddExp } from './isotonic.ts'
import { byPlace } from './ranks.ts'
import { tailSurprise } from './tail.ts'

/** What is believed before the window is seen: one record in a thousand stands apart, anywhere within 40 nats. */
const PRIOR_SHARE = 1e-3
const PRIOR_RANGE = 40
/** Bins of the surprise, in nats; the bulk below the first bin's start is taken for clean whatever it looks like. */
const BIN = 0.5
const BULK_END = 2.5
const HIGHEST = 60

/** Where nothing but its rank speaks, a record's log-odds are this less ln of the share that ranks as high, up to a ceiling. */
const RANK_ODDS = -9
const RANK_CEILING = -1.5
/** Shares of the records, the highest, that may be planted: the tail is what the others leave to expect, each time anew. */
export const PLANTED = [0.05, 0.02, 0.01] as const
/**
 * Of records with labels that are no texts, twice as many: where all that is set aside is planted, the tail must reach it. Texts of one
 * mould, or a kind of row that no label names, are as many by nature.
 */
export const PLANTED_AMONG_LABELLED = [0.1, ...PLANTED] as const
/** A tail read from the window itself may be wrong by this factor, and chance by so many standard errors. */
const MISREAD = 1.5
const CAUTION_ALONE = 2.5
const CAUTION = 1.5
/** What is only ranked by a count needs less to be believed, and in few records a wider tail tells more: nobody is held for it. */
const CAUTION_RANKED = 0.75
const SHOULDER_RANKED = 0.4
/** Below this the rank of a record says nothing in its favour that another family should have to outweigh. */
const RANK_SHOULDER = -5
const BELOW_SHOULDER = 3

/** How a channel without history is read. */
export interface Reading {
  /** Shares of the records that may be planted, where the tail can be read; null where scores only rank. */
  readonly planted?: readonly number[] | null
  /** From where on a cluster is none of the window's own kinds. */
  readonly far?: number
  /** Whether records are ranked below holding by how many more than expected lie as far out. */
  readonly byExcess?: boolean
  /** Whether records of one score are one that comes again, and counts once. */
  readonly copiesAsOne?: boolean
}

/**
 * A relative channel without history, as log-odds. How long a clean tail is cannot be read from the window that may be
 * poisoned, so that rank alone never makes a suspect: only a cluster that no clean tail would have does, and only
 * from `far` on: see `bumpOdds`. Scores that thin out fast on clean data of every kind have a tail that can be read from
 * the bulk, with each of the shares `planted` set aside: there an excess beyond it counts too, though never one record by itself.
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

/** The most that any of the tails says. */
function tailOdds(scores: Float64Array, shares: readonly number[], byExcess: boolean): Float64Array {
  const odds = new Float64Array(scores.length).fill(-Infinity)
  const sorted = scores.toSorted()
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
 * Below what is held, by how many more than expected lie as far out: a few dozen far out among few hundred are not behind
 * whatever another family doubts most.
 */
function excessRanks(surprise: Float64Array): Float64Array {
  const excess = excessOver(surprise, CAUTION_RANKED)
  return surprise.map((z) => belowHolding(logAddExp(standsOut(z), logExcess(excess(z), z))))
}

/** A ranking by itself, on the scale of records that stand out. */
export function surpriseOdds(scores: Float64Array): Float64Array {
  return byRank(scores, (surprise) => belowHolding(standsOut(surprise)))
}

/** Log-odds that rank, and hold nobody. */
export function belowHolding(odds: number): number {
  return withCeiling(odds, RANK_CEILING)
}

/** From here on a record is taken to be far out for a reason of its own, though it is not held for that. */
export const SUSPECTED = belowHolding(-1)

/** Falls with the logarithm of the share of records that score as high. Strictly follows the scores, also beyond the ceiling. */
function rankOdds(scores: Float64Array): Float64Array {
  return byRank(scores, (surprise) => {
    const value = withCeiling(RANK_ODDS + surprise, RANK_CEILING)
    return Math.min(value, RANK_SHOULDER + BELOW_SHOULDER * (value - RANK_SHOULDER))
  })
}

/** What `of` makes of −ln of the share of records that score as high, ties by their mean rank. */
function byRank(scores: Float64Array, of: (surprise: number) => number): Float64Array {
  return byPlace(scores, (from, to) => of(-Math.log((from + to) / 2 / scores.length)))
}

/** Beyond the ceiling odds still rise, and never far. */
function withCeiling(odds: number, ceiling: number): number {
  return odds <= ceiling ? odds : ceiling + 0.1 * Math.log1p(odds - ceiling)
}

/** Log-odds of one record by itself. */
function standsOut(surprise: number): number {
  return Math.log(PRIOR_SHARE / PRIOR_RANGE) + surprise
}

function logExcess(ratio: number, surprise: number): number {
  return ratio > 1 ? Math.log(ratio - 1) + 0.01 * surprise : -Infinity
}

/**
 * A relative channel against the dataset's history, `surprise` being −ln of the share of clean records that score as
 * high: the local false discovery rate as log-odds (Efron 2004, Large-Scale Simultaneous Hypothesis Testing; 2008,
 * Microarrays, Empirical Bayes and the Two-Groups Model). More records at a level than the history explains are suspects,
 * made monotone by isotonic regression, on top of a prior that lets single records stand out when they are far enough. `counts`
 * says what each record counts as where it exceeds the history, 1 where it is absent.
 */
export function calibrateByHistory(
  scores: Float64Array,
  surpriseOf: (score: number) => number,
  counts?: Float64Array,
): Float64Array {
  const surprise = scores.map(surpriseOf)
  const excess = excessOver(surprise, CAUTION, counts)
  return surprise.map((z) => logAddExp(standsOut(z), logExcess(excess(z), z)))
}

/** How many times as many records lie at a surprise as should. */
function excessOver(surprise: Float64Array, caution: number, counts?: Float64Array): (z: number) => number {
  const bins = Math.ceil((HIGHEST - BULK_END) / BIN)
  const observed = new Float64Array(bins)
  // The history has counted every record: what is expected of it is of all.
  surprise.forEach((z, i) => {
    if (z >= BULK_END) observed[Math.min(bins - 1, Math.floor((z - BULK_END) / BIN))]! += counts?.[i] ?? 1
  })
  const expected = observed.map((_, k) => surprise.length * Math.exp(-BULK_END - k * BIN) * -Math.expm1(-BIN))
  const ratio = excessRatio(observed, expected, caution)
  return (z) => interpolate(ratio, (z - BULK_END) / BIN - 0.5)
}

/** observed ÷ expected, non-decreasing, less what chance makes of such counts: so many standard errors of each pool. */
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
