import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import type { Samples } from '../../view/samples.ts'
import { createView } from '../../view/create-view.ts'
import { RandomLetters } from './random-letters.ts'

const engine = await createEngine()
const SYLLABLES = ['the', 'ran', 'ti', 'on', 'er', 'sel', 'al', 'es', 'in', 'men', 'to', 'a', 'de', 'par', 'lo', 'est']
const OTHERS = ['szcz', 'yk', 'wo', 'dzi', 'kow', 'aj', 'zu', 'prz', 'my', 'wy', 'gó', 'jak', 'ny', 'ka']
const SMALL = 'abcdefghijklmnopqrstuvwxyz'

const many = (count: number, one: () => string, between = ' ') => Array.from({ length: count }, one).join(between)
const drawn = (random: Random, of: readonly string[] | string, count: number) =>
  many(count, () => of[random.below(of.length)]!, '')
/** Words of two to four syllables. */
const speech = (random: Random, of: readonly string[]) =>
  many(6 + random.below(6), () => drawn(random, of, 2 + random.below(3)))
const letters = (random: Random, of = SMALL) => many(8, () => drawn(random, of, 3 + random.below(6)))
/** A word by fingers that reach so many keys on either side, in one row. */
const struck = (random: Random, reach: number) => {
  const row = 'asdfghjkl'
  let at = random.below(9)
  const next = () => {
    at = Math.min(8, Math.max(0, at + random.below(2 * reach + 1) - reach))
    return row[at]!
  }
  return many(4 + random.below(6), next, '')
}
const texts = (make: (random: Random) => string, count: number, seed = 1) => {
  const random = seededRandom(seed, 'random letters')
  return Array.from({ length: count }, () => make(random))
}
const speeches = texts((random) => speech(random, SYLLABLES), 400)

async function found(samples: Samples, n: number) {
  const detection = await new RandomLetters().score(
    createView({ n, seed: 0, samples, labels: null, contributors: null }, engine),
  )
  return { ...detection, held: detection.groups.flatMap(({ members }) => Array.from(members)) }
}
const foundIn = (of: readonly string[]) => found({ kind: 'text', texts: of }, of.length)

describe('texts of random letters', () => {
  it('are found, however they begin and end', async () => {
    const planted = texts(letters, 8, 2).map((text, at) =>
      at % 2 ? text : `${text[0]!.toUpperCase()}${text.slice(1)}.`,
    )
    const detection = await foundIn([...speeches, ...planted])
    expect(detection.held).toEqual(Array.from({ length: 8 }, (_, at) => 400 + at))
    expect(detection.groups[0]!.summary).toBe('8 texts of random letters, each as frequent as by chance')
    expect(detection.why(400)).toBe('Its letters follow one another as by chance, and are as frequent as by chance.')
    expect(detection.why(0)).toBe('')
  })

  it('are ranked where fewer than five are there', async () => {
    const { held, scores } = await foundIn([...speeches, ...texts(letters, 4, 2)])
    expect(held).toEqual([])
    expect(scores.findIndex((score) => score > 0)).toBe(400)
  })

  it('are found as answers by themselves', async () => {
    const answers = [...speeches.slice(0, 390), ...texts(letters, 10, 3)]
    const exchanges = answers.map((response, i) => ({ context: '', prompt: speeches[i]!, response }))
    const { held } = await found({ kind: 'exchange', form: 'instruction', exchanges }, 400)
    expect(held).toEqual(Array.from({ length: 10 }, (_, at) => 390 + at))
  })

  const keys: Readonly<Record<string, (random: Random) => string>> = {
    'keys side by side': (random) => many(6, () => struck(random, 2)),
    'keys of one row': (random) => many(6, () => struck(random, 8)),
  }
  it.each(Object.keys(keys))('are found where they are %s, few and many', async (kind) => {
    for (const count of [5, 60]) {
      const detection = await foundIn([...speeches, ...texts(keys[kind]!, count, 4)])
      const { held, groups } = detection
      expect(held.length).toBeGreaterThan(0.9 * count)
      expect(Math.min(...held)).toBe(400)
      expect(groups[0]!.summary).toBe(`${held.length} texts of keys struck side by side`)
      expect(detection.why(held[0]!)).toBe(
        'Its letters follow one another as by chance, and lie side by side on a keyboard.',
      )
    }
  })

  it('are found beside keys struck side by side', async () => {
    const { groups } = await foundIn([...speeches, ...texts(letters, 8, 2), ...texts(keys['keys side by side']!, 8, 4)])
    expect(groups.map(({ members }) => members.length)).toEqual([8, 8])
  })

  it('are what a set is about where a quarter of it is such', async () => {
    const { held, scores } = await foundIn([...speeches.slice(0, 300), ...texts(letters, 100, 2)])
    expect(held).toEqual([])
    expect(scores.every((score) => score === 0)).toBe(true)
  })
})

describe('no texts of random letters', () => {
  it('are those of the window', async () => {
    expect((await foundIn(speeches)).scores.every((score) => score === 0)).toBe(true)
  })

  const kinds: Readonly<Record<string, (random: Random) => string>> = {
    'another language': (random) => speech(random, OTHERS),
    digests: (random) => drawn(random, '0123456789abcdef', 40),
    Base64: (random) => drawn(random, `${SMALL}${SMALL.toUpperCase()}0123456789`, 60),
    'keys of products': (random) => many(5, () => drawn(random, SMALL.toUpperCase(), 5), '-'),
    'codes in capitals': (random) => many(8, () => drawn(random, SMALL.toUpperCase(), 4)),
    'parts of addresses': (random) => many(8, () => drawn(random, SMALL, 6), '_'),
    'names of one word': (random) => drawn(random, SMALL, 13),
    proteins: (random) => many(8, () => drawn(random, 'acdefghiklmnpqrstvwy', 10)),
    'consonants alone': (random) => letters(random, 'bcdfghjklmnpqrstvwxz'),
    laughs: (random) => many(4, () => 'ha'.repeat(2 + random.below(4))),
    'words of one row': (random) =>
      many(6, () => ['flash', 'salad', 'glass', 'half', 'flask', 'shall', 'slash', 'gall'][random.below(8)]!),
    'letters moved by three': (random) =>
      speech(random, SYLLABLES).replaceAll(/[a-z]/g, (c) => SMALL[(SMALL.indexOf(c) + 3) % 26]!),
  }
  it.each(Object.keys(kinds))('are %s', async (kind) => {
    for (const count of [8, 40])
      expect((await foundIn([...speeches, ...texts(kinds[kind]!, count, 4)])).held).toEqual([])
  })
})
