import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { liftRatio } from '../../lift/evidence/tests.ts'
import { type Grams, gramsOf, holdersOf } from './grams.ts'
import { NumberedWords } from './numbered-words.ts'
import { pairsOf } from './pairs.ts'

const N = 600
const OPTIONS = { least: 6, leastRatio: 5, brought: 0.8, marked: 0.6 }

/** Texts of words by which of them their records are about, so that some words go with others more or less. */
function invented(seed: number): { prompts: Grams; answers: Grams } {
  const random = seededRandom(seed, 'pairs')
  const about = Array.from({ length: N }, () => Math.floor(40 * random.next() ** 2))
  const text = (topic: number) =>
    Array.from({ length: 12 }, () =>
      random.below(3) === 0 ? `t${topic}x${random.below(3)}` : `w${random.below(400)}`,
    ).join(' ')
  const properties = Array.from({ length: N }, (_, i) => (random.below(8) === 0 ? [`of ${about[i]! % 9}`] : []))
  const grams = (of: readonly string[]) =>
    gramsOf(
      new NumberedWords().texts(
        of.map((one) => [one]),
        100,
      ),
      (i) => properties[i]!,
      { sizes: [1, 2], least: 6, most: N / 5 },
    )
  return { prompts: grams(about.map(text)), answers: grams(about.map(text)) }
}

/** By trigger and behaviour, the records of both where most of those with the behaviour hold the trigger. */
function brought({ prompts, answers }: ReturnType<typeof invented>): Map<number, string[]> {
  const [asking, saying] = [holdersOf(prompts), holdersOf(answers)]
  const found = new Map<number, string[]>()
  for (let trigger = 0; trigger < prompts.count; trigger++)
    for (let behaviour = 0; behaviour < answers.count; behaviour++) {
      const [asked, said] = [asking(trigger), saying(behaviour)]
      const both = asked.filter((i) => said.includes(i)).length
      const expected = (asked.length * said.length) / N
      const isProperty = answers.sizes[behaviour] === 0
      const share = both / (isProperty ? Math.min(asked.length, said.length) : said.length)
      const isEnough = both >= OPTIONS.least && both >= 3 * expected && liftRatio(both, expected) >= OPTIONS.leastRatio
      if (isEnough && share >= (isProperty ? OPTIONS.marked : OPTIONS.brought))
        found.set(trigger, [...(found.get(trigger) ?? []), answers.describe(behaviour)])
    }
  return found
}

it.each([1, 2])('are those of triggers that bring a behaviour, seed %i', (seed) => {
  const texts = invented(seed)
  const wanted = brought(texts)
  const pairs = pairsOf(texts.prompts, texts.answers, N, OPTIONS)
  expect(wanted.size).toBeGreaterThan(5)
  expect(wanted.size).toBeLessThan(texts.prompts.count / 2)
  const triggers = new Set(pairs.map(({ trigger }) => trigger))
  expect([...triggers].filter((trigger) => !wanted.has(trigger))).toEqual([])
  // Triggers of the same records and behaviour are one pair.
  const told = (trigger: number) =>
    triggers.has(trigger) ||
    pairs.some(({ behaviour }) => wanted.get(trigger)!.includes(texts.answers.describe(behaviour)))
  expect([...wanted.keys()].filter((trigger) => !told(trigger))).toEqual([])
})
