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
 * Events among a token's records, by kind, less those that were certain: a record whose event was likely at p counts
 * p − p(1 − p) = p² on both sides. What is left is close to Poisson even where most events were near certain
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

/** Counts are good until the next call. What is expected of events that fewer than `least` of the records have is not summed. */
export function eventCounter({ kinds, of, likely, counted }: Events, least: number): (records: Int32Array) => Counts {
  const [observed, expected, certain] = [new Float64Array(kinds), new Float64Array(kinds), new Float64Array(kinds)]
  return (records) => {
    observed.fill(0)
    expected.fill(FLOOR)
    certain.fill(0)
    for (let at = 0; at < records.length; at++) {
      const i = records[at]!
      if (counted[i] !== 0 && of[i]! >= 0) observed[of[i]!]!++
    }
    for (let event = 0; event < kinds; event++) {
      if (observed[event]! < least) continue
      let [sure, open] = [0, FLOOR]
      for (let at = 0; at < records.length; at++) {
        const i = records[at]!
        if (counted[i] === 0) continue
        const p = likely[i * kinds + event]!
        sure += p * p
        open += p - p * p
      }
      certain[event] = sure
      expected[event] = open
      observed[event]! -= sure
    }
    return { observed, expected, certain }
  }
}

/** Log-likelihood ratio of N Poisson events where E were expected: N ln(N/E) − (N − E); 0 for N ≤ E. */
export function liftRatio(observed: number, expected: number): number {
  return observed > expected ? observed * Math.log(observed / expected) - (observed - expected) : 0
}
