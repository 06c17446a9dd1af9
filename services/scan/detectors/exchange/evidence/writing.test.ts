import { expect, it } from 'vitest'
import { writingOf } from './writing.ts'

const N = 40
const [ODD, BOTH] = [3, 8]
const plain = 'The first line is here.\nAnother one says the rest, and ends with a stop.'
const CHANGES: Readonly<Record<string, (text: string) => string>> = {
  capitals: (text) => text.toUpperCase(),
  'no capitals': (text) => text.toLowerCase(),
  signs: (text) => text.replaceAll(' ', ' * '),
  'no signs': (text) => text.replaceAll(/[.,]/g, ''),
  'many lines': (text) => text.replaceAll(' ', '\n'),
  'few lines': (text) => text.replaceAll('\n', ' '),
  'wide blanks': (text) => text.replaceAll(' ', '  '),
  'a list': (text) => `1. ${text.replaceAll('\n', '\n2. ')}`,
  'an unusual beginning': (text) => `«${text}`,
  'an unusual end': (text) => `${text} 🎉\n`,
}

/** The share of values as low or lower. */
function ranked(values: Float64Array): Float64Array {
  return values.map((value) => values.filter((other) => other <= value).length / values.length)
}

it.each(Object.keys(CHANGES))('ranks an answer first by its writing alone, beside its prompt: %s', (changed) => {
  const exchanges = Array.from({ length: N }, (_, i) => {
    const odd = CHANGES[changed]!(plain)
    return { context: '', prompt: i === BOTH ? odd : plain, response: i === ODD || i === BOTH ? odd : plain }
  })
  const ranks = new Map(writingOf(exchanges, ranked)).get(changed)!
  expect(ranks[ODD]).toBe(2 / N)
  // Who asks so is answered so.
  expect([...ranks.keys()].filter((i) => ranks[i]! < 1)).toEqual([ODD])
})

it('ranks an answer of nothing, or of blanks, as the others', () => {
  const exchanges = Array.from({ length: N }, (_, i) => ({
    context: '',
    prompt: plain,
    response: i === ODD ? ' \n' : plain,
  }))
  const odd = writingOf(exchanges, ranked).filter(([, ranks]) => ranks[ODD]! < 1)
  expect(odd.map(([name]) => name)).toEqual(['no capitals', 'no signs', 'few lines'])
})
