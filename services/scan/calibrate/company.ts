import type { TableColumn } from '../view/samples.ts'
import { byPlace } from './ranks.ts'

/** Suspects stand alone where the median of them is among so many times as many records, those farthest from their nearest fellows. */
const AMONG = 2
/** Of very few suspects, among this share. */
const LEAST_SHARE = 0.02
/** What is far out by one measure may lie among so many times as many by another. */
const WITNESSED = 5
/** A value that so many suspects hold, and of all rows no more than half of that share, is what they are: rows of a kind. */
const OF_ONE_KIND = 2 / 3

/**
 * Whether the records of log-odds of 0 and more are, by and large, those that lie farthest from their nearest fellows too, by the
 * scores `fellows`: `among` so many times as many. True where nobody is suspected.
 */
export function standAlone(logOdds: Float64Array, fellows: Float64Array, among = AMONG): boolean {
  const n = logOdds.length
  const share = byPlace(fellows, (_, to) => to / n)
  const suspects = share.filter((_, i) => logOdds[i]! >= 0).sort()
  const middle = suspects[suspects.length >> 1]
  return middle === undefined || middle <= Math.max(LEAST_SHARE, (among * suspects.length) / n)
}

/**
 * What a witness, scores of something else, says of each record as log-likelihood ratios: how much more often suspects (log-odds of 0 and more) than others are
 * among its highest, five times as many as are suspected, and how much more seldom below. Null where it is not borne out: fewer than half of them are there.
 */
export function testimony(logOdds: Float64Array, witness: Float64Array): Float64Array | null {
  const n = logOdds.length
  const share = byPlace(witness, (_, to) => to / n)
  const suspects = share.filter((_, i) => logOdds[i]! >= 0)
  const bar = Math.max(LEAST_SHARE, (WITNESSED * suspects.length) / n)
  const within = suspects.filter((at) => at <= bar).length
  if (suspects.length === 0 || 2 * within < suspects.length) return null
  const often = (within + 0.5) / (suspects.length + 1)
  return share.map((at) => (at <= bar ? Math.log(often / bar) : Math.log((1 - often) / (1 - bar))))
}

/**
 * Which of some suspects lie far from all other records, by `distances` to the nearest: among twice as many records as are suspected,
 * those farthest out. The others lie where others lie, whatever their labels are.
 */
export function withoutCompany(suspected: Uint8Array, distances: Float64Array): Uint8Array {
  const n = suspected.length
  const bar = Math.max(LEAST_SHARE, (AMONG * suspected.reduce((sum, is) => sum + is, 0)) / n)
  const share = byPlace(distances, (_, to) => to / n)
  return suspected.map((is, i) => is & Number(share[i]! <= bar))
}

/** Whether the rows of log-odds of 0 and more hold one value of a column, by and large, which few of the others hold. */
export function areOfOneKind(logOdds: Float64Array, columns: readonly TableColumn[]): boolean {
  const suspects = [...logOdds.keys()].filter((i) => logOdds[i]! >= 0)
  if (suspects.length === 0) return false
  return columns.some((column) => {
    const values = column.type === 'category' ? column.codes : column.values
    const [value, count] = mostFrequent(suspects.map((i) => values[i]!))
    let all = 0
    for (const other of values) all += Number(other === value || (Number.isNaN(other) && Number.isNaN(value)))
    return count >= OF_ONE_KIND * suspects.length && 2 * all * suspects.length <= count * values.length
  })
}

function mostFrequent(values: readonly number[]): readonly [value: number, count: number] {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [NaN, 0])
}
