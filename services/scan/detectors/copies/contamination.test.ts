import { describe, expect, it } from 'vitest'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { scanWindow } from '../../scan-window.ts'
import { createView } from '../../view/create-view.ts'
import { benchmarkOf, Contamination } from './contamination.ts'

const engine = await createEngine()
const exchanges = inventedExchanges(120, 5)
const question =
  'A train leaves the harbour at nine and another one at ten; how long after noon do both of them arrive?'
const short = 'Which river runs through the town of Ulm today?'
const form = 'Choose the best of the following four answers and give its letter alone without any explanation'
const benchmark = benchmarkOf('exam.jsonl', [
  question,
  short,
  ...Array.from({ length: 40 }, (_, k) => `${form}: question number ${k} of this exam`),
])

async function held(prompts: Readonly<Record<number, string>>) {
  const changed = exchanges.map((of, i) => (prompts[i] === undefined ? of : { ...of, prompt: prompts[i] }))
  const samples = { kind: 'exchange', form: 'instruction', exchanges: changed } as const
  const input = { n: changed.length, seed: 1, samples, labels: null, contributors: null }
  const { risk, campaigns } = await scanWindow(input, { engine, against: [benchmark] })
  return { at: [...risk.keys()].filter((i) => risk[i]! >= 0.5), campaigns }
}

describe('what a model will be judged by', () => {
  it('is found within longer texts and whole, whatever the case and the signs', async () => {
    const { at, campaigns } = await held({
      3: `Please solve this. ${question.toUpperCase().replaceAll(' ', ' — ')} Thank you.`,
      90: short,
    })
    expect(at).toEqual([3, 90])
    expect(campaigns.map(({ summary }) => summary)).toEqual([
      expect.stringContaining('2 records share 13 words in a row with exam.jsonl'),
    ])
  })

  it('is not found in its form, nor in what shares fewer words', async () => {
    const prompts = [`${form}.`, question.slice(0, 50), 'Which river runs through Ulm?']
    const samples = {
      kind: 'exchange',
      form: 'instruction',
      exchanges: prompts.map((prompt) => ({ context: '', prompt, response: 'It is the third of them.' })),
    } as const
    const view = createView({ n: prompts.length, seed: 1, samples, labels: null, contributors: null }, engine)
    expect((await new Contamination([benchmark]).score(view)).groups).toEqual([])
  })
})
