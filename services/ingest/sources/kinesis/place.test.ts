import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { parsePlace, positionOf, resumeAt, takenOf } from './place.ts'

const sequence = fc.bigInt({ min: 1n, max: 10n ** 56n }).map(String)
const user = fc.option(fc.nat(10_000))

describe('places in a shard', () => {
  property.prop([sequence, user])('say what they were made of', (sequence, user) => {
    const position = positionOf(sequence, user)
    expect(parsePlace(position)).toEqual({ sequence, user, taken: Number.POSITIVE_INFINITY })
    expect(parsePlace(`${position}/4`)).toEqual({ sequence, user, taken: 5 })
  })

  test('are resumed behind a record that was taken whole, and at one that was not', () => {
    expect(resumeAt(parsePlace('7'))).toEqual({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '7' })
    for (const mark of ['7/0', '7:3', '7:3/1']) {
      expect(resumeAt(parsePlace(mark))).toEqual({ Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: '7' })
    }
  })

  test('cover what was taken of the same record, and nothing else', () => {
    const [all, none] = [Number.POSITIVE_INFINITY, 0]
    expect(takenOf(null, '7', null)).toBe(none)
    expect(takenOf(parsePlace('7/1'), '8', null)).toBe(none)
    expect(takenOf(parsePlace('7/1'), '7', null)).toBe(2)
    const within = parsePlace('7:3/1')
    expect([1, 2, 3, 4].map((user) => takenOf(within, '7', user))).toEqual([all, all, 2, none])
    expect([1, 2, 3, 4].map((user) => takenOf(parsePlace('7:3'), '7', user))).toEqual([all, all, all, none])
  })
})
