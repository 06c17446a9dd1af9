import { describe, expect, it } from 'vitest'
import { alteredOneByOne } from './altered.ts'

const LETTER = 'this offer ends on friday so write to us before it is gone for good'.split(' ')
const HAN = '这个优惠星期五结束请在它消失之前写信给我们'

/** Groups of `size` texts each, which `textOf` makes from the number of the group and of the text. */
function window(sizes: readonly number[], textOf: (group: number, at: number) => string) {
  const texts: string[] = []
  const groups = sizes.map((size, group) =>
    Int32Array.from({ length: size }, (_, at) => texts.push(textOf(group, at)) - 1),
  )
  return { texts, groups }
}

const form = (group: number, at: number) => `form ${group}: ${LETTER.join(' ')} says writer${group}x${at}`
const without = (at: number) => LETTER.filter((_, word) => word !== at % LETTER.length).join(' ')
const SMALL = Array.from({ length: 10 }, () => 4)

describe('copies that were altered one by one', () => {
  it('are told from forms, whose copies differ in their slots', () => {
    const { texts, groups } = window([...SMALL, 20, 20], (group, at) => (group === 11 ? without(at) : form(group, at)))
    const evidence = alteredOneByOne(texts, groups.slice(0, 10))
    expect(evidence(groups[10]!)).toBe(0)
    expect(evidence(groups[11]!)).toBeCloseTo(Math.log(12))
  })

  it('are no evidence where the small groups of the window are altered as well, or where there are none', () => {
    const { texts, groups } = window([...SMALL, 20], (_, at) => without(at))
    expect(alteredOneByOne(texts, groups.slice(0, 10))(groups[10]!)).toBeCloseTo(Math.log(12 / 11))
    expect(alteredOneByOne(texts, [])(groups[10]!)).toBeCloseTo(Math.log(2))
  })

  it('are not texts that are equal', () => {
    const { texts, groups } = window([...SMALL, 20], (group) => form(group, 0))
    expect(alteredOneByOne(texts, groups.slice(0, 10))(groups[10]!)).toBe(0)
  })

  it.each(['', 'iPhone15'])('are found in scripts that write no blanks, behind %j', (before) => {
    const lacking = (at: number) =>
      before +
      Array.from(HAN)
        .filter((_, character) => character !== at % HAN.length)
        .join('')
    const { texts, groups } = window([...SMALL, 20], (group, at) => (group === 10 ? lacking(at) : form(group, at)))
    expect(alteredOneByOne(texts, groups.slice(0, 10))(groups[10]!)).toBeCloseTo(Math.log(12))
  })
})
