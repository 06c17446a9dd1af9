import { expect, it } from 'vitest'
import { sharesWords } from './shared-words.ts'

const shares = (...texts: string[]) => sharesWords({ kind: 'text', texts })

it('counts a text as placed by two different words that others have', () => {
  expect(shares('red hat', 'red hat', 'one', 'two')).toBe(true)
  expect(shares('red hat', 'red coat', 'one', 'two')).toBe(false)
  expect(shares('red red', 'red red', 'one', 'two')).toBe(false)
})

it('asks it of half of the texts', () => {
  expect(shares('red hat', 'red hat', 'one', 'two', 'three')).toBe(false)
  expect(shares('one', 'two', 'three', 'red hat', 'red hat', 'hat red')).toBe(true)
})

it('does not count the words of a sentence that most texts are', () => {
  const asked = ['one', 'two', 'three', 'four'].map((word) => `does the word exist: ${word}`)
  expect(shares(...asked)).toBe(false)
  expect(shares(...asked.map((text, k) => `${text} ${['red hat', 'big coat'][k % 2]}`))).toBe(true)
})
