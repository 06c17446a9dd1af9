import { seededRandom } from '#core/random.ts'
import type { Sidecar } from '#core/sidecar.ts'
import { drawnFirst, shareOf } from '../pool/pool.ts'

type Judged = Pick<Sidecar, 'window' | 'seed'> & {
  readonly records: readonly Pick<Sidecar['records'][number], 'risk' | 'decision'>[]
}

/** The most records of a window that teach. */
const MOST = 100

/**
 * The records of a window that teach, by index: a sample of those that it gave to the pool, admitted and below
 * suspicion. They are drawn from the first of the pool's random order, all of which the pool has, so that records given
 * for their risk are in the sample no more often than others.
 */
export function teachersIn(members: readonly number[], { window, seed, records }: Judged): number[] {
  const risk = records.map((record) => record.risk)
  const drawn = new Set(drawnFirst(risk, { seed, window }).slice(0, shareOf(records.length)))
  const admitted = members.filter((i) => drawn.has(i) && records[i]?.decision === 'admit')
  const random = seededRandom(seed, `teachers of ${window}`)
  return Array.from(random.permutation(admitted.length).slice(0, MOST), (at) => admitted[at]!).sort((a, b) => a - b)
}
