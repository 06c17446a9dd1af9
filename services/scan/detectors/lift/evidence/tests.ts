/**
 * The events that are counted, at most one a record, and how likely each was for each record. Of labels, event c is "is
 * labelled c"; of contradictions there is one event.
 */
export interface Events {
  readonly kinds: number
  /** n; −1 where the record has none. */
  readonly of: Int32Array
  /** n × kinds, row-major. */
  readonly likely: Float32Array
  /** n; 0 for records that do not count. */
  readonly counted: Uint8Array
}

/** n; 1 for records that have a label. */
export function labelled(labels: Int32Array): Uint8Array {
  return Uint8Array.from(labels, (label) => Number(label >= 0))
}

/**
 * The events among a token's records, by kind, without the near-certain ones: a record whose event was likely at p
 * counts p − p(1 − p) = p² less on both sides. The rest is close to Poisson even where most events were near certain
 * (translated Poisson approximation: Röllin 2007).
 */
export interface Counts {
  readonly observed: Float64Array
  readonly expected: Float64Array
  /** The count that was subtracted from both. */
  readonly certain: Float64Array
}

/** The least that is expected of a token: a count of zero is never certain. */
const FLOOR = 0.5

/** Whether a test needs the counts of an event that `observed` of the records have. */
export type IsAsked = (records: Int32Array, event: number, observed: number) => boolean

/**
 * Returns a counter. Its counts are valid until the next call. An event that is not asked for counts 0, and its
 * expected count is not summed.
 */
export function eventCounter(
  { kinds, of, likely, counted }: Events,
  isAsked: IsAsked,
): (records: Int32Array) => Counts {
  const [observed, expected, certain] = [new Float64Array(kinds), new Float64Array(kinds), new Float64Array(kinds)]
  const counts = { observed, expected, certain }
  return (records) => {
    observed.fill(0)
    expected.fill(FLOOR)
    certain.fill(0)
    countEvents(records, of, counted, observed)
    for (let event = 0; event < kinds; event++) {
      if (!isAsked(records, event, observed[event]!)) {
        observed[event] = 0
        continue
      }
      sumLikely(records, counted, likely, kinds, event, certain, expected)
      observed[event]! -= certain[event]!
    }
    return counts
  }
}

// These loops are functions of their own, so that they are compiled once and not for each counter.

function countEvents(records: Int32Array, of: Int32Array, counted: Uint8Array, observed: Float64Array): void {
  for (let at = 0; at < records.length; at++) {
    const i = records[at]!
    if (counted[i] !== 0 && of[i]! >= 0) observed[of[i]!]!++
  }
}

function sumLikely(
  records: Int32Array,
  counted: Uint8Array,
  likely: Float32Array,
  kinds: number,
  event: number,
  certain: Float64Array,
  expected: Float64Array,
): void {
  let sure = 0
  let open = FLOOR
  for (let at = 0; at < records.length; at++) {
    const i = records[at]!
    if (counted[i] === 0) continue
    const p = likely[i * kinds + event]!
    sure += p * p
    open += p - p * p
  }
  certain[event] = sure
  expected[event] = open
}

/** The fewest events that can give more than `evidence` nats: where none was expected and none certain. */
export function fewestFor(evidence: number): number {
  let observed = 1
  while (liftRatio(observed, FLOOR) <= evidence) observed++
  return observed
}

/** The log-likelihood ratio of N Poisson events where E were expected: N ln(N/E) − (N − E); 0 for N ≤ E. */
export function liftRatio(observed: number, expected: number): number {
  return observed > expected ? observed * Math.log(observed / expected) - (observed - expected) : 0
}

/**
 * The log-likelihood ratio of N events among `size` records where E were expected. A sum of trials of any
 * probabilities exceeds its mean no likelier than a binomial of the same mean does (Hoeffding 1956, On the Distribution
 * of the Number of Successes in Independent Trials). It says more than `liftRatio` where nearly all records have the
 * event: twenty of twenty at one half are 14 nats, not 6.
 */
export function shareRatio(observed: number, expected: number, size: number): number {
  if (observed <= expected) return 0
  const missed = size - observed
  return observed * Math.log(observed / expected) + (missed > 0 ? missed * Math.log(missed / (size - expected)) : 0)
}
