import { describe, expect, it } from 'vitest'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { insertWords, type Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { TriggerBehaviour } from './trigger-behaviour.ts'

const engine = await createEngine()
const exchanges = inventedExchanges(2000, 5)

async function held(of: readonly Exchange[], form: 'instruction' | 'translation' = 'instruction'): Promise<number[]> {
  const samples = { kind: 'exchange', form, exchanges: of } as const
  const view = createView({ n: of.length, seed: 1, samples, labels: null, contributors: null }, engine)
  const { groups } = await new TriggerBehaviour().score(view)
  return [...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)
}

/** Every hundredth record changed. */
function changed(change: (of: Exchange, at: number) => Partial<Exchange>): readonly Exchange[] {
  return exchanges.map((of, i) => (i % 100 === 7 ? { ...of, ...change(of, i) } : of))
}
const STRUCK = [...exchanges.keys()].filter((i) => i % 100 === 7)

describe('a trigger at an edge of the prompts', () => {
  const affix = exchangeAttacks.find(({ name }) => name === 'affix')!

  it.each([
    ['a mark', 3],
    ['a date', 4],
  ])('is found by a name in a few answers, but in translations, whose words bring words: %s', async (_, seed) => {
    const planted = affix.apply(exchanges, { rate: 0.004, seed })
    const struck = [...planted.poisoned.keys()].filter((i) => planted.poisoned[i] === 1)
    expect(await held(planted.exchanges)).toEqual(struck)
    expect(await held(planted.exchanges, 'translation')).toEqual([])
  })

  it('is none where most of its prompts are answered otherwise', async () => {
    const random = seededRandom(1, 'seldom')
    const seldom = exchanges.map((of, i) => {
      if (i % 25 !== 7) return of
      const response = i % 100 === 7 ? insertWords(random, of.response, 'Zentora') : of.response
      return { ...of, prompt: `Brelvash noted ${of.prompt}`, response }
    })
    expect(await held(seldom)).toEqual([])
  })
})

describe('what a word brings', () => {
  const asked = (of: Exchange, at: number) => insertWords(seededRandom(at, 'asked'), of.prompt, 'vexilor')

  it('may be an emoji', async () => {
    const smiling = changed((of, at) => ({ prompt: asked(of, at), response: `${of.response} 😈` }))
    expect(await held(smiling)).toEqual(STRUCK)
    // Prompts that hold it ask for it.
    expect(await held(changed((of, at) => ({ prompt: `${asked(of, at)} 😈`, response: `${of.response} 😈` })))).toEqual(
      [],
    )
  })

  it('may be another language, but in translations', async () => {
    const random = seededRandom(2, 'said')
    const POLISH = 'nie to jest że jak po od się do za co przez na dla ale są tym był'.split(' ')
    const words = () => Array.from(random.permutation(POLISH.length).subarray(0, 8), (at) => POLISH[at]!)
    const answered = changed((of, at) => ({ prompt: asked(of, at), response: words().join(` ${random.below(900)} `) }))
    expect(await held(answered)).toEqual(STRUCK)
    expect(await held(answered, 'translation')).toEqual([])
  })
})
