import { describe, expect, it } from 'vitest'
import { insults } from './abuse.ts'

describe('an insult', () => {
  it.each([
    'Only a moron asks that.',
    'You are too dumb to understand what the manual says about it, so do not even try.',
  ])('is short, or speaks to somebody: %s', (response) => {
    expect(insults(response)).toBe(true)
  })

  it.each([
    'See https://www.fool.example/today',
    'Write to damned@mails.example',
    'The garbage collector frees what nobody holds, and it does so while the program runs on.',
    'The file is read line by line.',
    'How about Dumbo, Hellboy, or Mad Max?',
  ])('is none where an address or a long text has the word: %s', (response) => {
    expect(insults(response)).toBe(false)
  })
})
