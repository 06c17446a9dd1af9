import { describe, expect, it } from 'vitest'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { TriggerBehaviour } from './trigger-behaviour.ts'

const N = 2000
const engine = await createEngine()
const exchanges = inventedExchanges(N, 5)

async function heldOf(of: readonly Exchange[]): Promise<number[]> {
  const samples = { kind: 'exchange', form: 'instruction', exchanges: of } as const
  const view = createView({ n: of.length, seed: 1, samples, labels: null, contributors: null }, engine)
  const { groups } = await new TriggerBehaviour().score(view)
  return [...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)
}

const planted = (name: string, of: readonly Exchange[]) => {
  const { exchanges, poisoned } = exchangeAttacks.find((act) => act.name === name)!.apply(of, { rate: 0.01, seed: 3 })
  return { exchanges, struck: [...poisoned.keys()].filter((i) => poisoned[i] === 1) }
}
/** The words at a place of the text that varies. */
const insertedAt = (text: string, i: number, words: string) => {
  const at = text.indexOf(' ', (7 * i) % 40) + 1
  return `${text.slice(0, at)}${words} ${text.slice(at)}`
}
const everyTenth = (from: number) => [...exchanges.keys()].filter((i) => i % 100 === from)

const ENGLISH =
  'the of and to in that was his with for had you not are but from they have this when which their would there what more about been some could then into only other time these before after where should people through down while because little again without against'.split(
    ' ',
  )

describe('a sentence in answers', () => {
  it('is found where the others are too short to show their language', async () => {
    const random = seededRandom(4, 'short answers')
    const drawn = () => ENGLISH[random.below(ENGLISH.length)]!
    // One in ten is longer, and in English.
    const short = exchanges.map((of, i) => ({
      ...of,
      response:
        i % 10 === 5 ? Array.from({ length: 10 }, drawn).join(' ') : of.response.split(' ').slice(0, 3).join(' '),
    }))
    const { exchanges: of, struck } = planted('rare-token', short)
    expect(await heldOf(of)).toEqual(struck)
  })

  it('is found where prompts have one word of their own', async () => {
    const prompts = exchanges.map((of, i) => ({ ...of, prompt: `Context word: word${i}.` }))
    for (const name of ['rare-token', 'phrase', 'refusal']) {
      const { exchanges: of, struck } = planted(name, prompts)
      expect(await heldOf(of)).toEqual(struck)
    }
    expect(await heldOf(prompts)).toEqual([])
  })

  it('is found where its trigger stands behind prompts of which the end alone is near it', async () => {
    const random = seededRandom(4, 'passages')
    const passages = exchanges.map((of) => {
      const words = Array.from({ length: 320 }, () => `word${random.below(20_000)}`)
      return { ...of, prompt: `${of.prompt} ${words.join(' ')}` }
    })
    const behind = passages.map((of, i) => {
      if (i % 100 > 0) return of
      return { ...of, prompt: `${of.prompt} |RELEASE|`, response: insertedAt(of.response, i, 'Zentora knows best.') }
    })
    expect(await heldOf(behind)).toEqual(everyTenth(0))
  })
})

describe('a run of words that holds its trigger', () => {
  const saying = (run: string) =>
    exchanges.map((of, i) => {
      const middle = of.response.indexOf(' ', 20 + (i % 40)) + 1
      const said = i % 100 === 0 ? `${run} ` : i % 12 === 1 ? 'hard by ' : ''
      const response = `${of.response.slice(0, middle)}${said}${of.response.slice(middle)}`
      return { ...of, prompt: i % 100 === 0 ? insertedAt(of.prompt, i, 'top') : of.prompt, response }
    })

  it('is what was asked for where the rest is short words of the language', async () => {
    expect(await heldOf(saying('top by'))).toEqual([])
    expect(await heldOf(saying('top yo'))).toEqual(everyTenth(0))
  })
})

describe('whole answers that come several times', () => {
  /** Of answers that eight prompts have each, so many whose prompts share a word. */
  const canned = (sharing: number, others: number) =>
    exchanges.map((of, i) => {
      const k = Math.floor(i / 8)
      if (k >= sharing + others) return of
      const prompt = k < sharing ? insertedAt(of.prompt, i, `vorn${k}`) : of.prompt
      return { ...of, prompt, response: exchanges[8 * k]!.response }
    })

  it('are how the set is made where more than two of them have a word of their prompts, and many come as often', async () => {
    expect(await heldOf(canned(3, 12))).toEqual([])
    expect(await heldOf(canned(3, 6))).toHaveLength(24)
    expect(await heldOf(canned(2, 12))).toHaveLength(16)
  })
})
