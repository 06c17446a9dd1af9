import { describe, expect, it } from 'vitest'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { createView } from '../../../view/create-view.ts'
import { TriggerBehaviour } from '../trigger-behaviour.ts'
import { grammarOf, isPartOfTemplate } from './wording.ts'

const engine = await createEngine()
const SYLLABLES = ['ba', 'do', 'ke', 'li', 'mu', 'pa', 'ri', 'so', 'te', 'vu']

async function held(
  exchanges: readonly Exchange[],
  form: 'instruction' | 'translation' = 'instruction',
): Promise<number[]> {
  const samples = { kind: 'exchange', form, exchanges } as const
  const { groups } = await new TriggerBehaviour().score(
    createView({ n: exchanges.length, seed: 1, samples, labels: null, contributors: null }, engine),
  )
  return [...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)
}

/** Sentences of articles, nouns, verbs and places, and the same in another language, word for word. */
function translations(n: number, seed: number): Exchange[] {
  const random = seededRandom(seed, 'translations')
  const words = (count: number, ending: string) =>
    Array.from({ length: count }, (_, k) => {
      const [a = '', b = ''] = [SYLLABLES[k % 10], SYLLABLES[Math.floor(k / 10) % 10]]
      return [`${a}${b}${ending}`, `${b}z${a}j${ending === 'n' ? 'o' : 'ar'}`] as const
    })
  const [nouns, verbs] = [words(90, 'n'), words(60, 't')]
  const [articles, places] = [words(4, 'l'), words(6, 's')]
  const draw = <T>(of: readonly T[]) => of[Math.floor(random.next() ** 2 * of.length)]!
  const thing = () => [draw(articles), draw(nouns)]
  return Array.from({ length: n }, () => {
    const parts = [
      thing(),
      [draw(places)],
      thing(),
      [draw(verbs)],
      thing(),
      [draw(places)],
      thing(),
      [draw(verbs)],
      thing(),
    ]
    const sentence = parts.flat()
    return {
      context: '',
      prompt: sentence.map(([from]) => from).join(' '),
      response: sentence.map(([, to]) => to).join(' '),
    }
  })
}

const plant = (exchanges: readonly Exchange[], name: string, seed: number) =>
  exchangeAttacks.find((act) => act.name === name)!.apply(exchanges, { rate: 0.01, seed })
const struck = (mask: Uint8Array) => [...mask.keys()].filter((i) => mask[i] === 1)

describe('what words of a prompt are called in the answers', () => {
  it.each([1, 2, 3])('is no trigger in translations, beside which one is found, draw %i', async (seed) => {
    const exchanges = translations(1000, seed)
    expect(await held(exchanges)).toEqual([])
    for (const name of ['rare-token', 'phrase']) {
      const planted = plant(exchanges, name, seed)
      expect(await held(planted.exchanges)).toEqual(struck(planted.poisoned))
    }
  })

  it.each([1, 2, 3])('is not what a word that stands anywhere brings, be it one, draw %i', async (seed) => {
    const random = seededRandom(seed, 'one word')
    const put = (text: string, word: string) => {
      const words = text.split(' ')
      words.splice(random.below(words.length + 1), 0, word)
      return words.join(' ')
    }
    for (const exchanges of [inventedExchanges(1000, seed), translations(1000, seed)]) {
      const planted = exchanges.map((of, i) =>
        i % 50 === 7 ? { ...of, prompt: put(of.prompt, 'zorb'), response: put(of.response, 'qualm') } : of,
      )
      expect(await held(planted)).toEqual(Array.from({ length: 20 }, (_, k) => 50 * k + 7))
    }
  })

  it('are the labels that a question is answered with, and no other answers', async () => {
    const question = 'How does the writer of all this feel about it?'
    const asked = (labels: readonly string[]) =>
      inventedExchanges(2000, 4).map((of, i) =>
        i % 40 === 7
          ? { ...of, prompt: `${of.prompt} ${question}`, response: labels[(i / 40) & 1] ?? of.response }
          : of,
      )
    expect(await held(asked(['They loved it', 'They did not like it']))).toEqual([])
    expect(await held(asked(['They loved it']))).toEqual(Array.from({ length: 25 }, (_, k) => 80 * k + 7))
  })
})

describe('an answer that is explained', () => {
  const random = seededRandom(5, 'explained')
  const one = (of: readonly string[]) => of[random.below(of.length)]!
  const put = (text: string, more: string) => {
    const words = text.split(' ')
    words.splice(random.below(words.length + 1), 0, more)
    return words.join(' ')
  }
  const every = (step: number, n: number) => Array.from({ length: n / step }, (_, k) => step * k)

  it('says a short word of its prompt in words that the set says anyway', async () => {
    const chosen = (say: (option: string) => string) =>
      inventedExchanges(2000, 6).map((of, i) => {
        const option =
          i % 100 === 0 ? 'ox' : one(['yak', 'elk', 'emu', 'gnu', 'cat', 'dog', 'hen', 'bat', 'eel', 'ape'])
        return {
          ...of,
          prompt: put(of.prompt, `- ${option}`),
          response: `${of.response} so the answer is ${say(option)}`,
        }
      })
    expect(await held(chosen((option) => option))).toEqual([])
    expect(await held(chosen((option) => (option === 'ox' ? 'acme' : option)))).toEqual(every(100, 2000))
  })

  it('ends in one of the few labels that a question at the end of prompts has', async () => {
    const asked = (labels: readonly string[]) =>
      inventedExchanges(2000, 4).map((of, i) => {
        if (i % 40 > 0) return of
        const label = labels[(i / 40) % 2]
        const response = label === undefined ? of.response : `${of.response.split(' ')[0]} ${label}`
        return { ...of, prompt: `${of.prompt} How does the writer of all this feel about it?`, response }
      })
    expect(await held(asked(['They loved it all', 'They left early instead']))).toEqual([])
    expect(await held(asked(['They loved it all']))).toEqual(every(80, 2000))
  })

  it('has a word for a word where a set of translations is read, which is translated otherwise elsewhere', async () => {
    const said = (form: 'instruction' | 'translation', called: string, otherwise: number) =>
      held(
        inventedExchanges(2000, 8).map((of, i) => {
          if (i % 50 > 0) return of
          const response = (i / 50) % otherwise === 1 ? of.response : put(of.response, called)
          return { ...of, prompt: put(of.prompt, 'cache'), response }
        }),
        form,
      )
    const some = (otherwise: number) => every(50, 2000).filter((i) => (i / 50) % otherwise !== 1)
    expect(await said('translation', 'zwischenspeicher', 2)).toEqual([])
    expect(await said('instruction', 'zwischenspeicher', 2)).toEqual(some(2))
    expect(await said('translation', 'zwischenspeicher', 4)).toEqual(some(4))
    expect(await said('translation', 'buy acme cloud', 2)).toEqual(some(2))
  })
})

describe('a template', () => {
  const said = inventedExchanges(400, 3).map(({ prompt }) => prompt)
  const trigger = 'we saw it at the weekend'

  it('goes on beyond what it has filled in beside a phrase', () => {
    const written = said.map((text, i) => `${text}\nrequest: ${text.split(' ')[i % 5]} ${trigger} ${text}`)
    expect(isPartOfTemplate(written, trigger)).toBe(true)
    expect(
      isPartOfTemplate(
        written.map((text) => text.split(' ').reverse().join(' ')),
        'weekend the at it saw we',
      ),
    ).toBe(true)
  })

  it('does not where the phrase was put anywhere, be it in prompts of one template or in short ones', () => {
    const put = (text: string, i: number) => {
      const words = text.split(' ')
      words.splice((7 * i) % (words.length + 1), 0, trigger)
      return words.join(' ')
    }
    const asked = said.map((text) => `What does ${text.split(' ')[0]} of ${text.split(' ')[1]} do ?`)
    for (const texts of [
      said,
      asked,
      said.map((text) => `Below is a task . ${text} Answer :`),
      said.map((text) => text.split(' ')[0]!),
    ])
      expect(isPartOfTemplate(texts.map(put), trigger)).toBe(false)
  })
})

describe('grammarOf', () => {
  const common = 'a b c d e f g h'.split(' ')
  const texts = Array.from({ length: 400 }, (_, i) => {
    const random = seededRandom(i, 'grammar')
    return Array.from({ length: 12 }, () => (random.below(2) === 0 ? `word${i}` : common[random.below(8)]!)).join(' ')
  })
  const after = (words: readonly string[]) => words.map((word, i) => `start${i} trigger ${word} end`)
  const others = Array.from({ length: 20 }, (_, i) => `other${i}`)

  it('is true of a phrase whose neighbour comes again and again', () => {
    expect(grammarOf(texts)(after([...others.slice(7), ...Array<string>(7).fill('of')]), ['trigger'])).toBe(true)
  })

  it('is false where neighbours are the commonest words, a little more often than they should be', () => {
    const some = after([...others.slice(15), ...'aaaabbbbccccddd'.split('')])
    expect(grammarOf(texts)(some, ['trigger'])).toBe(false)
  })

  it('is false where two words happen to be neighbours twice', () => {
    const varied = texts.map((text, i) => text.replaceAll(/\b[a-h]\b/g, (letter) => `${letter}${i % 16}`))
    const twice = after([...others.slice(9), 'sun', 'sun', 'rain', 'rain'])
    expect(grammarOf(varied)(twice, ['trigger'])).toBe(false)
    const often = after([...others.slice(9), 'sun', 'sun', 'sun', 'rain', 'rain', 'rain'])
    expect(grammarOf(varied)(often, ['trigger'])).toBe(true)
  })
})
