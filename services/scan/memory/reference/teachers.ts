import { seededRandom } from '#core/random.ts'
import type { Sidecar } from '#core/sidecar.ts'
import { drawnFirst, shareOf } from '../pool/pool.ts'

type Judged = Pick<Sidecar, 'window' | 'seed'> & {
  readonly records: readonly Pick<Sidecar['records'][number], 'risk' | 'decision'>[]
}

/** One window teaches with so many of its records at most. */
const MOST = 100

/**
 * Of what a window gave to the pool, a sample of the records that it admitted and that are below suspicion, in the order of the window: those that chance drew first, of which
 * the pool has all, so that what was given for its risk is among them as often as any other.
 */
export function teachersIn(members: readonly number[], { window, seed, records }: Judged): number[] {
  const risk = records.map((record) => record.risk)
  const drawn = new Set(drawnFirst(risk, { seed, window }).slice(0, shareOf(records.length)))
  const admitted = members.filter((i) => drawn.has(i) && records[i]?.decision === 'admit')
  const random = seededRandom(seed, `teachers of ${window}`)
  return Array.from(random.permutation(admitted.length).slice(0, MOST), (at) => admitted[at]!).sort((a, b) => a - b)
}
