import { seededRandom } from '#core/random.ts'
import type { Sidecar } from '#core/sidecar.ts'
import { SUSPECTED } from '../../scan-window.ts'
import { riskiestFirst, shareOf } from '../pool/pool.ts'

type Judged = Pick<Sidecar, 'window' | 'seed'> & {
  readonly records: readonly Pick<Sidecar['records'][number], 'risk' | 'decision'>[]
}

/** One window teaches with so many of its records at most. */
const MOST = 100

/**
 * Of what a window gave to the pool, a sample of the records that it admitted and that are below suspicion, in the order of the window: the riskiest, of which the pool has all, are in it at the chance of
 * the others, so that it is like the window.
 */
export function teachersIn(members: readonly number[], { window, seed, records }: Judged): number[] {
  const share = shareOf(records.length)
  const riskiest = new Set(riskiestFirst(records.map(({ risk }) => risk)).slice(0, share))
  const random = seededRandom(seed, `teachers of ${window}`)
  const chance = Math.min(1, share / Math.max(1, records.length - share))
  const like = members.filter((i) => !riskiest.has(i) || random.next() < chance)
  const admitted = like.filter((i) => records[i]?.decision === 'admit' && records[i].risk < SUSPECTED)
  return Array.from(random.permutation(admitted.length).slice(0, MOST), (at) => admitted[at]!).sort((a, b) => a - b)
}
