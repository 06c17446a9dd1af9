import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import type { FormatItem } from './format.ts'
import { readFile } from '../sources/files/source.ts'

/** What a file yields: a row of a table, or a value's text, or why it is broken. */
async function read(text: string, { from = 0, itemBytes = 1000, name = 'a.json' } = {}): Promise<unknown[]> {
  await using folder = await createInputFolder({ [name]: text })
  const found: unknown[] = []
  for await (const items of readFile({ path: join(folder.root, name) }, from, { itemBytes }))
    for (const { index, body } of items) {
      expect(index).toBe(from + found.length)
      found.push(
        body.kind === 'fields' ? body.fields : body.kind === 'bytes' ? Buffer.from(body.bytes).toString() : body.reason,
      )
    }
  return found
}

const ROWS = [
  { a: 1, b: 'x' },
  { a: 2.5, b: null },
  { a: 3, b: 'z' },
]
const NAMED = ROWS.map((row, i) => ({ index: `r${i}`, ...row }))
// as pandas 2 writes them
const TABLES: readonly (readonly [orient: string, text: string, rows: unknown])[] = [
  ['columns', '{"a":{"0":1,"1":2.5,"2":3},"b":{"0":"x","1":null,"2":"z"}}', ROWS],
  ['columns, shuffled', '{"a":{"7":2.5,"3":1,"12":3},"b":{"7":null,"3":"x","12":"z"}}', ROWS],
  ['index', '{"0":{"a":1,"b":"x"},"1":{"a":2.5,"b":null},"2":{"a":3,"b":"z"}}', ROWS],
  ['split', '{"columns":["a","b"],"index":[0,1,2],"data":[[1,"x"],[2.5,null],[3,"z"]]}', ROWS],
  ['split, named', '{"columns":["a","b"],"index":["r0","r1","r2"],"data":[[1,"x"],[2.5,null],[3,"z"]]}', NAMED],
  [
    'table',
    '{"schema":{"fields":[{"name":"index","type":"integer"},{"name":"a","type":"number"}],"primaryKey":["index"],"pandas_version":"1.4.0"},"data":[{"index":0,"a":1},{"index":1,"a":2}]}',
    [{ a: 1 }, { a: 2 }],
  ],
  [
    'table, named',
    '{"schema":{"fields":[{"name":"index","type":"string"},{"name":"a","type":"number"}],"primaryKey":["index"],"pandas_version":"1.4.0"},"data":[{"index":"r0","a":1}]}',
    [{ index: 'r0', a: 1 }],
  ],
]

test.each(TABLES)('a table as pandas writes it, %s', async (_orient, text, rows) => {
  expect(await read(text)).toEqual(rows)
  expect(await read(`${JSON.stringify(JSON.parse(text), null, 2)}\n`)).toEqual(rows)
  expect(await read(`\ufeff${text}\n`)).toEqual(rows)
  for (let from = 0; from <= (rows as unknown[]).length; from++)
    expect(await read(text, { from })).toEqual((rows as unknown[]).slice(from))
})

test.each([
  ['a record with objects', '{"user":{"1":2,"2":3},"text":"x"}'],
  ['one column, which may be a field', '{"counts":{"1":5,"2":6}}'],
  ['objects in the cells', '{"a":{"0":{"x":1},"1":{"x":2}},"b":{"0":{"x":1},"1":{"x":2}}}'],
  ['rows and columns that are both numbers', '{"0":{"0":1,"1":2},"1":{"0":3,"1":4}}'],
  ['columns of different rows', '{"a":{"0":1,"1":2},"b":{"0":1,"2":2}}'],
  ['a cell that is there twice', '{"a":{"0":1,"0":2,"1":3},"b":{"0":1,"1":2}}'],
  ['rows of different lengths', '{"columns":["a","b"],"index":[0,1],"data":[[1,2],[3]]}'],
  ['a schema of something else', '{"schema":{"fields":[]},"data":5}'],
])('what is no table, or might be two, is a value: %s', async (_what, text) => {
  expect(await read(text)).toEqual([text])
})

test.each([
  ['beside what is told of all', { status: 'ok', page: { of: 3 }, items: ROWS }],
  ['alone', { data: ROWS }],
  ['beside lists of nothing', { errors: [], results: ROWS, warnings: [] }],
  [
    'beside what says which set they are',
    { name: 'Bridges', description: 'All bridges of the river, by their age.', rows: ROWS },
  ],
])('the records below one key, %s', async (_where, whole) => {
  expect(await read(JSON.stringify(whole))).toEqual(ROWS)
  expect(await read(JSON.stringify(whole, null, 2), { from: 1 })).toEqual(ROWS.slice(1))
})

test.each([
  ['a date in words', { generated: 'Mon Nov 23 12:32:07 UTC 2026' }],
  ['what was asked', { query: 'select a, b from bridges where b' }],
  ['a name of what they are', { category: 'bridges' }],
])('many records below one key are records, whatever stands beside them: %s', async (_what, beside) => {
  const items = Array.from({ length: 50 }, (_, a) => ({ a }))
  expect(await read(JSON.stringify({ ...beside, items }), { itemBytes: 10_000 })).toEqual(items)
  const few = JSON.stringify({ ...beside, items: items.slice(1) })
  expect(await read(few, { itemBytes: 10_000 })).toEqual([few])
})

test('a label of nothing, and one that every record has, makes a few records no one record', async () => {
  expect(await read(JSON.stringify({ target: null, items: ROWS }))).toEqual(ROWS)
  const labelled = ROWS.map((row) => ({ ...row, label: 'late' }))
  expect(await read(JSON.stringify({ label: 'all', items: labelled }))).toEqual(labelled)
})

const QUESTIONS = [
  { question: 'How old?', id: 'q1', answers: [{ text: 'old', answer_start: 16 }], is_impossible: false },
  {
    question: 'How long?',
    id: 'q2',
    answers: [],
    plausible_answers: [{ text: 'old', answer_start: 16 }],
    is_impossible: true,
  },
]
const ARTICLE = { title: 'Bridges', paragraphs: [{ context: 'The bridges are old.', qas: QUESTIONS }] }
const rowsOf = (title: string) =>
  QUESTIONS.map(({ answers, plausible_answers: plausible, ...question }) => ({
    title,
    context: 'The bridges are old.',
    ...question,
    answers: { text: answers.map(({ text }) => text), answer_start: answers.map(({ answer_start: at }) => at) },
    ...(plausible !== undefined && { plausible_answers: { text: ['old'], answer_start: [16] } }),
  }))

test('questions about the paragraphs of articles are records, as Hugging Face has them', async () => {
  const data = [ARTICLE, { ...ARTICLE, title: 'Rivers' }]
  const limits = { itemBytes: 1000 }
  expect(await read(JSON.stringify({ version: 'v2.0', data }), limits)).toEqual([
    ...rowsOf('Bridges'),
    ...rowsOf('Rivers'),
  ])
  expect(await read(JSON.stringify({ data: [ARTICLE] }), { ...limits, from: 1 })).toEqual(rowsOf('Bridges').slice(1))
  for (const indent of [undefined, 1])
    expect(await read(`${JSON.stringify(data, null, indent)}\n`, limits)).toEqual([
      ...rowsOf('Bridges'),
      ...rowsOf('Rivers'),
    ])
})

test('a few questions of another form stay as they came, and no text goes without a word', async () => {
  const odd = { id: 'q3', question: 'Since when?', is_impossible: false }
  const placed = { id: 'q4', question: 'By whom?', answers: [{ text: 'old', answer_start: null }] }
  const many = Array.from({ length: 10 }, () => ARTICLE)
  const last = {
    title: 'Roads',
    paragraphs: [
      { context: 'x', qas: [odd, placed] },
      { context: 'y', qas: [] },
    ],
  }
  const data = [...many, last, { title: 'Empty', paragraphs: [] }]
  await using folder = await createInputFolder({ 'a.json': JSON.stringify({ data }) })
  const items: FormatItem[] = []
  for await (const some of readFile({ path: join(folder.root, 'a.json') }, 0, { itemBytes: 1000 })) items.push(...some)
  expect(items.slice(-2).map(({ body }) => body.kind === 'fields' && body.fields)).toEqual([
    { title: 'Roads', context: 'x', ...odd },
    { title: 'Roads', context: 'x', ...placed, answers: { text: ['old'], answer_start: [null] } },
  ])
  expect(items).toHaveLength(22)
  expect(items[0]?.leftOut).toEqual(['1 article without paragraphs', '1 paragraph without questions'])
})

test.each([
  ['an article without paragraphs', { title: 'Bridges' }],
  ['a field on two levels', { ...ARTICLE, id: 'a1' }],
  [
    'an answer with more than its place',
    { paragraphs: [{ context: 'x', qas: [{ question: 'x', answers: [{ text: 'x', answer_start: 0, by: 'ann' }] }] }] },
  ],
  ['an answer without a place', { paragraphs: [{ context: 'x', qas: [{ question: 'x', answers: [{ text: 'x' }] }] }] }],
])('articles stay records where one is other than all: %s', async (_what, article) => {
  const articles = [ARTICLE, article]
  expect(await read(JSON.stringify({ data: articles }), { itemBytes: 1000 })).toEqual(articles)
  // a list is read as JSON then: records that are decoded later
  expect(await read(JSON.stringify(articles), { itemBytes: 1000 })).toEqual(articles.map((one) => JSON.stringify(one)))
})

test.each([
  ['a conversation', { id: 1, messages: [{ role: 'user', content: 'x' }] }],
  ['an order with its items and its notes', { items: [{ n: 1 }], notes: ['x'] }],
  ['no objects', { data: [1, 2] }],
  ['an order that is labelled', { items: [{ n: 1 }], label: 'late' }],
  ['a text with what was found in it', { text: 'a bridge that was built of stone', results: [{ n: 1 }] }],
])('one record with a list of its own is a value: %s', async (_what, record) => {
  expect(await read(JSON.stringify(record))).toEqual([JSON.stringify(record)])
})

test('JSON lines that begin alike stay lines, and text that is broken is told where it breaks', async () => {
  const line = '{"a":{"0":1,"1":2},"b":{"0":3,"1":4}}'
  expect(await read(`${line}\n${line}\n`)).toEqual([line, line])
  expect(await read(`${line}\n`, { name: 'a.jsonl' })).toEqual([line])
  expect(await read(line.slice(0, -4))).toEqual(['undecodable'])
  expect(await read(TABLES[0]![1], { itemBytes: 10 })).toEqual(['too_large', 'too_large', 'too_large'])
})

test('what is too large to be held is told how to be written a record at a time', async () => {
  const details = async (begins: string) => {
    const text = Buffer.concat([Buffer.from(begins), Buffer.alloc(64 * 1024 * 1024, ' '), Buffer.from('1}')])
    await using folder = await createInputFolder({ 'a.json': text })
    const found: string[] = []
    for await (const items of readFile({ path: join(folder.root, 'a.json') }, 0, { itemBytes: 1000 }))
      for (const { body } of items) if (body.kind === 'broken') found.push(body.detail)
    return found
  }
  expect(await details('{"ok":true,"items":[{"a":1}],"n":')).toEqual([
    expect.stringMatching(
      /; where items holds the records, .* JSON lines, .*: jq -c '\.items\[\]' data\.json > data\.jsonl$/,
    ),
  ])
  const nested = '{"ok":"an \\"items\\":[{","page":{"rows":[{"a":1}]},"data":[{"a":1,"entries":[{"b":1}]}],"n":'
  expect(await details(nested)).toEqual([expect.stringContaining("jq -c '.data[]' data.json")])
  expect(await details('{"a":{"0":1,"1":2},"b":')).toEqual([expect.stringMatching(/ by rows, with pandas: /)])
})
