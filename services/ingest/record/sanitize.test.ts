import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { contractSchema, RULES, type Contract } from '#core/contract.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { createSanitizer } from './sanitize.ts'

const contract = (sanitize?: Contract['sanitize'], textLength = 40): Contract =>
  contractSchema.parse({
    version: 1,
    schema: {},
    features: { kind: 'text', field: 'text' },
    limits: { textLength },
    ...(sanitize === undefined ? {} : { sanitize }),
  })
const fixAll = Object.fromEntries(RULES.map((rule) => [rule, 'fix'])) as Contract['sanitize']
const names = new Set(['text', 'tags'])
const fix = (text: string, textLength?: number) =>
  createSanitizer(contract(fixAll, textLength), names)({ text }).fields['text']

describe('sanitizing', () => {
  test('leaves clean fields as they are, the same object', () => {
    const fields: Fields = {
      text: 'Grüße, 世界! 👩‍👩‍👧 🏳️‍🌈 می‌خواهم',
      n: 1,
      image: new Tensor('u8', [1], Uint8Array.of(0)),
      list: ['a\tb\n'],
    }
    const { fields: clean, notes, fault } = createSanitizer(contract(fixAll), names)(fields)
    expect(clean).toBe(fields)
    expect([notes, fault]).toEqual([[], null])
  })

  test.each([
    ['control characters', 'a\u0000b\u001bc\u007fd\u0085e', 'abcde'],
    ['zero-width characters', 'tr\u200big\u2060ger\ufeff', 'trigger'],
    ['joiners between letters of Latin', 'pay\u200dpal\u200c', 'paypal'],
    ['soft hyphens', 'tri\u00adgger', 'trigger'],
    ['tag characters that spell what is not seen', 'hi\u{e0068}\u{e0069}', 'hi'],
    ['variation selectors that carry bytes', 'a\u{e0100}\u{e0155}', 'a'],
    ['bidirectional overrides', 'user\u202e\u2066nimda', 'usernimda'],
    ['text that is not NFC', 'e\u0301', 'é'],
    ['one rule that uncovers another', 'e\u200b\u0301', 'é'],
  ])('fixes %s', (_name, text, clean) => {
    expect(fix(text)).toBe(clean)
  })

  test('keeps the flags that are written with tags', () => {
    const scotland = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'
    expect(fix(scotland)).toBe(scotland)
  })

  test('removes what is hidden behind a flag, and what follows one', () => {
    expect(fix('\u{1f3f4}\u{e0068}\u{e0069}')).toBe('\u{1f3f4}')
    const scotland = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'
    expect(fix(`${scotland}\u{e0068}\u{e007f}x`)).toBe(`${scotland}x`)
  })

  test.each([
    ['tags', '\u{e0041}'],
    ['tags that end tags', '\u{e007f}'],
    ['joiners', '\u200d'],
    ['selectors and joiners', '\u{e0100}\u200d'],
    ['selectors and joiners of another kind', '\u034f\u200c'],
    ['flags without a name', '\u{1f3f4}\u{e0041}\u{e007f}'],
    ['accents', 'e\u200b\u0301'],
  ])('takes a few rounds for a long run of %s', (_name, unit) => {
    // one character a round would take hours
    const clean = fix(`a${unit.repeat(200_000)}न`, 5_000_000) as string
    expect(clean).not.toMatch(/\u034f|[\u200b-\u200d]|[\u{e0000}-\u{e01ef}]/u)
    expect(fix(clean, 5_000_000)).toBe(clean)
  })

  test('shortens text without cutting a character in two', () => {
    expect(fix('ab😀cd', 3)).toBe('ab')
    expect(fix('ab😀cd', 4)).toBe('ab😀')
  })

  test('notes rule and path, with what the contract does not name left out', () => {
    const { notes, fields } = createSanitizer(
      contract(),
      names,
    )({ text: 'a\u0000', tags: ['\u200b'], secret: '\u202e' })
    expect(notes).toEqual([
      { rule: 'control_characters', path: '/text' },
      { rule: 'zero_width', path: '/tags/0' },
      { rule: 'bidi_overrides', path: '/*' },
    ])
    expect(fields).toEqual({ text: 'a', tags: [''], secret: '' })
  })

  test('drops or only counts where the contract says so', () => {
    const sanitize = createSanitizer(contract({ control_characters: 'drop', zero_width: 'warn' }), names)
    expect(sanitize({ text: 'a\u0000' }).fault).toEqual({ reason: 'contract', detail: 'control_characters at /text' })
    expect(sanitize({ text: 'a\u200b' })).toMatchObject({
      fields: { text: 'a\u200b' },
      notes: [{ rule: 'zero_width' }],
      fault: null,
    })
    expect(createSanitizer(contract(), names)({ text: 'x'.repeat(41) }).fault?.reason).toBe('too_large')
  })

  const odd = fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        '\u0000',
        '\u200b',
        '\u200c',
        '\u200d',
        '\u202e',
        '\u0301',
        'e',
        'a',
        '👩',
        '🏳',
        '\ufe0f',
        '\u{e0067}',
        '\u{1f3f4}',
        'न',
        '\u0958',
        '世',
        '\u{e0100}',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 60,
  })
  property.prop([odd], { numRuns: 500 })('changes nothing more the second time', (text) => {
    fc.pre(text.isWellFormed())
    const once = fix(text) as string
    expect(fix(once)).toBe(once)
    expect(once.isWellFormed()).toBe(true)
    expect(once.length).toBeLessThanOrEqual(40)
  })
})
