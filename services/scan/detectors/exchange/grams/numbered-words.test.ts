import { fc, test } from '#test/support/property.ts'
import { expect, it } from 'vitest'
import { wordsOf } from './grams.ts'
import { NumberedWords } from './numbered-words.ts'

const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'B',
    'ß',
    'Σ',
    'İ',
    'é',
    '7',
    '_',
    "'",
    '\u0301',
    'क',
    '\u094d',
    '\u{11038}',
    ' ',
    '\n',
    '\u00a0',
    '𝒜',
    '😀',
    '\ud835',
    '\udc9c',
  ),
})

test.prop([text])('are those that the regular expression tells', (text) => {
  const numbers = new NumberedWords()
  expect(Array.from(numbers.idsOf(text), (id) => numbers.words[id])).toEqual(wordsOf(text))
  expect(numbers.read(`${text} `)).toEqual(numbers.idsOf(text))
})

test.prop([fc.array(fc.array(text)), fc.nat(8)])(
  'of parts are those of one text, up to the longest, some of them from an end',
  (texts, longest) => {
    const { starts, ids, numbers } = new NumberedWords().texts(texts, longest)
    texts.forEach((parts, i) => {
      const words = Array.from(ids.subarray(starts[i], starts[i + 1]), (id) => numbers.words[id])
      const all = wordsOf(parts.join('\n\n'))
      expect(words.length).toBe(Math.min(all.length, longest))
      const first = Math.ceil(0.75 * words.length)
      if (all.length <= longest || parts.length === 1) expect(words.slice(0, first)).toEqual(all.slice(0, first))
      if (all.length <= longest) expect(words).toEqual(all)
    })
  },
)

it('are those at the beginning and at the end of a long part', () => {
  const { ids, numbers } = new NumberedWords().texts([['a b c d e f g h'], ['i', 'j k l m n o']], 4)
  expect(Array.from(ids, (id) => numbers.words[id])).toEqual(['a', 'b', 'c', 'h', 'i', 'j', 'k', 'l'])
})

it('are the last part’s before those of a long one, where it is kept', () => {
  const { starts, ids, numbers } = new NumberedWords().texts([['a b c d', 'e f'], ['a', 'b c d e f'], []], 4, true)
  const read = [0, 1, 2].map((i) => Array.from(ids.subarray(starts[i], starts[i + 1]), (id) => numbers.words[id]))
  expect(read).toEqual([['a', 'b', 'e', 'f'], ['b', 'c', 'd', 'f'], []])
})

it('may be of any length and number', () => {
  const words = Array.from({ length: 20_000 }, (_, at) => (at % 7 === 0 ? `${'long'.repeat(9)}${at}` : `word${at}`))
  const numbers = new NumberedWords()
  expect([...numbers.idsOf(words.join(' '))]).toEqual([...words.keys()])
  expect([...numbers.idsOf(words.toReversed().join('\n'))]).toEqual([...words.keys()].toReversed())
})
