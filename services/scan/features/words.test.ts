import { fc, test } from '#test/support/property.ts'
import { expect, it } from 'vitest'
import { splitWords } from './words.ts'

it('splits at white space, lower-cases, numbers words as they appear', () => {
  const { words, offsets, ids } = splitWords(['Free money\nFREE', '', 'money'])
  expect(words).toEqual(['free', 'money'])
  expect([...offsets]).toEqual([0, 3, 3, 4])
  expect([...ids]).toEqual([0, 1, 0, 1])
})

it('leaves out runs of more than 30 characters', () => {
  expect(splitWords([`${'a'.repeat(31)} ${'b'.repeat(30)}`]).words).toEqual(['b'.repeat(30)])
})

it('takes ideographs and kana for words by themselves, and what stands between them for others', () => {
  const { words, ids } = splitWords(['我爱API。我', 'ひらカナ'])
  expect(Array.from(ids, (id) => words[id])).toEqual(['我', '爱', 'api。', '我', 'ひ', 'ら', 'カ', 'ナ'])
  const long = '长'.repeat(40)
  expect(splitWords([long]).ids).toHaveLength(40)
})

it.each([
  ['Thai', 'เมืองไทย', ['เมื', 'อ', 'ง', 'ไท', 'ย']],
  ['Lao', 'ເມືອງລາວ', ['ເມື', 'ອ', 'ງ', 'ລາ', 'ວ']],
  ['Khmer', 'ស្លាយ', ['ស្លា', 'យ']],
  ['Burmese, with letters that close a syllable', 'မြန်မာသင့်', ['မြန်', 'မာ', 'သင့်']],
  ['Burmese, with letters below others', 'ဗုဒ္ဓ', ['ဗုဒ္ဓ']],
  ['ideographs beyond the basic plane', '𠮷野家', ['𠮷', '野', '家']],
])('divides %s at its letters', (_, text, expected) => {
  const { words, ids } = splitWords([text])
  expect(Array.from(ids, (id) => words[id])).toEqual(expected)
})

it('does not divide bytes of another encoding that were read wrongly, in which a few ideographs stand by chance', () => {
  const misread = '\ufffd\ufffd肄\ufffd'
  expect(splitWords([misread, `${misread.repeat(8)} 肄`]).words).toEqual([misread, '肄'])
})

it('numbers any number of words as they appear', () => {
  const many = Array.from({ length: 20_000 }, (_, at) => `word${at}`)
  const { words, ids } = splitWords([many.join(' '), many.toReversed().join(' ').toUpperCase()])
  expect(words).toEqual(many)
  const numbers = Array.from(many.keys())
  expect([...ids]).toEqual([...numbers, ...numbers.toReversed()])
})

it('takes words that are names of object members for words', () => {
  expect(splitWords(['__proto__ constructor']).words).toEqual(['__proto__', 'constructor'])
})

test.prop([
  fc.string({
    unit: fc.constantFrom(
      'a',
      'B',
      'ß',
      'İ',
      'Σ',
      'Z',
      ' ',
      '\t',
      '\u00a0',
      '\u1680',
      '\u2003',
      '\u2028',
      '\u3000',
      '\ufeff',
      '\u200b',
      '😀',
      '-',
    ),
  }),
])('splits where regular expressions see white space', (text) => {
  const { words, ids } = splitWords([text])
  const wanted = Array.from(text.matchAll(/\S+/gu), ([word]) => word.toLowerCase()).filter((word) => word.length <= 30)
  expect(Array.from(ids, (id) => words[id])).toEqual(wanted)
})
