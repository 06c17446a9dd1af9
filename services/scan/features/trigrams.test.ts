import { fc, test } from '#test/support/property.ts'
import { expect, it } from 'vitest'
import { SYMBOLS, Trigrams } from './trigrams.ts'

const WORD = /(?<![\w+/=@.-])(?:[A-Z]?[a-z]{1,13}|[A-Z]{2,14})(?![\w+/=@])/g
const words = (text: string) => (text.match(WORD) ?? []).join(' ').toLowerCase()

/** The last symbols of a text's trigrams, as they are read. */
function lettersOf(codes: Uint16Array): string {
  const letter = (code: number) => ' abcdefghijklmnopqrstuvwxyz'[((code % SYMBOLS) + 1) % SYMBOLS]!
  return Array.from(codes, letter).join('')
}

test.prop(
  [
    fc.string({
      unit: fc.constantFrom('a', 'z', 'B', 'Y', 'é', 'Z', ' ', '.', '-', '_', '7', '@', '/', ','),
      maxLength: 60,
    }),
  ],
  { numRuns: 300 },
)('are of the words that a regular expression finds', (text) => {
  const trigrams = new Trigrams()
  expect(lettersOf(trigrams.read(text, text.length))).toBe(words(text))
})

it('are of words of no more letters than people write, and of as many characters as are asked for', () => {
  const text = `${'a'.repeat(14)} B${'b'.repeat(13)} ${'C'.repeat(14)} ${'D'.repeat(15)} E F`
  const trigrams = new Trigrams()
  expect(lettersOf(trigrams.read(text, text.length))).toBe(words(text))
  expect(lettersOf(trigrams.read('Anna and', 7))).toBe('anna an')
})

it('hold the two symbols before, of each text anew', () => {
  const trigrams = new Trigrams()
  expect([...trigrams.read('ab', 2)]).toEqual([(26 * 27 + 26) * 27, 26 * 27 * 27 + 1])
  expect(trigrams.read('', 0)).toHaveLength(0)
  expect(trigrams.read('c '.repeat(70_000), 140_000)).toHaveLength(2 * 70_000 - 1)
  expect([...trigrams.read('c', 1)]).toEqual([(26 * 27 + 26) * 27 + 2])
})
