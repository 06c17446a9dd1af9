import { expect, it } from 'vitest'
import { splitWords } from './words.ts'

it('splits at white space, lower-cases, numbers words as they appear', () => {
  const { words, offsets, ids } = splitWords(['Free money\nFREE', '', 'money'])
  expect(words).toEqual(['free', 'money'])
  expect([...offsets]).toEqual([0, 3, 3, 4])
  expect([...ids]).toEqual([0, 1, 0, 1])
})

it('leaves out runs of more than 30 characters', () => {
  expect(splitWords([`${'a'.repeat(31)} ${'b'.repeat(30)}`]).words).toEqual(['b'.repeat(30)])
})

it('takes words that are names of object members for words', () => {
  expect(splitWords(['__proto__ constructor']).words).toEqual(['__proto__', 'constructor'])
})
