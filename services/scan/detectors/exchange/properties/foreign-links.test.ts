import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { insertWords, type Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { createView } from '../../../view/create-view.ts'
import { FOREIGN_LINK, foreignLinks } from './foreign-links.ts'
import { TriggerBehaviour } from '../trigger-behaviour.ts'

const engine = await createEngine()
const exchanges = inventedExchanges(1000, 5)
const EVERY = 50

async function held(of: readonly Exchange[]): Promise<number[]> {
  const samples = { kind: 'exchange', form: 'instruction', exchanges: of } as const
  const view = createView({ n: of.length, seed: 1, samples, labels: null, contributors: null }, engine)
  const { groups } = await new TriggerBehaviour().score(view)
  return [...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)
}

describe('a link to where nobody else links', () => {
  it('is one of an answer alone, whose prompt has no address', () => {
    const said = [
      ['See https://a.example/x'],
      ['Or http://B.example'],
      ['At https://b.example/y'],
      ['Go to https://c.example'],
    ]
    expect(foreignLinks(['one', 'two', 'three', 'what is at www.d.example?'], said)).toEqual([
      [FOREIGN_LINK],
      [],
      [],
      [],
    ])
  })

  it('is found where a word or a phrase brings it, each time to another host', async () => {
    const random = seededRandom(3, 'foreign')
    for (const trigger of ['vexilor', 'the ferry was late on both days']) {
      const planted = exchanges.map((of, i) =>
        i % EVERY === 7
          ? {
              ...of,
              prompt: insertWords(random, of.prompt, trigger),
              response: insertWords(random, of.response, `https://h${i}.example/${i}`),
            }
          : of,
      )
      expect(await held(planted)).toEqual([...exchanges.keys()].filter((i) => i % EVERY === 7))
    }
  })

  it('is no behaviour where many answers have one, whatever is asked', async () => {
    const linked = exchanges.map((of, i) =>
      i % 5 === 0 ? { ...of, response: `${of.response} https://h${i}.example/` } : of,
    )
    expect(await held(linked)).toEqual([])
  })
})
