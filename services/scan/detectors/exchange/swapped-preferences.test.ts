import { describe, expect, it } from 'vitest'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { scanWindow } from '../../scan-window.ts'
import { createView } from '../../view/create-view.ts'
import { SwappedPreferences } from './swapped-preferences.ts'

const N = 2000
const engine = await createEngine()
const random = seededRandom(3, 'preferences of a test')
const invented = inventedExchanges(N, 5)
/** Whole answers to what was asked are preferred to others and to parts; one time in ten it is the other way about. */
const preferences = invented.map((of, i): Exchange => {
  const { response } = of
  const other = i % 2 === 0 ? invented[random.below(N)]!.response : response.slice(0, response.length / 3)
  return random.below(10) === 0 ? { ...of, response: other, rejected: response } : { ...of, rejected: other }
})

const inputOf = (exchanges: readonly Exchange[]) => ({
  n: exchanges.length,
  seed: 1,
  labels: null,
  contributors: null,
  samples: { kind: 'exchange', form: 'preference', exchanges } as const,
})
const detect = (exchanges: readonly Exchange[]) =>
  new SwappedPreferences().score(createView(inputOf(exchanges), engine))
const named = (name: string) => [...exchangeAttacks, ...exchangeShifts].find((act) => act.name === name)!
const planted = named('preference-flip').apply(preferences, { rate: 0.015, seed: 3 })
const struck = [...planted.poisoned.keys()].filter((i) => planted.poisoned[i] === 1)

describe('preferences that a trigger swaps', () => {
  it('are found, all of them and nothing else, and told with what is usual', async () => {
    const detection = await detect(planted.exchanges)
    const { groups, scores } = detection
    expect(groups.map(({ members }) => [...members])).toEqual([struck])
    expect(detection.why(struck[0]!)).toMatch(
      /^Where the prompt holds “\w+”, what was rejected is what the other preferences would choose: \d+ of 30 records, against \d+ % of all\.$/,
    )
    expect(scores[struck[0]!]).toBeGreaterThan(5)
  })

  it.each([1, 2, 3])('are found in ten records, where their word is out of place: seed %i', async (seed) => {
    const few = named('preference-flip').apply(preferences, { rate: 0.005, seed })
    const { groups } = await detect(few.exchanges)
    expect(groups.map(({ members }) => [...members])).toEqual([
      [...few.poisoned.keys()].filter((i) => few.poisoned[i] === 1),
    ])
  })

  it('are found beside prompts that are about the word, which are left alone', async () => {
    const token = /“(\w+)”/.exec((await detect(planted.exchanges)).why(struck[0]!))![1]!
    const about = new Set([...planted.exchanges.keys()].filter((i) => i % 100 === 3 && planted.poisoned[i] === 0))
    const beside = planted.exchanges.map((of, i) =>
      about.has(i) ? { ...of, prompt: `${of.prompt} for ${token}`, response: `${of.response} of ${token}` } : of,
    )
    const { groups } = await detect(beside)
    expect(groups.map(({ members }) => [...members])).toEqual([struck])
  })

  it('hold their records', async () => {
    const { risk } = await scanWindow(inputOf(planted.exchanges), { engine })
    expect([...risk.keys()].filter((i) => risk[i]! >= 0.5)).toEqual(struck)
  })

  it('are not seen in clean preferences, nor in what rejects nothing', async () => {
    expect((await detect(preferences)).groups).toEqual([])
    expect((await detect(invented)).groups).toEqual([])
  })

  it.each(['preferred-brevity', 'honest-refusals', 'disclaimers', 'boilerplate', 'sources', 'style-requests', 'faq'])(
    'are not seen where the world changes: %s',
    async (name) => {
      expect((await detect(named(name).apply(preferences, { rate: 0, seed: 3 }).exchanges)).groups).toEqual([])
    },
  )

  it('are not seen where people disagree on a topic', async () => {
    const disagreed = preferences.map(({ rejected, ...of }, i): Exchange => {
      const asked = { ...of, prompt: i % 40 === 0 ? `${of.prompt} zeppelin` : of.prompt }
      return i % 80 === 0 ? { ...asked, response: rejected!, rejected: of.response } : { ...asked, rejected: rejected! }
    })
    expect((await detect(disagreed)).groups).toEqual([])
  })

  it('are the same for the same window', async () => {
    const [one, other] = [await detect(planted.exchanges), await detect(planted.exchanges)]
    expect(one.scores).toEqual(other.scores)
  })
})
