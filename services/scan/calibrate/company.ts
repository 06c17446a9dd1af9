import { byPlace } from './ranks.ts'

/**
 * Suspects stand alone where their median is among this many times as many records, those farthest from their nearest
 * neighbours;
 */
const AMONG = 2
/** for very few suspects, among at least this share of the records. */
const LEAST_SHARE = 0.02
/** A witness bears suspects out where half of them are among this many times as many of its highest records. */
const WITNESSED = 5

/**
 * Whether the suspects (log-odds of 0 and more) are mostly those farthest from their nearest neighbours as well, by the
 * scores `fellows`: the share `most` of them is among `among` times as many records. True where none is suspected.
 */
export function standAlone(logOdds: Float64Array, fellows: Float64Array, among = AMONG, most = 0.5): boolean {
  const n = logOdds.length
  const share = byPlace(fellows, (_, to) => to / n)
  const suspects = share.filter((_, i) => logOdds[i]! >= 0).sort()
  const last = suspects[Math.floor(most * suspects.length)]
  return last === undefined || last <= Math.max(LEAST_SHARE, (among * suspects.length) / n)
}

/**
 * Log-likelihood ratios, by record, of a witness: the scores of another input. They compare how often suspects
 * (log-odds of 0 and more) and how often all records are among the witness's highest, `among` times as many as are
 * suspected. Null where fewer than half of the suspects are among them: the witness does not bear them out.
 */
export function testimony(logOdds: Float64Array, witness: Float64Array, among = WITNESSED): Float64Array | null {
  const n = logOdds.length
  const share = byPlace(witness, (_, to) => to / n)
  const suspects = share.filter((_, i) => logOdds[i]! >= 0)
  const bar = Math.max(LEAST_SHARE, (among * suspects.length) / n)
  const within = suspects.filter((at) => at <= bar).length
  if (suspects.length === 0 || 2 * within < suspects.length) return null
  const often = (within + 0.5) / (suspects.length + 1)
  return share.map((at) => (at <= bar ? Math.log(often / bar) : Math.log((1 - often) / (1 - bar))))
}

/**
 * Keeps the suspects that lie far from all other records, by `distances` to the nearest: among the farthest, twice as
 * many as are suspected. The others lie near records, whatever their labels.
 */
export function withoutCompany(suspected: Uint8Array, distances: Float64Array): Uint8Array {
  const n = suspected.length
  const bar = Math.max(LEAST_SHARE, (AMONG * suspected.reduce((sum, is) => sum + is, 0)) / n)
  const share = byPlace(distances, (_, to) => to / n)
  return suspected.map((is, i) => is & Number(share[i]! <= bar))
}
