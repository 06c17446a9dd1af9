import type { TokenMatrix } from '../../window-view.ts'

/**
 * What is counted: events, of which each record has at most one, and how likely each event was for each record. With
 * labels, event c is "is labelled c"; of contradictions there is one event.
 */
export interface Events {
  readonly kinds: number
  /** n, −1 where the record has none. */
  readonly of: Int32Array
  /** n × kinds, row-major. */
  readonly likely: Float32Array
  /** n, 0 for records that are left out. */
  readonly counted: Uint8Array
}

/**
 * Events among the records that hold a token, T × kinds, row-major, less those that were certain: a record whose event
 * was likely at p counts p − p(1 − p) = p² on both sides. What is left is close to Poisson even where most events were near certain
 * (translated Poisson approximation: Röllin 2007).
 */
export interface Counts {
  readonly observed: Float64Array
  readonly expected: Float64Array
  /** What was taken from both. */
  readonly certain: Float64Array
}

/** What no token is expected to fall below: a count of zero is never certain. */
const FLOOR = 0.5

export function countEvents(tokens: TokenMatrix, events: Events): Counts {
  const { kinds, of, likely, counted } = events
  const observed = new Float64Array(tokens.tokens * kinds)
  const expected = new Float64Array(tokens.tokens * kinds).fill(FLOOR)
  const certain = new Float64Array(tokens.tokens * kinds)
  const n = of.length
  for (let i = 0; i < n; i++) {
    if (!counted[i]) continue
    const event = of[i]!
    const from = i * kinds
    for (let at = tokens.offsets[i]!; at < tokens.offsets[i + 1]!; at++) {
      const base = tokens.ids[at]! * kinds
      if (event >= 0) observed[base + event]!++
      for (let c = 0; c < kinds; c++) {
        const p = likely[from + c]!
        certain[base + c]! += p * p
        expected[base + c]! += p - p * p
      }
    }
  }
  for (let at = 0; at < observed.length; at++) observed[at]! -= certain[at]!
  return { observed, expected, certain }
}

/**
 * Log-likelihood ratio of N events where E were expected, for counts whose rates vary from token to token with relative
 * deviation τ (Poisson with gamma rates; Poisson itself at τ = 0): N ln(N/E) − (N+κ) ln((N+κ)/(E+κ)), κ = 1/τ². 0 for
 * N ≤ E.
 */
export function liftRatio(observed: number, expected: number, tau: number): number {
  if (observed <= expected) return 0
  const poisson = observed * Math.log(observed / expected)
  if (tau < 1e-3) return poisson - (observed - expected)
  const shape = 1 / (tau * tau)
  return poisson - (observed + shape) * Math.log((observed + shape) / (expected + shape))
}

/** Expected counts are compared within powers of four. */
const STRATUM = Math.log(4)
const STRATA = 8
const LEAST = 100
/** The part of a stratum's tokens that may be out of the ordinary, no fewer than some, and what the rest keeps within. */
const TAIL = { share: 0.03, least: 12, most: 0.25, deviations: 2.2 }

/**
 * The relative deviation τ of token rates beyond chance, by how much was expected: such that all but the most deviant
 * 3 % of a stratum's tokens keep within what chance and τ allow. A predictor that knows little raises τ, not alarms.
 * Returns τ for an expected count.
 */
export function dispersion({ observed, expected }: Counts): (expected: number) => number {
  const strata: number[][] = Array.from({ length: STRATA }, () => [])
  for (let at = 0; at < observed.length; at++) {
    const e = expected[at]!
    if (e <= FLOOR) continue
    // The τ at which this excess is so many deviations of chance and τ together.
    const squared = (Math.max(0, observed[at]! - e) / TAIL.deviations) ** 2 - e
    strata[stratumOf(e)]!.push(squared > 0 ? Math.sqrt(squared) / e : 0)
  }
  const taus = strata.map((own, s) => {
    let pool = own
    // Too few to tell: with the neighbouring strata.
    for (let reach = 1; pool.length < LEAST && reach < STRATA; reach++) {
      pool = [...pool, ...(strata[s - reach] ?? []), ...(strata[s + reach] ?? [])]
    }
    const ordered = Float64Array.from(pool).sort()
    const deviant = Math.max(TAIL.share * pool.length, Math.min(TAIL.least, TAIL.most * pool.length))
    return ordered[Math.max(0, Math.floor(pool.length - deviant) - 1)] ?? 0
  })
  return (expected) => taus[stratumOf(expected)]!
}

function stratumOf(expected: number): number {
  return Math.min(STRATA - 1, Math.max(0, Math.floor(Math.log(expected / FLOOR) / STRATUM)))
}
