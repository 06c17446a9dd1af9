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
