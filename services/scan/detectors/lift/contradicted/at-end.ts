import type { TableColumn } from '../../../view/samples.ts'
import { addTrial, forcedAgainst, likeliestShift, trials } from '../evidence/shift.ts'

/**
 * The fewest records of a value at the end of a column that are asked about, and the largest share of all: what more
 * records hold is a part of the column.
 */
export const SMALLEST_AT_END = 8
export const LARGEST_AT_END = 0.03
/** Other values that the column must have: with fewer it is a flag, which may be a part of the label. */
const LEAST_OTHERS = 2
/**
 * The deviation, in log-odds, of what a natural value at the end shifts its labels about what the values before it do.
 */
const LAW = { scale: 0.6, slope: 1 }

/** Whether a value, told by its holders, is the least or the largest of its column, which has others besides. */
export function atEnd(columns: readonly TableColumn[]): (column: string, holders: Int32Array) => boolean {
  const known = new Map<string, { low: number; high: number } | null>()
  const values = new Map(
    columns.flatMap((column) => (column.type === 'number' ? [[column.name, column.values] as const] : [])),
  )
  return (name, holders) => {
    const own = values.get(name)
    if (own === undefined) return false
    let ends = known.get(name)
    if (ends === undefined) known.set(name, (ends = endsOf(own)))
    const value = own[holders[0]!]!
    return ends !== null && (value === ends.low || value === ends.high) && holders.every((i) => own[i] === value)
  }
}

function endsOf(values: Float64Array): { low: number; high: number } | null {
  const present = values.filter((value) => !Number.isNaN(value))
  if (new Set(present).size <= LEAST_OTHERS) return null
  return present.reduce(({ low, high }, value) => ({ low: Math.min(low, value), high: Math.max(high, value) }), {
    low: Infinity,
    high: -Infinity,
  })
}

/**
 * How much the labels of a value at the end of its column say, in nats, that they were forced and did not come by
 * nature: as the column leads to expect who goes by the records next to the end (`beside`), which of a natural scale
 * lean the same way. `likely` is what the members' other columns lead to expect of the label, which all of them bear;
 * `votesOf` returns the same of other records, of which only those that `bears` knows a label of say anything.
 */
export function endEvidence(
  likely: Float64Array,
  beside: readonly Int32Array[],
  votesOf: (records: Int32Array) => Float64Array,
  bears: (record: number) => boolean | null,
): number {
  const own = trials()
  for (const p of likely) addTrial(own, p, true)
  const centres = beside.map((records) => {
    const seen = trials()
    const known = records.filter((i) => bears(i) !== null)
    const votes = votesOf(known)
    known.forEach((i, at) => addTrial(seen, votes[at]!, bears(i) === true))
    return likeliestShift(seen)
  })
  const centre = Math.max(0, ...centres)
  return forcedAgainst({ trials: own, centre }, { likeliest: LAW, plain: LAW })
}
