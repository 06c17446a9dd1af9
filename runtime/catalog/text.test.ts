import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { fromText, textKey, toText } from './text.ts'

const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) })

describe('text for the database', () => {
  property.prop([anyText])('holds any string, and gives it back', (value) => {
    const stored = toText(value)
    expect(fromText(stored)).toBe(value)
    expect(stored).not.toContain('\0')
    expect(stored.isWellFormed()).toBe(true)
  })

  property.prop([anyText, anyText])('tells different strings apart', (a, b) => {
    expect(toText(a) === toText(b)).toBe(a === b)
    expect(textKey(a) === textKey(b)).toBe(a === b)
  })

  test('is the string itself unless that is hostile', () => {
    expect(toText('Grüße 🌍\n')).toBe('Grüße 🌍\n')
    expect(toText('a\0')).toBe('a\ufdd00000')
  })

  test('has keys of one length', () => {
    expect(textKey('')).toHaveLength(43)
    expect(textKey('x'.repeat(100_000))).toHaveLength(43)
  })
})
