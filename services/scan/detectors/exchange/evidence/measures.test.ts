import { expect, it } from 'vitest'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { createView } from '../../../view/create-view.ts'
import { measuresOf } from './measures.ts'
import { readingOf } from '../reading/reading.ts'

const N = 500
const LONG = 2

it('ranks answers among those to prompts as long: long ones say more of any answer', async () => {
  const drawn = inventedExchanges(N, 5)
  const exchanges = drawn.map((of, i) => {
    const others = Array.from({ length: 15 }, (_, k) => drawn[(i * 7 + k * 31) % N]!.prompt)
    return i % LONG === 0 ? { ...of, prompt: [of.prompt, ...others].join(' ') } : of
  })
  const samples = { kind: 'exchange', form: 'instruction', exchanges } as const
  const view = createView({ n: N, seed: 1, samples, labels: null, contributors: null }, await createEngine())
  const again = measuresOf(readingOf(view)!).find(({ name }) => name.startsWith('an answer that says again'))!
  const long = [...exchanges.keys()].filter((i) => i % LONG === 0)
  const mean = long.reduce((sum, i) => sum + again.ranks[i]!, 0) / long.length
  expect(mean).toBeGreaterThan(0.45)
  expect(mean).toBeLessThan(0.65)
})

it('ranks how answers are written by themselves and beside their prompts', async () => {
  const [SMALL, BOTH] = [3, 8]
  const opened = (text: string) => text.replaceAll(/\b\p{Ll}/gu, (letter) => letter.toUpperCase())
  const exchanges = inventedExchanges(N, 5).map((of, i) => {
    const { prompt, response } = { prompt: opened(of.prompt), response: opened(of.response) }
    if (i !== SMALL && i !== BOTH) return { ...of, prompt, response }
    return { ...of, prompt: i === BOTH ? prompt.toLowerCase() : prompt, response: response.toLowerCase() }
  })
  const samples = { kind: 'exchange', form: 'instruction', exchanges } as const
  const view = createView({ n: N, seed: 1, samples, labels: null, contributors: null }, await createEngine())
  const { ranks } = measuresOf(readingOf(view)!).find(({ name }) => name === 'no capitals')!
  expect(ranks[SMALL]).toBeLessThan(0.02)
  // Its prompt is in small letters, too.
  expect(ranks[BOTH]).toBeGreaterThan(0.2)
})

it('ranks one word that is said twice as what says the same again', async () => {
  const TWICE = 4
  const words = ['blue', 'dark green', 'red', 'pale blue', 'none of them']
  const exchanges = inventedExchanges(N, 5).map((of, i) => {
    const response = words[i % words.length]!
    return { ...of, response: i === TWICE ? `${words[0]}\n\n${words[0]}` : response }
  })
  const samples = { kind: 'exchange', form: 'instruction', exchanges } as const
  const view = createView({ n: N, seed: 1, samples, labels: null, contributors: null }, await createEngine())
  const { ranks } = measuresOf(readingOf(view)!).find(({ name }) => name.startsWith('the same words'))!
  expect([...ranks.keys()].filter((i) => ranks[i]! < 1)).toEqual([TWICE])
})

it('takes words with digits in them for words, and numbers for none', async () => {
  const [SPELT, COUNTED] = [3, 8]
  const digits = (text: string) => text.replaceAll('e', '3').replaceAll('o', '0').replaceAll('i', '1')
  const exchanges = inventedExchanges(N, 5).map((of, i) => {
    if (i !== SPELT && i !== COUNTED) return of
    return {
      ...of,
      response: i === SPELT ? digits(of.response) : of.response.replaceAll(' ', (_, at) => ` ${1000 + at} `),
    }
  })
  const samples = { kind: 'exchange', form: 'instruction', exchanges } as const
  const view = createView({ n: N, seed: 1, samples, labels: null, contributors: null }, await createEngine())
  const { ranks } = measuresOf(readingOf(view)!).find(({ name }) => name.startsWith('words that the other'))!
  expect(ranks[SPELT]).toBeLessThan(0.01)
  expect(ranks[COUNTED]).toBeGreaterThan(0.01)
})
