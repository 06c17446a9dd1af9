import { expect, test } from 'vitest'
import { given } from './given.ts'

test('leaves out what is undefined, and nothing else', () => {
  const value = { a: undefined, b: null, c: 0, d: '', e: false, f: [] }
  expect(Object.entries(given(value))).toEqual([
    ['b', null],
    ['c', 0],
    ['d', ''],
    ['e', false],
    ['f', []],
  ])
})

test('says in its type what may be absent', () => {
  const region = 'eu-west-1' as string | undefined
  const found: { region?: string; name: string } = given({ region, name: 'a' })
  expect(found).toEqual({ region: 'eu-west-1', name: 'a' })
})
