import { fc, test } from '#test/support/property.ts'
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  displayWidth,
  duration,
  percent,
  riskText,
  safeJson,
  shellWord,
  truncate,
  visible,
  visibleLines,
  wrap,
} from './text.ts'

describe('text from outside', () => {
  it('spells out what would act on a terminal or reorder a line', () => {
    expect(visible('a\u001B[31mb\u202Egnp.exe\u200Bc\u009B2J')).toBe('a⟨U+001B⟩[31mb⟨U+202E⟩gnp.exe⟨U+200B⟩c⟨U+009B⟩2J')
  })

  it('puts a name on one line, and leaves a text its lines', () => {
    expect(visible('one\r\n two\u2028three\ttwo')).toBe('one two three two')
    expect(visibleLines('one\r\ntwo\n\tthree\u0007')).toBe('one\ntwo\n\tthree⟨U+0007⟩')
  })

  it('leaves every script, accents and emoji as they are', () => {
    const text = 'Grüße, Żółć, 漢字, עברית, العربية, हिन्दी, 👩‍🚀🇨🇭'
    expect(visible(text)).toBe(text)
  })

  test.prop([fc.string({ unit: 'binary' })])('never lets a control character through', (text) => {
    expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\u200B\u2028\u2029]/u)
  })

  test.prop([fc.json(), fc.string({ unit: 'binary' })])('reads back from safe JSON as it was', (json, text) => {
    const value: unknown = [JSON.parse(json), text.toWellFormed()]
    expect(JSON.parse(safeJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    expect(safeJson(value)).not.toMatch(/[\p{Cc}\u202A-\u202E]/u)
  })

  test.prop([fc.string()], { numRuns: 20 })('reaches a shell as one word', (text) => {
    const echoed = execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })
    expect(echoed).toBe(visible(text))
  })

  it('is quoted for the shell only where it has to be', () => {
    expect(shellWord('list-archive-2')).toBe('list-archive-2')
    expect(shellWord("x'; rm -rf ~")).toBe(String.raw`'x'\''; rm -rf ~'`)
    expect(shellWord('')).toBe("''")
  })
})

describe('columns', () => {
  it('counts East Asian characters and emoji as two, combining marks as none', () => {
    expect([displayWidth('abc'), displayWidth('漢字'), displayWidth('e\u0301'), displayWidth('👩‍🚀')]).toEqual([
      3, 4, 1, 2,
    ])
  })

  test.prop([fc.string({ unit: 'grapheme' }), fc.nat(30)])('never exceed what a text is cut to', (text, width) => {
    expect(displayWidth(truncate(text, width))).toBeLessThanOrEqual(width)
  })

  it('hold wrapped words', () => {
    expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
    expect(wrap('the quick brown fox', Infinity)).toEqual(['the quick brown fox'])
  })
})

describe('figures for people', () => {
  it('say nothing is nothing and all is all only where it is so', () => {
    expect([percent(0, 5), percent(5, 5), percent(1, 100_000), percent(99_999, 100_000), percent(1, 0)]).toEqual([
      '0 %',
      '100 %',
      '<0.01 %',
      '>99.9 %',
      '–',
    ])
    expect([riskText(1), riskText(0.9999), riskText(0.5)]).toEqual(['1.00', '0.99+', '0.50'])
  })

  it('give a duration in two units at most', () => {
    expect([duration(3.21), duration(45), duration(131.4), duration(4335)]).toEqual([
      '3.2 s',
      '45 s',
      '2 min 11 s',
      '1 h 12 min',
    ])
  })
})
