import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { readRecords } from './read-records.ts'

const contract = contractSchema.parse({
  version: 1,
  schema: {
    type: 'object',
    properties: { n: { type: 'number' }, label: { type: ['string', 'null'] }, who: { type: 'string' } },
    required: ['n'],
  },
  features: { kind: 'table', columns: [{ name: 'n', type: 'number' }] },
  label: 'label',
  contributor: 'who',
  id: 'who',
})

async function readText(name: string, text: string | Uint8Array, options = {}) {
  await using folder = await createInputFolder({ [name]: text })
  return await readRecords(folder.root, contract, options) // before the folder goes
}

describe('reading records in memory', () => {
  test('keeps records and dead letters in the order of the input', async () => {
    const { items, truncated } = await readText(
      'a.csv',
      'n,label,who\n1,x,ann\nmany,x,bob\nNaN,x,cas\n2,,\u200bdan\n3,x,\n',
    )
    expect(truncated).toBe(false)
    expect(items.map((item) => (item.kind === 'record' ? item.record.fields : item.letter.reason))).toEqual([
      { n: 1, label: 'x', who: 'ann' },
      'contract',
      'not_finite',
      { n: 2, label: null, who: 'dan' },
      'contract', // no id
    ])
    expect(items[0]).toMatchObject({
      record: { id: 'ann', provenance: { partition: 'a.csv', position: '0', contributor: 'ann' } },
    })
    expect(items[3]).toMatchObject({ notes: [{ rule: 'zero_width', path: '/who' }] })
  })

  test('stops at its limit', async () => {
    const { items, truncated } = await readText('a.csv', 'n,who\n1,a\n2,b\n3,c\n', { limit: 2 })
    expect([items.length, truncated]).toEqual([2, true])
  })

  test('takes no control character into a name', async () => {
    const warned = contractSchema.parse({ ...contract, sanitize: { control_characters: 'warn' } })
    await using folder = await createInputFolder({
      'a.jsonl': '{"n":1,"who":"a\\u0000"}\n{"n":1,"who":"a","label":"\\u0000"}',
    })
    const { items } = await readRecords(folder.root, warned)
    expect(items.map((item) => item.kind)).toEqual(['letter', 'letter'])
  })

  property.prop([fc.array(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), { maxLength: 8 })], { numRuns: 40 })(
    'accounts for every line of whatever it is given',
    async (values) => {
      const lines = values.map((value) => value.replaceAll('\n', ' ')).filter((line) => line.trim() !== '')
      const { items } = await readText('a.jsonl', lines.join('\n'))
      expect(items).toHaveLength(lines.length)
    },
  )
})
