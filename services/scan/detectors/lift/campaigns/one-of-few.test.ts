import { expect, it } from 'vitest'
import { isOneOfFew } from './one-of-few.ts'

const TOKENS = 400

/** The tokens that are asked about, of which each has the `columns` and `records` that are said. */
function asked(columns: (token: number) => string[], records: (token: number) => number[], event = 0): number[] {
  const isAsked = isOneOfFew({ columns }, (token) => Int32Array.from(records(token)))
  return Array.from({ length: TOKENS }, (_, token) => token).filter((token) => isAsked({ token, event }))
}

const one = (token: number) => [`x[${token}]`]
const numbers = (count: number) => Array.from({ length: count }, (_, token) => token)

it('asks sixteen values of the same records, the first', () => {
  expect(asked(one, () => [3, 5, 8])).toEqual(numbers(16))
})

it('asks as many of other records, and of the same with another event', () => {
  expect(asked(one, (token) => [3, 5, token % 2])).toEqual(numbers(32))
  const isAsked = isOneOfFew({ columns: one }, () => Int32Array.of(1, 2))
  expect(numbers(64).filter((token) => isAsked({ token, event: token % 2 }))).toEqual(numbers(32))
})

it('asks single values of a hundred and twenty-eight columns', () => {
  expect(asked(one, (token) => [token])).toEqual(numbers(128))
  expect(
    asked(
      (token) => [`x[${token % 128}]`],
      (token) => [token],
    ),
  ).toEqual(numbers(TOKENS))
})

it('asks conjunctions of whichever columns', () => {
  expect(
    asked(
      (token) => [`x[${token}]`, 'y'],
      (token) => [token],
    ),
  ).toEqual(numbers(TOKENS))
})

it('asks every token of no column, such as a word', () => {
  expect(
    asked(
      () => [],
      () => [1],
    ),
  ).toEqual(numbers(TOKENS))
})
