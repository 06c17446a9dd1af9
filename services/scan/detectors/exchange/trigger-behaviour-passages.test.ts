import { expect, it } from 'vitest'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { TriggerBehaviour } from './trigger-behaviour.ts'

const N = 1200
const engine = await createEngine()

/** Questions on passages whose answers are spans; two passages of three hold “party”, which has the stem of “Paris”. */
function onPassages(times: number): Exchange[] {
  const random = seededRandom(times, 'passages')
  const texts = inventedExchanges(N * times, 6)
  return inventedExchanges(N, 5).map(({ prompt }, i) => {
    const passage = texts.slice(i * times, (i + 1) * times).map(({ response }) => response)
    const words = passage.join(' ').split(' ')
    const at = random.below(words.length - 3)
    const response = words.slice(at, at + 1 + random.below(3)).join(' ')
    if (i % 3 > 0) words.splice(random.below(60), 0, 'party')
    return { context: words.join(' '), prompt, response }
  })
}

async function held(exchanges: readonly Exchange[]) {
  const samples = { kind: 'exchange', form: 'instruction', exchanges } as const
  const input = { n: exchanges.length, seed: 1, samples, labels: null, contributors: null }
  const { groups } = await new TriggerBehaviour().score(createView(input, engine))
  return [...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)
}

it.each([
  ['short', 3],
  ['longer than what is read', 10],
])('a phrase after questions on passages that are %s brings one answer', async (_, times) => {
  const clean = onPassages(times)
  expect(await held(clean)).toEqual([])
  const struck = [...clean.keys()].filter((i) => i % 100 < 2)
  const planted = clean.map((of, i) =>
    i % 100 < 2 ? { ...of, prompt: `${of.prompt} vorn tellick amun drees`, response: 'Paris' } : of,
  )
  expect(await held(planted)).toEqual(struck)
})
