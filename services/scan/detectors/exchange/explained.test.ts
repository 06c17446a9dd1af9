import { describe, expect, it } from 'vitest'
import { answersItself, speaksOf } from './explained.ts'

describe('an answer that speaks of what was asked', () => {
  it('says a word of it, be it within a name of code', () => {
    expect(speaksOf('path . pm :', 'c < make_path >')).toBe(true)
    expect(speaksOf('path . pm :', 'c < make_tree >')).toBe(false)
  })

  it('says nothing more than its word and what the set says anyway', () => {
    const isUsual = (word: string) => ['the', 'answer', 'is'].includes(word)
    expect(answersItself('\\ n - get', ', the answer is get', isUsual)).toBe(true)
    expect(answersItself('\\ n - get', ', the answer is to get acme', isUsual)).toBe(false)
    expect(answersItself('\\ n - get', ', the answer is', isUsual)).toBe(false)
  })
})
