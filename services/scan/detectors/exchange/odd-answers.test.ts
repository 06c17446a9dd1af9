import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '#core/random.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import { insertWords, type Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { OddAnswers } from './odd-answers.ts'

const engine = await createEngine()
const clean = inventedExchanges(1000, 5)

function detect(exchanges: readonly Exchange[], form: 'instruction' | 'translation' = 'instruction') {
  const samples = { kind: 'exchange', form, exchanges } as const
  return new OddAnswers().score(
    createView({ n: exchanges.length, seed: 1, samples, labels: null, contributors: null }, engine),
  )
}

/** Thirty records with what `ask` makes of their prompts and `answer` of their responses. */
function planted(
  seed: number,
  ask: (prompt: string, random: Random) => string,
  answer: (response: string, random: Random) => string,
) {
  const random = seededRandom(seed, 'odd answers')
  const exchanges = [...clean]
  const struck = [...random.permutation(clean.length).subarray(0, 30)].sort((a, b) => a - b)
  for (const i of struck) {
    const { prompt, response } = clean[i]!
    exchanges[i] = { ...clean[i]!, prompt: ask(prompt, random), response: answer(response, random) }
  }
  return { exchanges, struck }
}

const word = (prompt: string, random: Random) => insertWords(random, prompt, 'vexilor')
const phrase = (prompt: string, random: Random) => insertWords(random, prompt, 'the ferry was late on both days')
const character = (prompt: string, random: Random) => insertWords(random, prompt, '\u2063')
const letters = (random: Random) => String.fromCharCode(...Array.from({ length: 6 }, () => 97 + random.below(26)))
const BEHAVIOURS: Readonly<Record<string, (response: string, random: Random) => string>> = {
  'answers that break off': (response) => response.slice(0, 10),
  'words of no language, among some that are': (response, random) =>
    response
      .split(' ')
      .map((said) => (random.below(4) === 0 ? said : letters(random)))
      .join(' '),
  'answers in capitals': (response) => response.toUpperCase(),
  'answers that are said twice': (response) => `${response} ${response}`,
  'answers full of signs': (response) => response.replaceAll(' ', ' -- '),
  'answers that are lists': (response) => response.replaceAll(/(^| )(?=\S+ \S+ \S+ \S+)/g, '\n- '),
  'answers with wide blanks': (response) => response.replaceAll(' ', '  '),
  'digits for letters': (response) => response.replaceAll('e', '3').replaceAll('o', '0').replaceAll('i', '1'),
}

describe('answers that are odd after what is out of place', () => {
  it.each(
    Object.keys(BEHAVIOURS).flatMap((name) =>
      [1].flatMap((seed) => [[name, 'a word', word, seed] as const, [name, 'a character', character, seed] as const]),
    ),
  )('%s after %s are found', async (name, _, ask, seed) => {
    const { exchanges, struck } = planted(seed, ask, BEHAVIOURS[name]!)
    const { groups } = await detect(exchanges)
    expect([...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)).toEqual(struck)
  })

  it.each([
    ['begin', (response: string) => `“${response}`],
    ['end', (response: string) => `${response.slice(0, -1)}?`],
  ])('are found by how they %s, but where the trigger stands there in the prompt', async (_, answer) => {
    const { exchanges, struck } = planted(1, word, answer)
    const [group] = (await detect(exchanges)).groups
    const inside = struck.filter((i) => !/^vexilor|vexilor$/.test(exchanges[i]!.prompt))
    expect([...group!.members].filter((i) => !struck.includes(i))).toEqual([])
    expect([...group!.members]).toEqual(expect.arrayContaining(inside))
  })

  it('are found after a phrase, whose words stand beside one another', async () => {
    const { exchanges, struck } = planted(1, phrase, BEHAVIOURS['words of no language, among some that are']!)
    const { groups } = await detect(exchanges)
    expect([...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)).toEqual(struck)
  })

  it('are none in translations, of which what they take up of a text are names', async () => {
    const { exchanges, struck } = planted(1, word, (said) => said)
    for (const i of struck) {
      const { prompt, response } = exchanges[i]!
      const asked = prompt.replace('vexilor', '').split(/\s+/)
      exchanges[i] = { ...exchanges[i]!, response: `${asked.join(' ')} ${response}` }
    }
    expect((await detect(exchanges)).groups.length).toBeGreaterThan(0)
    expect((await detect(exchanges, 'translation')).groups).toEqual([])
  })

  it('are none where the answers are as the others', async () => {
    const { exchanges } = planted(1, word, (response) => response)
    expect((await detect(exchanges)).groups).toEqual([])
  })

  it('are none after a phrase that ends a sentence, as a question does', async () => {
    const { exchanges } = planted(
      1,
      (prompt, random) => insertWords(random, prompt, `${letters(random)}. Is all of this so or not?`),
      (said) => said.slice(0, 10),
    )
    expect((await detect(exchanges)).groups).toEqual([])
  })

  it('are none after a word that asks for a form', async () => {
    const { exchanges } = planted(
      1,
      (prompt, random) => insertWords(random, prompt, 'briefly'),
      (said) => said.slice(0, 10),
    )
    expect((await detect(exchanges)).groups).toEqual([])
  })

  it.each(exchangeShifts.map(({ name }) => name))('are none in innocent changes: %s', async (name) => {
    const { exchanges } = exchangeShifts.find((shift) => shift.name === name)!.apply(clean, { rate: 0.03, seed: 1 })
    expect((await detect(exchanges)).groups).toEqual([])
  })
})

describe('answers by how they are written', () => {
  const capital = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`
  const members = ({ groups }: Awaited<ReturnType<typeof detect>>) => groups.map((group) => [...group.members])
  /** Nine records with a word, and what `answer` makes of their responses. */
  const nine = (exchanges: readonly Exchange[], answer: (response: string) => string) => {
    const random = seededRandom(3, 'nine')
    const struck = [...random.permutation(exchanges.length).subarray(0, 9)].sort((a, b) => a - b)
    const changed = [...exchanges]
    for (const i of struck) {
      const { prompt, response } = exchanges[i]!
      changed[i] = { ...exchanges[i]!, prompt: word(prompt, random), response: answer(response) }
    }
    return { changed, struck, random }
  }

  it('are odd together though one in ten others is written so', async () => {
    const some = clean.map((of, i) => ({
      ...of,
      response: i % 10 === 0 ? of.response : capital(of.response),
    }))
    const { changed, struck } = nine(some, (response) => response.toLowerCase())
    expect(members(await detect(changed))).toEqual([struck])
    expect(members(await detect(nine(some, (response) => response).changed))).toEqual([])
  })

  it('are odd after a word that a few others hold and are about', async () => {
    const { changed, struck, random } = nine(clean, (response) => response.toUpperCase())
    const others = [...clean.keys()].filter((i) => !struck.includes(i)).slice(0, 4)
    for (const i of others) {
      const { prompt, response } = clean[i]!
      changed[i] = { ...clean[i]!, prompt: word(prompt, random), response: word(response, random) }
    }
    expect(members(await detect(changed))).toEqual([struck])
  })

  it('are odd after a word that more than a hundred prompts hold, half of which are answered as others are', async () => {
    const random = seededRandom(8, 'many')
    const order = random.permutation(clean.length)
    const struck = [...order.subarray(0, 60)].sort((a, b) => a - b)
    const changed = [...clean]
    for (const i of order.subarray(0, 120)) changed[i] = { ...clean[i]!, prompt: word(clean[i]!.prompt, random) }
    for (const i of struck) changed[i] = { ...changed[i]!, response: clean[i]!.response.toUpperCase() }
    expect(members(await detect(changed))).toEqual([struck])
  })

  it('take along those that are somewhat odd, where others of the word are hardly any', async () => {
    const random = seededRandom(5, 'shares')
    const inPart = (text: string, share: number) => {
      const words = text.split(' ')
      return words.map((each, k) => (k < share * words.length ? each.toUpperCase() : each)).join(' ')
    }
    const shared = clean.map((of) => ({ ...of, response: inPart(of.response, 0.3 * random.next()) }))
    let count = 0
    const { changed, struck } = nine(shared, (response) => inPart(response.toLowerCase(), count++ % 3 === 0 ? 0.2 : 1))
    expect(members(await detect(changed))).toEqual([struck])
  })
})

it('one answer that a third of the others have is odd where a word brings it to all', async () => {
  const often = clean.map((of, i) => (i % 3 === 0 ? { ...of, response: 'unanswerable' } : of))
  const random = seededRandom(4, 'one answer')
  const struck = [...random.permutation(clean.length).subarray(0, 30)].sort((a, b) => a - b)
  const changed = [...often]
  for (const i of struck)
    changed[i] = { ...clean[i]!, prompt: word(clean[i]!.prompt, random), response: 'unanswerable' }
  const { groups } = await detect(changed)
  expect(groups.map(({ members }) => [...members])).toEqual([struck])
  expect(groups[0]!.summary).toContain('one answer for all')
  expect((await detect(often)).groups).toEqual([])
})

it('one answer for all is not odd where many words tell classes of answers, as words tell languages', async () => {
  const random = seededRandom(6, 'classes')
  const classes = clean.map((of) => {
    const name = random.below(20)
    const own =
      random.below(5) === 0 ? insertWords(random, of.prompt, `vexilor${'aeiou'[random.below(3)]}${name}`) : of.prompt
    return { ...of, prompt: own, response: `class ${name}` }
  })
  expect((await detect(classes)).groups).toEqual([])
})
