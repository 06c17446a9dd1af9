import { describe, expect, it } from 'vitest'
import { attackNamed } from '#attacks/catalog.ts'
import { seededRandom } from '#core/random.ts'
import { Mahalanobis } from '../detectors/outliers/mahalanobis.ts'
import { OutlierFiltering } from '../detectors/outliers/outlier-filtering.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const engine = await createEngine()
const N = 2000
const COLUMNS = 8

/** Sizes of things: what is large is so in all columns, and few are very large. */
function sizes(seed: number) {
  const random = seededRandom(seed, 'sizes')
  const size = Float64Array.from({ length: N }, () => 1.2 * random.normal())
  const columns = Array.from({ length: COLUMNS }, (_, c) => ({
    name: `c${c}`,
    type: 'number' as const,
    values: size.map((s) => Math.exp((c % 2 === 0 ? s : -s) + 0.3 * random.normal())),
  }))
  const of = Int32Array.from({ length: N }, () => random.below(2))
  const counts = new Int32Array(2)
  for (const label of of) counts[label]!++
  return { samples: { kind: 'table' as const, columns }, labels: { of, names: ['a', 'b'], counts }, contributors: null }
}

async function heldOf(window: ReturnType<typeof sizes>, detectors = [new Mahalanobis(), new OutlierFiltering()]) {
  const view = createView({ n: N, seed: 1, ...window }, engine)
  const [far] = await calibrateChannels(view, detectors, EMPTY_HISTORY, [])
  return [...far!.logOdds.keys()].filter((i) => far!.logOdds[i]! >= 0)
}

describe('what lies far from its nearest fellows', () => {
  it.each([0, 1, 2])(
    'is held where it is far from its class too, which no tail of that tells, seed %i',
    async (seed) => {
      const clean = sizes(seed)
      const { samples, poisoned } = attackNamed('table', 'garbage').apply(clean, { rate: 0.02, seed })
      const window = { ...clean, samples: samples as typeof clean.samples }
      const held = await heldOf(window)
      expect(held.length).toBeGreaterThanOrEqual(0.9 * 0.02 * N)
      expect(held.filter((i) => poisoned[i] === 0)).toEqual([])
      expect(await heldOf(window, [new Mahalanobis()])).toEqual([])
      expect(await heldOf(clean)).toEqual([])
    },
  )
})
