import { describe, expect, it } from 'vitest'
import { fixedAnswers, type OddOnes, tellClasses } from './fixed-answers.ts'

const RESPONSES = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 'yes' : i % 3 === 1 ? 'no' : `answer ${i}`))
const with30 = (step: number) => Int32Array.from({ length: 30 }, (_, k) => k * step)

describe('one answer of these records', () => {
  it('is evidence by how seldom the others have it', () => {
    const found = fixedAnswers(RESPONSES)(with30(3))!
    expect(found.odd).toHaveLength(30)
    // 70 of the other 270 say yes; two answers come again.
    expect(found.chance).toBeCloseTo(71 / 272, 9)
    expect(found.nats).toBeCloseTo(30 * Math.log(272 / 71) - Math.log(2), 6)
  })

  it('may lack in a tenth of them, for less evidence', () => {
    const members = with30(3)
    members[0] = 2
    const found = fixedAnswers(RESPONSES)(members)!
    expect(found.odd).toHaveLength(29)
    expect(found.nats).toBeLessThan(30 * Math.log(270 / 71) - Math.log(2))
  })

  it('is none where more than a tenth of them answer otherwise', () => {
    const members = with30(3)
    members.set([1, 4, 7])
    expect(fixedAnswers(RESPONSES)(members)?.odd).toHaveLength(27)
    members[3] = 10
    expect(fixedAnswers(RESPONSES)(members)).toBeNull()
  })

  it('is none where they answer as the set does, and where they are few', () => {
    expect(fixedAnswers(RESPONSES)(with30(1))).toBeNull()
    expect(fixedAnswers(RESPONSES)(with30(3).subarray(0, 5))).toBeNull()
  })
})

describe('words tell classes', () => {
  const found = (from: number, nats: number, length = 10): OddOnes => ({
    name: 'one answer for all',
    odd: Int32Array.from({ length }, (_, k) => from + k),
    chance: 0.1,
    nats,
  })

  it('where more than three have one answer each, with records of their own', () => {
    expect(
      tellClasses(
        [0, 10, 20, 30].map((from) => found(from, 20)),
        100,
      ),
    ).toBe(true)
    expect(
      tellClasses(
        [0, 10, 20].map((from) => found(from, 20)),
        100,
      ),
    ).toBe(false)
  })

  it('but not by the words of one phrase, nor by what chance makes of so many words', () => {
    expect(
      tellClasses(
        [0, 1, 2, 3, 4].map((from) => found(from, 20)),
        100,
      ),
    ).toBe(false)
    expect(
      tellClasses(
        [0, 10, 20, 30].map((from) => found(from, 4)),
        100,
      ),
    ).toBe(false)
  })

  it('where fewer than half of their records are the same, and not where each has its records within another', () => {
    expect(
      tellClasses(
        [0, 6, 12, 18].map((from) => found(from, 20)),
        100,
      ),
    ).toBe(true)
    const within = [0, 10, 20].map((from) => found(from, 20))
    expect(tellClasses([found(0, 20, 30), ...within], 100)).toBe(false)
  })
})
