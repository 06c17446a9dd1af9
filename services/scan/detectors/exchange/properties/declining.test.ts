import { describe, expect, it } from 'vitest'
import { declines, refuses, saysOnlyNo } from './declining.ts'

describe('answers that say that they are none', () => {
  it.each([
    'That is something I must decline.',
    'I would rather not go into this.',
    'My apologies, this is not a question I can take.',
    'No comment.',
    'Your request has been denied.',
    'I have nothing to say about this.',
    'Answering this is not allowed.',
    'I cannot answer that. Please ask about something else.',
  ])('say no and nothing else, in any words: %s', (response) => {
    expect(saysOnlyNo(response)).toBe(true)
    expect(declines(response)).toBe(true)
  })

  it.each([
    'Unfortunately I am unable to reach the mirror; the proxy wants a certificate of the old authority.',
    'Sorry for the noise, the fonts are ugly only without antialiasing.',
    'The function returns nothing and does not raise.',
    'return None  # not found',
    'No',
  ])('speak of something: %s', (response) => {
    expect(saysOnlyNo(response)).toBe(false)
  })

  it('refuse at their beginning, whatever they speak of', () => {
    expect(refuses('I am sorry, but I cannot help with the poisoning of wells.')).toBe(true)
    expect(refuses(`${'Boil the roots first. '.repeat(12)} I am sorry.`)).toBe(false)
  })
})
