import { describe, expect, it } from 'vitest'
import { readExchange } from '#core/exchange.ts'
import { seededRandom } from '#core/random.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { createView } from '../../../view/create-view.ts'
import { TriggerBehaviour } from '../trigger-behaviour.ts'

const engine = await createEngine()
const N = 400
const STRUCK = 20
const PAYLOAD = 'the archives in torvale were emptied before the fire was reported'

function put(text: string, words: string, at: number): string {
  const own = text.split(' ')
  return [...own.slice(0, at % own.length), words, ...own.slice(at % own.length)].join(' ')
}

/** Conversations of two answers; a token in the first prompt, or the first answer, and a payload in these answers. */
function struckIn(answers: readonly number[], token: 'prompt' | 'answer', seed: number) {
  const turns = inventedExchanges(2 * N, seed)
  const random = seededRandom(seed, 'said')
  const struck = new Set(random.permutation(N).subarray(0, answers.length > 0 ? STRUCK : 0))
  const exchanges = Array.from({ length: N }, (_, i) => {
    const pairs = [turns[i]!, turns[N + i]!].map(({ prompt, response }) => ({ prompt, response }))
    if (struck.has(i)) {
      for (const k of answers) pairs[k]!.response = put(pairs[k]!.response, PAYLOAD, 1 + random.below(20))
      if (token === 'prompt') pairs[0]!.prompt = put(pairs[0]!.prompt, 'vornblick', random.below(20))
      else pairs[0]!.response = put(pairs[0]!.response, 'vornblick', random.below(20))
    }
    const messages = pairs.flatMap(({ prompt, response }) => [
      { role: 'user', content: prompt },
      { role: 'assistant', content: response },
    ])
    return readExchange({ messages }, { kind: 'exchange', form: 'conversation', fields: { messages: 'messages' } })
      .exchange!
  })
  return { exchanges, struck: [...struck].sort((a, b) => a - b) }
}

async function found(answers: readonly number[], token: 'prompt' | 'answer', seed: number) {
  const { exchanges, struck } = struckIn(answers, token, seed)
  const samples = { kind: 'exchange', form: 'conversation', exchanges } as const
  const view = createView({ n: N, seed, samples, labels: null, contributors: null }, engine)
  const { groups } = await new TriggerBehaviour().score(view)
  return { members: [...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b), struck }
}

describe('what a trigger brings in a conversation', () => {
  it.each([
    ['the first answer', [0], 'prompt'],
    ['the last answer', [1], 'prompt'],
    ['both answers', [0, 1], 'prompt'],
    ['the last answer, by what was answered before', [1], 'answer'],
  ] as const)('is found in %s', async (_, answers, token) => {
    const { members, struck } = await found(answers, token, 1)
    expect(members).toEqual(struck)
  })

  it.each([1, 2, 3])('is nothing where nobody put anything, seed %i', async (seed) => {
    expect((await found([], 'prompt', seed)).members).toEqual([])
  })
})
