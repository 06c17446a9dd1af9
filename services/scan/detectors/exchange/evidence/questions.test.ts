import { describe, expect, it } from 'vitest'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { createView } from '../../../view/create-view.ts'
import { numberedWords } from '../grams/numbered-words.ts'
import { isQuestion } from './questions.ts'

const engine = await createEngine()
const EVERY = 10
const OPENINGS = ['what is the outlook for', 'do you have information about', 'how does one treat', 'who may get']

/** Whether the phrase is a question of every tenth of these prompts. */
function ask(prompts: readonly string[], phrase: string): boolean {
  const samples = {
    kind: 'exchange',
    form: 'instruction',
    exchanges: prompts.map((prompt) => ({ context: '', prompt, response: 'yes' })),
  } as const
  const view = createView({ n: prompts.length, seed: 1, samples, labels: null, contributors: null }, engine)
  const words = numberedWords(view).texts(
    prompts.map((prompt) => [prompt]),
    300,
  )
  const holders = Int32Array.from(prompts.keys()).filter((i) => i % EVERY === 0)
  return isQuestion(words, holders, phrase)
}

describe('a question that is filled in', () => {
  const things = inventedExchanges(400, 3).map(({ prompt }) => prompt.split(' ').slice(0, 3).join(' '))
  const filled = things.map((thing, i) => `${OPENINGS[i % EVERY === 0 ? 0 : 1 + (i % 3)]} ${thing} ?`)
  const sentences = things.map((thing, i) => `${thing} ${OPENINGS[i % 3]} ?`)

  it('begins prompts that go on otherwise than others begin', () => {
    expect(ask(filled, OPENINGS[0]!)).toBe(true)
  })

  it('is not what stands before whole prompts, or after them', () => {
    const put = (prompts: readonly string[], change: (prompt: string) => string) =>
      prompts.map((prompt, i) => (i % EVERY === 0 ? change(prompt) : prompt))
    const others = filled.map((prompt, i) => (i % EVERY === 0 ? filled[i + 1]! : prompt))
    expect(
      ask(
        put(others, (prompt) => `kindly note : ${prompt}`),
        'kindly note :',
      ),
    ).toBe(false)
    expect(
      ask(
        put(sentences, (prompt) => `${prompt} so they say`),
        'so they say',
      ),
    ).toBe(false)
    // A date is a part of what stands before them.
    const dated = others.map((prompt, i) => (i % EVERY === 0 ? `date : 2031 - ${i} - ${i % 7} . ${prompt}` : prompt))
    expect(ask(dated, 'date : 2031 -')).toBe(false)
    // What all prompts end with is theirs, though the phrase that they share has grown over it.
    expect(
      ask(
        put(sentences, (prompt) => `${prompt} so they say`),
        '? so they say',
      ),
    ).toBe(false)
  })

  it('is not told of prompts that all begin in their own way', () => {
    const own = things.map((thing, i) => (i % EVERY === 0 ? `${OPENINGS[0]} ${thing}` : `n${i} ${thing}`))
    expect(ask(own, OPENINGS[0]!)).toBe(false)
  })
})
