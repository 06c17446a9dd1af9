import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { completeQuery } from './complete.ts'
import { ageSeconds, FIELDS } from './fields.ts'
import { parseQuery, quoted } from './parse.ts'

const terms = (text: string) =>
  parseQuery(text).terms.map(({ field, negated, operator, values }) => ({ field, negated, operator, values }))
const problems = (text: string) => parseQuery(text).problems

describe('a query', () => {
  test('is terms that all have to hold, with their places', () => {
    expect(parseQuery('risk>0.9  -dataset:mail')).toEqual({
      problems: [],
      terms: [
        { field: 'risk', negated: false, operator: '>', values: ['0.9'], from: 0, to: 8 },
        { field: 'dataset', negated: true, operator: '=', values: ['mail'], from: 10, to: 23 },
      ],
    })
    expect(terms('held:>3d risk:<=.5 family:trigger,label')).toEqual([
      { field: 'held', negated: false, operator: '>', values: ['3d'] },
      { field: 'risk', negated: false, operator: '<=', values: ['.5'] },
      { field: 'family', negated: false, operator: '=', values: ['trigger', 'label'] },
    ])
    expect(parseQuery('  ')).toEqual({ terms: [], problems: [] })
  })

  test('takes what has spaces, quotes and colons in it between quotation marks', () => {
    expect(terms(String.raw`label:"a \"b\" c","x:y" "two words" -`)).toEqual([
      { field: 'label', negated: false, operator: '=', values: ['a "b" c', 'x:y'] },
      { field: 'words', negated: false, operator: '=', values: ['two words'] },
      { field: 'words', negated: false, operator: '=', values: ['-'] },
    ])
    expect(terms('day-1/x.png#3')).toEqual([
      { field: 'words', negated: false, operator: '=', values: ['day-1/x.png#3'] },
    ])
  })

  test('names places of a window, and ranges of them', () => {
    expect(terms('place:3-17,40')).toEqual([{ field: 'place', negated: false, operator: '=', values: ['3-17', '40'] }])
    for (const wrong of ['place:x', 'place:3-', 'place:17-3', 'place:1.5', 'place:>3', 'place:1234567890'])
      expect(problems(wrong)).toHaveLength(1)
  })

  test('names records one by one', () => {
    const key = `${'0a'.repeat(16)}-17`
    expect(terms(`key:${key},${key}`)).toEqual([{ field: 'key', negated: false, operator: '=', values: [key, key] }])
    for (const wrong of ['key:17', `key:${key}-3`, `key:${key.toUpperCase()}`, `key:x'${key}`, `key>${key}`])
      expect(problems(wrong)).toHaveLength(1)
  })

  test('asks for windows by their day', () => {
    expect(terms('staged>=2026-11-20')).toEqual([
      { field: 'staged', negated: false, operator: '>=', values: ['2026-11-20'] },
    ])
    for (const wrong of ['staged:today', 'staged:2026-02-30', 'staged:2026-11-2', 'staged:2026-11-20,2026-11-21'])
      expect(problems(wrong)).toHaveLength(1)
  })

  test.for([
    ['color:red', 0, 9, `there is no field color: use one of ${Object.keys(FIELDS).join(', ')}`],
    ['x risk>2', 7, 8, 'risk is a number from 0 to 1'],
    ['risk>0.5,0.6', 5, 12, 'risk takes one value'],
    ['held:3y', 5, 7, 'held is an age, such as 3d, 12h or 30m'],
    ['label>3', 6, 7, 'label has no order: use :'],
    ['label:', 0, 6, 'a value was expected after label:'],
    ['label:a,', 0, 8, 'a value was expected after label:'],
    ['label:"a b', 0, 10, 'the quotation mark is not closed'],
    ['"a', 0, 2, 'the quotation mark is not closed'],
    ['standing:gone', 9, 13, 'standing is one of quarantined, rejected, released, recalled'],
  ] as const)('says what is wrong and where: %s', ([text, from, to, message]) => {
    expect(problems(text)).toEqual([{ from, to, message }])
  })

  property.prop([fc.string({ maxLength: 60, unit: 'binary' })])(
    'of any text ends, and its terms lie within it',
    (text) => {
      const parsed = parseQuery(text)
      for (const { from, to } of [...parsed.terms, ...parsed.problems]) {
        expect(from).toBeLessThan(to)
        expect(to).toBeLessThanOrEqual(text.length)
      }
    },
  )

  property.prop([fc.string({ minLength: 1, unit: 'binary' })])(
    'reads back any value that was quoted for it',
    (value) => {
      expect(terms(`label:${quoted(value)}`)).toEqual([
        { field: 'label', negated: false, operator: '=', values: [value] },
      ])
    },
  )

  test('counts ages in seconds', () => {
    expect(['90m', '1.5h', '3d', '1w', '3', 'd', '1e3d'].map(ageSeconds)).toEqual([
      5400,
      5400,
      259_200,
      604_800,
      null,
      null,
      null,
    ])
  })
})

describe('completion', () => {
  const values = async (_: string, beginning: string) =>
    ['mail', 'main office', 'birds'].filter((v) => v.startsWith(beginning))
  const texts = async (text: string, at = text.length) =>
    (await completeQuery(text, at, values)).map(({ text }) => text)

  test('offers fields, then values, quoted where they have to be', async () => {
    expect(await texts('risk>0.9 da')).toEqual(['dataset:'])
    expect(await texts('-is:un')).toEqual(['unscanned'])
    expect(await texts('dataset:ma')).toEqual(['mail', '"main office"'])
    expect(await texts('dataset:mail,ma')).toEqual(['"main office"'])
    expect(await texts('held:')).toEqual(['>1d', '>3d', '>1w'])
    expect(await texts('spoon/')).toEqual([])
  })

  test('puts them in place of the word that stands there', async () => {
    expect(await completeQuery('a label:bi x', 10, values)).toMatchObject([{ from: 8, to: 10, text: 'birds' }])
  })
})
