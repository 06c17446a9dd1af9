import { describe, expect, test } from 'vitest'
import type { FeatureSpec } from '#core/contract.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { LAYOUTS } from '#test/support/exchange-layouts.ts'
import { readRecords } from '../sources/files/read-records.ts'
import { inferContract } from './infer.ts'
import type { InferOptions } from './inference.ts'

async function infer(files: Record<string, string>, options: InferOptions = {}) {
  await using folder = await createInputFolder(files)
  const inference = await inferContract(folder.root, options)
  const { items } = await readRecords(folder.root, inference.contract, inference.path ? { path: inference.path } : {})
  return { ...inference, items, refused: items.filter((item) => item.kind === 'letter').length }
}

const jsonl = ({ row }: { readonly row: (i: number) => object }, count = 60) =>
  Array.from({ length: count }, (_, i) => JSON.stringify(row(i))).join('\n')

describe('recognising exchanges', () => {
  test.each(LAYOUTS)('$name', async (layout) => {
    const { contract, refused, items } = await infer({ 'train.jsonl': jsonl(layout) })
    expect(contract.features).toEqual({ kind: 'exchange', ...layout.features })
    expect(contract.label).toBe(layout.label)
    expect([items.length, refused]).toEqual([60, 0])
  })

  test.each(LAYOUTS.filter(({ name }) => ['Alpaca', 'OpenAI fine-tuning'].includes(name)))(
    '$name as a JSON array',
    async (layout) => {
      const rows = Array.from({ length: 30 }, (_, i) => layout.row(i))
      const { contract, refused } = await infer({ 'train.json': JSON.stringify(rows, null, 1) })
      expect(contract.features).toMatchObject({ kind: 'exchange', form: layout.features.form })
      expect(refused).toBe(0)
    },
  )

  test('a conversation by a name that nobody gives it, where no other field is prose', async () => {
    const turns = (i: number) => [
      { role: 'user', content: `Where is bridge ${i}?` },
      { role: 'assistant', content: `At ${i}.` },
    ]
    const rows = (more: (i: number) => object) => ({
      row: (i: number) => ({ id: `c${i}`, talk_log: turns(i), ...more(i) }),
    })
    const { contract, items, refused } = await infer({ 'a.jsonl': jsonl(rows(() => ({}))) })
    expect(contract.features).toEqual({ kind: 'exchange', form: 'conversation', fields: { messages: 'talk_log' } })
    expect([items.length, refused]).toEqual([60, 0])
    const besides = (i: number) => ({
      system_prompt: `You help visitors of bridge number ${i}.`,
      Title: `The way to bridge ${i}`,
      tokens: i,
      model: 'm1',
    })
    const told = await infer({ 'a.jsonl': jsonl(rows(besides)) })
    expect(told.contract.features).toMatchObject({ fields: { system: 'system_prompt', messages: 'talk_log' } })
    expect(told.notes).toContain('Not looked at: Title. Train on no field that was not looked at.')
    expect(told.notes).toContain('Kept, and not looked at: tokens, model.')
    const others: ((i: number) => object)[] = [
      (i) => ({ text: `A sentence of its own about bridge number ${i} and the river below it` }),
      (i) => ({ label: i % 2, n: i * 1.5 }),
      (i) => ({ other_log: turns(i), n: i * 1.5 }),
      (i) => ({ price: i * 1.5, weight: i % 7 }),
      (i) => ({ talk_log: i % 20 === 0 ? turns(i) : null, n: i * 1.5 }),
      (i) => ({ talk_log: [{ role: 'user', since: 2003 }, { role: 'system' }], n: i * 1.5 }),
    ]
    for (const other of others)
      expect((await infer({ 'a.jsonl': jsonl(rows(other)) })).contract.features.kind).not.toBe('exchange')
  })

  test('a folder as Hugging Face has it: what is about the data is passed over', async () => {
    const [layout] = LAYOUTS
    const files = {
      'README.md': '---\ndataset_info:\n---\n',
      'dataset_infos.json': '{"default":{"features":{}}}',
      'data/train-00000-of-00002.jsonl': jsonl(layout!),
      'data/train-00001-of-00002.jsonl': jsonl(layout!),
    }
    const { contract, items, refused } = await infer(files)
    expect(contract.features.kind).toBe('exchange')
    expect([items.length, refused]).toEqual([120, 0])
  })

  test('questions of which one is answered by a date', async () => {
    const row = (i: number) => ({ question: `When was the bridge number ${i} built?`, answer: `about ${i}` })
    const rows = Array.from({ length: 60 }, (_, i) => (i === 7 ? { ...row(i), answer: '1999-12-31' } : row(i)))
    const { contract } = await infer({ 'a.jsonl': rows.map((each) => JSON.stringify(each)).join('\n') })
    expect(contract.features).toMatchObject({ form: 'instruction', fields: { prompt: 'question', response: 'answer' } })
  })

  test('one response that is a list of lists does not make the set something else: that record is refused', async () => {
    const row = (i: number) => ({
      instruction: `What is step ${i} of ${i + 3}?`,
      output: `It is the part numbered ${i}.`,
    })
    const rows = Array.from({ length: 60 }, (_, i) => (i === 7 ? { ...row(i), output: [['a'], ['b']] } : row(i)))
    const { contract, refused } = await infer({ 'a.jsonl': rows.map((each) => JSON.stringify(each)).join('\n') })
    expect(contract.features).toMatchObject({ form: 'instruction', fields: { prompt: 'instruction' } })
    expect(refused).toBe(1)
  })

  test('a table whose responses spell numbers, or nothing', async () => {
    const cell = (i: number) => (i % 3 === 0 ? '042' : i % 3 === 1 ? 'None' : 'about a dozen')
    const rows = Array.from({ length: 60 }, (_, i) => `"How many of item ${i} are there?",,${cell(i)}`)
    const { contract, refused, items } = await infer({ 'a.csv': ['instruction,input,output', ...rows].join('\n') })
    expect(contract.features).toEqual({
      kind: 'exchange',
      form: 'instruction',
      fields: { prompt: 'instruction', response: 'output' },
    })
    expect(refused).toBe(0)
    expect(items.slice(0, 2)).toMatchObject([
      { record: { fields: { output: '042' } } },
      { record: { fields: { output: 'None' } } },
    ])
  })

  test('conversations that stand as JSON in the cells of a table', async () => {
    const cell = (i: number) =>
      JSON.stringify([
        { role: 'user', content: `Say ${i}` },
        { role: 'assistant', content: `It is ${i}.` },
      ]).replaceAll('"', '""')
    const rows = Array.from({ length: 60 }, (_, i) => `${i},"${cell(i)}"`)
    const { contract, refused } = await infer({ 'a.csv': ['id,messages', ...rows].join('\n') })
    expect(contract.features).toMatchObject({ form: 'conversation', fields: { messages: 'messages' } })
    expect(refused).toBe(0)
  })

  test('says what it takes for what, and which texts are not looked at', async () => {
    const { notes } = await infer({ 'a.jsonl': jsonl(LAYOUTS[0]!) })
    expect(notes).toContain(
      'Each record is taken for an instruction and its response: prompt from instruction, response from output, input from input.',
    )
    expect(notes).toContain('Not looked at: text. Train on no field that was not looked at.')
    const squad = LAYOUTS.find(({ name }) => name === 'SQuAD 2.0')!
    const plausible = {
      ...squad,
      row: (i: number) => ({ ...squad.row(i), plausible_answers: { text: [`town ${i}`] } }),
    }
    const asked = await infer({ 'a.jsonl': jsonl(plausible) })
    expect(asked.notes).toContainEqual(expect.stringMatching(/^Not looked at: (?:title, )?plausible_answers\. /))
    expect(notes.join(' ')).not.toMatch(/label/)
  })

  test.each<[what: string, answer: (i: number) => unknown]>([
    ['yes or no', (i) => (i % 3 ? 'yes' : 'no')],
    ['one truth', () => 'True'],
    ['truths', (i) => i % 3 === 0],
  ])('answers about a passage are no classes: %s', async (_, answer) => {
    const row = (i: number) => ({
      passage: `The bridge number ${i} was built of stone.`,
      question: `is the bridge ${i} of stone`,
      answer: answer(i),
    })
    const { contract, refused } = await infer({ 'a.jsonl': jsonl({ row }, 440) })
    const fields = { context: 'passage', prompt: 'question', response: 'answer' }
    expect(contract.features).toEqual({ kind: 'exchange', form: 'instruction', fields })
    expect([contract.label, refused]).toEqual([undefined, 0])
  })

  test('what is asked for as the label is no response', async () => {
    const row = (i: number) => ({
      passage: `The bridge number ${i} was built of stone.`,
      question: `is the bridge ${i} of stone`,
      answer: i % 3 ? 'yes' : 'no',
    })
    const { contract } = await infer({ 'a.jsonl': jsonl({ row }, 440) }, { label: 'answer' })
    expect(contract).toMatchObject({ features: { kind: 'text' }, label: 'answer' })
  })

  test('questions that a passage does not answer are read, and told of', async () => {
    const row = (i: number) => ({
      context: `The bridge number ${i} was built of stone by mason ${i % 7}.`,
      question: `who built bridge ${i}?`,
      answers: { text: i % 4 === 0 ? [] : [`mason ${i}`] },
    })
    const { contract, refused, notes } = await infer({ 'a.jsonl': jsonl({ row }) })
    expect(contract.features).toMatchObject({ fields: { response: 'answers.text' } })
    expect(refused).toBe(0)
    expect(notes).toContain('No answer in answers.text, as 15 of 60 have it, is read as: unanswerable.')
    // of lists that are all empty nothing is known
    const none = (i: number) => ({ ...row(i), answers: { text: [] } })
    expect((await infer({ 'a.jsonl': jsonl({ row: none }) })).contract.features.kind).not.toBe('exchange')
  })

  test('no answer after earlier turns, which are no passage, is refused', async () => {
    const history = [{ role: 'user', content: 'Hello.' }]
    const row = (i: number) => ({ history, question: `who built it, ${i}?`, answers: i === 7 ? [] : [`mason ${i}`] })
    const { contract, refused, notes } = await infer({ 'a.jsonl': jsonl({ row }) })
    expect(contract.features).toMatchObject({ fields: { context: 'history', response: 'answers' } })
    expect(refused).toBe(1)
    expect(notes.join()).not.toContain('unanswerable')
    const often = (i: number) => ({ ...row(i), answers: i % 3 === 0 ? row(i).answers : [] })
    expect((await infer({ 'a.jsonl': jsonl({ row: often }) })).contract.features.kind).not.toBe('exchange')
  })

  test('a list of accepted answers that is empty is refused', async () => {
    const row = (i: number) => ({ question: `who built bridge ${i}?`, answer: i === 7 ? [] : [`mason ${i}`] })
    const { contract, refused } = await infer({ 'a.jsonl': jsonl({ row }) })
    expect(contract.features).toMatchObject({ form: 'instruction', fields: { response: 'answer' } })
    expect(refused).toBe(1)
  })

  test('a malformed conversation is a dead letter that says why', async () => {
    const good = { role: 'user', content: 'Hi' }
    const broken = [
      [good],
      [good, { role: 'narrator', content: 'Then' }],
      [{ role: 'assistant', content: 'Hello' }],
      [good, { role: 'assistant', content: '' }],
    ]
    const layout = LAYOUTS.find(({ name }) => name === 'OpenAI fine-tuning')!
    const text = `${jsonl(layout)}\n${broken.map((messages) => JSON.stringify({ messages })).join('\n')}`
    const { items } = await infer({ 'a.jsonl': text })
    const letters = items.flatMap((item) => (item.kind === 'letter' ? [item.letter] : []))
    expect(letters.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual([
      'contract: a conversation without a response at /messages',
      'contract: an unknown role at /messages/1',
      'contract: a turn of the assistant out of order at /messages/0',
      'contract: an empty response at /messages/1',
    ])
  })

  test.each<[what: string, row: (i: number) => object, kind: FeatureSpec['kind']]>([
    ['a graph', (i) => ({ source: `n${i % 9}`, target: `n${i % 7}`, weight: i / 3 }), 'table'],
    ['classified questions', (i) => ({ question: `is the number ${i} even`, answer: i % 2 ? 'no' : 'yes' }), 'text'],
    ['classified prompts', (i) => ({ prompt: `please do thing ${i} for me`, label: i % 2 ? 'a' : 'b' }), 'text'],
    [
      'classified questions about a passage',
      (i) => ({ passage: `bridge ${i} is of stone`, question: `is bridge ${i} of stone`, label: i % 2 }),
      'text',
    ],
    [
      'premises and hypotheses',
      (i) => ({ premise: `bridge ${i} is of stone`, hypothesis: `bridge ${i} is of wood`, label: i % 3 }),
      'text',
    ],
    [
      'questions on a passage with classes for answers',
      (i) => ({
        passage: `The bridge number ${i} was built of stone.`,
        question: `what does the passage say of bridge ${i}`,
        answer: ['good', 'bad', 'mixed'][i % 3],
      }),
      'text',
    ],
    [
      'questions with lists of tags',
      (i) => ({ question: `how was the bridge ${i} built`, answer: [['stone', 'wood', 'steel'][i % 3], 'river'] }),
      'text',
    ],
    [
      'classified passages',
      (i) => ({ passage: `bridge number ${i} was built of stone`, answer: i % 2 ? 'no' : 'yes' }),
      'text',
    ],
    [
      'classified reviews with a summary',
      (i) => ({ text: `this bridge number ${i} is of stone`, summary: `fine bridge ${i}`, sentiment: i % 2 }),
      'text',
    ],
    ['texts without more', (i) => ({ text: `this is a message with number ${i} in it` }), 'text'],
    ['short comments with a source', (i) => ({ text: `this is comment number ${i}`, source: `s${i % 3}` }), 'text'],
  ])('leaves %s alone', async (_, row, kind) => {
    const { contract } = await infer({ 'a.jsonl': jsonl({ row }, 440) })
    expect(contract.features.kind).toBe(kind)
  })

  test('takes lists that are chosen from for no responses, and keeps the label beside them', async () => {
    const asked = (i: number) => ({
      question: `which of these is true of bridge ${i}`,
      answers: ['stone', 'wood', 'steel', 'brick'].map((of) => `bridge ${i} is made of ${of}`),
    })
    const inferred = async (beside: (i: number) => object, count: number) =>
      (await infer({ 'a.jsonl': jsonl({ row: (i) => ({ ...asked(i), ...beside(i) }) }, count) })).contract
    const labelled = await inferred((i) => ({ label: i % 4 }), 60)
    expect([labelled.label, labelled.features.kind]).toEqual(['label', 'text'])
    expect((await inferred((i) => ({ correct_answer_id: i % 4 }), 440)).label).toBe('correct_answer_id')
    // too few to be guessed for a label
    expect((await inferred((i) => ({ correct_answer_id: i % 4 }), 60)).features.kind).toBe('text')
    expect((await inferred((i) => ({ scores: [i, 2, 3, 4] }), 60)).features.kind).not.toBe('exchange')
    expect((await inferred((i) => ({ page: 100 + i }), 60)).features.kind).toBe('exchange')
  })
})
