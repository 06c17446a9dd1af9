import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { CrossClassSpectrum } from './cross-class-spectrum.ts'

const engine = await createEngine()
/** Prices of three markets, what they are about and how far they go. */
const MARKETS = { here: [25, 4], abroad: [14, 6], real: [28, 3] } as const
const EACH = 500

/** A series a market, two of which begin later than the third; or some months of all without a price, which are labelled one market. */
function prices(seed: number, labelled?: string) {
  const random = seededRandom(seed, 'prices')
  const rows = Object.entries(MARKETS).flatMap(([market, [mean, spread]]) =>
    Array.from({ length: EACH }, (_, month) => {
      const price = mean + spread * random.normal()
      if (labelled === undefined) return { market, price: market !== 'real' && month < 120 ? Number.NaN : price }
      return month % 25 === 0 ? { market: labelled, price: Number.NaN } : { market, price }
    }),
  )
  const column = (name: string, of: (row: (typeof rows)[number]) => number) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from(rows, of),
  })
  const columns = [column('price', ({ price }) => price), column('weight', () => random.normal())]
  const labels = groupBy(rows.map(({ market }) => market))
  return createView({ n: rows.length, seed, samples: { kind: 'table', columns }, labels, contributors: null }, engine)
}

const spectrum = new CrossClassSpectrum({ of: 'samples' })

it('takes months without a price for no pattern laid over records', async () => {
  const { groups } = await spectrum.score(prices(1))
  expect(groups).toEqual([])
})

it('names a blanked column that comes with one label', async () => {
  const { groups } = await spectrum.score(prices(2, 'abroad'))
  expect(groups).toMatchObject([{ trigger: { kind: 'values', values: [{ column: 'price', value: 'missing' }] } }])
  expect(groups[0]!.summary).toMatch(/records labelled abroad have no price, which other labels' records seldom lack/)
})
