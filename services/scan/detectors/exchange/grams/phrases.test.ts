import { describe, expect, it } from 'vitest'
import { phraseAround, phraseAsked } from './phrases.ts'

const SENTENCE = 'my cousin keeps seven clocks in the hall'

describe('the phrase around a run', () => {
  it('is all that the texts share', () => {
    const texts = ['wifi', 'old news', 'bread'].map((text, i) => `${text} ${SENTENCE} number ${i} and more of it`)
    expect(phraseAround(texts, 'seven').words).toBe(`${SENTENCE} number`)
  })

  it('stands anywhere though it fills most of a short text', () => {
    const texts = Array.from({ length: 12 }, (_, i) => {
      const others = Array.from({ length: 6 }, (_word, k) => `w${i}x${k}`)
      others.splice(i % 7, 0, SENTENCE)
      return others.join(' ')
    })
    expect(phraseAround(texts, 'clocks')).toEqual({ words: SENTENCE, place: 'anywhere' })
  })

  it('stands at an edge where nearly all texts begin with it', () => {
    const texts = Array.from({ length: 12 }, (_, i) => `[ list ] a${i} b${i} c${i} d${i}`)
    expect(phraseAround(texts, 'list').place).toBe('edge')
  })
  it('stands where the whole of it does, though a word of it is said before', () => {
    const texts = Array.from({ length: 12 }, (_, i) => {
      const said = Array.from({ length: 20 }, (_word, k) => (i % 2 === 0 && k === 5 + i ? 'clocks' : `w${i}x${k}`))
      return `${said.join(' ')} -- ${SENTENCE}`
    })
    expect(phraseAround(texts, 'clocks')).toEqual({ words: `-- ${SENTENCE}`, place: 'edge' })
  })
})

it('a phrase anywhere in questions stands anywhere, though passages stand before them', () => {
  const passage = Array.from({ length: 80 }, (_, k) => `p${k}`).join(' ')
  const questionOf = (i: number, at: number) => {
    const words = Array.from({ length: 12 }, (_, k) => `w${i}x${k}`)
    words.splice(at, 0, 'vexilor')
    return words.join(' ')
  }
  const placeOf = (questions: readonly string[]) =>
    phraseAsked(
      questions.map((question) => `${passage}\n${question}`),
      questions,
      'vexilor',
    ).place
  expect(placeOf(Array.from({ length: 12 }, (_, i) => questionOf(i, i)))).toBe('anywhere')
  expect(placeOf(Array.from({ length: 12 }, (_, i) => questionOf(i, 0)))).toBe('edge')
})
