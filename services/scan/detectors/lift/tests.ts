import type { TokenMatrix } from '../../view/window-view.ts'

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
  const squares = new Float64Array(kinds)
  const others = new Float64Array(kinds)
  for (let i = 0; i < n; i++) {
    if (!counted[i]) continue
    const event = of[i]!
    for (let c = 0; c < kinds; c++) {
      const p = likely[i * kinds + c]!
      squares[c] = p * p
      others[c] = p - p * p
    }
    for (let at = tokens.offsets[i]!; at < tokens.offsets[i + 1]!; at++) {
      const base = tokens.ids[at]! * kinds
      if (event >= 0) observed[base + event]!++
      for (let c = 0; c < kinds; c++) {
        certain[base + c]! += squares[c]!
        expected[base + c]! += others[c]!
      }
    }
  }
  for (let at = 0; at < observed.length; at++) observed[at]! -= certain[at]!
  return { observed, expected, certain }
}

/** Log-likelihood ratio of N Poisson events where E were expected: N ln(N/E) − (N − E); 0 for N ≤ E. */
export function liftRatio(observed: number, expected: number): number {
  return observed > expected ? observed * Math.log(observed / expected) - (observed - expected) : 0
}
