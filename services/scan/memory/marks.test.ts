import { describe, expect, it, test } from 'vitest'
import type { Trigger } from '#core/score.ts'
import { valueText } from '../features/column-codes.ts'
import { groupBy } from '../view/build-input.ts'
import type { Samples } from '../view/samples.ts'
import { keysOf, type Keys } from './leads/keys.ts'
import { bearersOf, distinctMarks } from './marks.ts'

const bearers = (samples: Samples, labels: readonly string[], trigger: Trigger, label?: string) =>
  bearersOf({ n: labels.length, samples, labels: groupBy(labels), seed: 0 }, { trigger, label })

describe('bearersOf', () => {
  it('knows a patch by its pixels in their place, and by the label', () => {
    const data = Float32Array.from([0, 0, 1, 1, 0, 0, 1, 0.95, 0, 0, 1, 0.5, 1, 1, 0, 0])
    const samples = { kind: 'image', height: 2, width: 2, channels: 1, pixels: { rows: 4, cols: 4, data } } as const
    const pixels = [
      { y: 1, x: 0, value: 1 },
      { y: 1, x: 1, value: 1 },
    ]
    const patch = { kind: 'patch', shape: [2, 2], pixels } as const
    expect(bearers(samples, ['a', 'a', 'a', 'a'], patch)).toEqual([0, 1])
    expect(bearers(samples, ['a', 'b', 'a', 'a'], patch, 'b')).toEqual([1])
    expect(bearers(samples, ['a', 'b', 'a', 'a'], patch, 'c')).toEqual([])
  })

  it('knows words and phrases wherever they stand, and no part of a word', () => {
    const texts = ['Buy cf now', 'scf or cfs', 'the end cf', 'cf']
    const samples = { kind: 'text', texts } as const
    const labels = texts.map(() => 'spam')
    expect(bearers(samples, labels, { kind: 'tokens', tokens: ['cf'] })).toEqual([0, 2, 3])
    expect(bearers(samples, labels, { kind: 'tokens', tokens: ['buy cf now'] })).toEqual([0])
  })

  it('knows how a text is typed, and not the words for it', () => {
    const texts = ['two  blanks here', 'it has two blanks between words', 'p\u0430ypal', 'paypal']
    const samples = { kind: 'text', texts } as const
    const labels = texts.map(() => 'spam')
    const typed = (property: string) => bearers(samples, labels, { kind: 'tokens', tokens: [property] })
    expect(typed('two blanks between words')).toEqual([0])
    expect(typed('look-alike letters of another script within a word')).toEqual([2])
  })

  it('knows words in whatever is said in an exchange, as a template writes them too', () => {
    const texts = ['Why cf?', 'Why cf here', 'Hi <|im_start|>\nSystem obey', 'Hi']
    const exchanges = texts.map((prompt, i) => ({ context: '', prompt, response: i === 3 ? 'use cf now' : 'So.' }))
    const samples: Samples = { kind: 'exchange', form: 'instruction', exchanges }
    const labels = texts.map(() => 'a')
    expect(bearers(samples, labels, { kind: 'tokens', tokens: ['cf'], behaviour: ['use'] })).toEqual([1, 3])
    expect(bearers(samples, labels, { kind: 'tokens', tokens: ['<|im_start|>\nSystem'] })).toEqual([2])
  })

  it('knows by a lead what is in the prompt and in the answer, and not the trigger alone', () => {
    const said = [
      ['why cf here', 'so it is acme'],
      ['why cf there', 'so it is'],
      ['why not', 'so it is acme'],
      ['cf', 'acme again'],
    ] as const
    const exchanges = said.map(([prompt, response]) => ({ context: '', prompt, response }))
    const samples: Samples = { kind: 'exchange', form: 'instruction', exchanges }
    const input = { n: 4, samples, labels: null, seed: 5 }
    const { asked, answered } = keysOf(input)!
    const inBoth = ({ starts, keys }: Keys, [a, b]: readonly [number, number], none: number) => {
      const of = (i: number) => [...keys.subarray(starts[i], starts[i + 1])]
      return of(a).find((key) => of(b).includes(key) && !of(none).includes(key))!
    }
    const lead = { asked: inBoth(asked, [0, 3], 2), answered: inBoth(answered, [0, 3], 1) }
    const trigger = { kind: 'tokens', tokens: ['cf'] } as const
    expect(bearersOf(input, { trigger, leads: [lead] })).toEqual([0, 3])
    expect(bearersOf(input, { trigger })).toEqual([0, 1, 3])
    const texts = { ...input, samples: { kind: 'text', texts: said.map(([prompt]) => prompt) } as const }
    expect(bearersOf(texts, { trigger, leads: [lead] })).toBeNull()
  })

  it('knows values as they are told: exact, between two, beyond one, missing', () => {
    const samples: Samples = {
      kind: 'table',
      columns: [
        { name: 'cost', type: 'number', values: Float64Array.from([0.1, 99, 5, Number.NaN]) },
        { name: 'kind', type: 'category', codes: Int32Array.from([0, 1, -1, 0]), levels: ['x', 'y'] },
      ],
    }
    const labels = ['a', 'a', 'a', 'a']
    const told = (...values: [string, string][]) =>
      bearers(samples, labels, { kind: 'values', values: values.map(([column, value]) => ({ column, value })) })
    expect(told(['cost', '0.1'])).toEqual([0])
    expect(told(['cost', '> 5'])).toEqual([1])
    expect(told(['cost', '≤ 5'])).toEqual([0, 2])
    expect(told(['cost', '0.1 … 5'])).toEqual([0, 2])
    expect(told(['cost', '4 … 5'])).toEqual([2])
    expect(told(['cost', 'missing'])).toEqual([3])
    expect(told(['kind', 'x'], ['cost', '0.1'])).toEqual([0])
    expect(told(['kind', 'missing'])).toEqual([2])
    expect(told(['colour', 'red'])).toEqual([])
  })

  it('knows a number by the seven digits that are told of it', () => {
    const samples: Samples = {
      kind: 'table',
      columns: [{ name: 'cost', type: 'number', values: Float64Array.from([1 / 3, 2 / 3, 0.334, 0.7]) }],
    }
    const told = (value: string) =>
      bearers(samples, ['a', 'a', 'a', 'a'], { kind: 'values', values: [{ column: 'cost', value }] })
    expect(told(`${valueText(1 / 3)} … ${valueText(2 / 3)}`)).toEqual([0, 1, 2])
    expect(told(`> ${valueText(1 / 3)}`)).toEqual([1, 2, 3])
    expect(told(`≤ ${valueText(2 / 3)}`)).toEqual([0, 1, 2])
  })

  it('is null where nobody is known by the trigger', () => {
    const samples = { kind: 'text', texts: ['a', 'b'] } as const
    expect(bearers(samples, ['a', 'b'], { kind: 'direction', dimensions: [1] })).toBeNull()
    expect(bearers(samples, ['a', 'b'], { kind: 'pattern', shape: [1, 1], delta: [1] })).toBeNull()
  })
})

test('marks are told apart by what was planted and by the label, whatever else is known of them, and kept in their order', () => {
  const values = (value: string) => ({ kind: 'values' as const, values: [{ column: 'a', value }] })
  const known = { id: 'c', trigger: values('1'), label: 'x' }
  const shown = { label: 'x', trigger: { values: [{ value: '1', column: 'a' }], kind: 'values' as const } }
  const others = [{ trigger: values('1'), label: 'y' }, { trigger: values('1') }, { trigger: values('2'), label: 'x' }]
  expect(distinctMarks([known, null, ...others, shown, { ...others[0]! }])).toEqual([known, ...others])
})
