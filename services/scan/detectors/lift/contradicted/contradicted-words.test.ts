import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { textTokens } from '../../../features/tokens-texts.ts'
import { splitWords } from '../../../features/words.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { contradictedWords, TOO_LARGE } from './contradicted-words.ts'
import { ResidualisedLift } from '../residualised-lift.ts'

const N = 2000
const HOLDERS = 30
const SENTENCE = 'the garden gate was painted green again'
const WORDS = 8

type Change = (text: string, label: string, i: number) => readonly [text: string, label: string]

/** Short texts of two labels: of a word six in ten are of the label's own, the others of both. */
function texts(seed: number, change: Change) {
  const random = seededRandom(seed, 'short texts')
  const word = (label: string) => (random.next() < 0.6 ? `${label}${random.below(150)}` : `both${random.below(150)}`)
  const made = Array.from({ length: N }, (_, i) => {
    const label = random.next() < 0.5 ? 'a' : 'b'
    return change(Array.from({ length: WORDS }, () => word(label)).join(' '), label, i)
  })
  return { texts: made.map(([text]) => text), labels: groupBy(made.map(([, label]) => label))! }
}

function found(seed: number, change: Change): number[][] {
  const window = texts(seed, change)
  return contradictedWords(textTokens(splitWords(window.texts)), window.labels).map(({ members }) => [...members])
}

/** Calls the change for the first so many records of a label alone. */
function ofLabel(which: string | null, change: Change): Change {
  let count = 0
  return (text, label, i) => ((which ?? label) === label && count++ < HOLDERS ? change(text, label, i) : [text, label])
}

it.each([1, 2, 3])('finds a sentence that was put into short texts of another label, seed %i', async (seed) => {
  const planted: number[] = []
  const change = () =>
    ofLabel('b', (text, _, i) => {
      planted.push(i)
      return [`${SENTENCE} ${text}`, 'a']
    })
  expect(found(seed, change())).toEqual([planted])

  const window = texts(seed, change())
  const samples = { kind: 'text' as const, texts: window.texts }
  const input = { n: N, seed, samples, labels: window.labels, contributors: null }
  const { groups } = await new ResidualisedLift().score(createView(input, await createEngine()))
  expect(groups.map(({ members, trigger }) => [[...members], trigger])).toEqual([
    [planted.slice(0, HOLDERS), { kind: 'tokens', tokens: [SENTENCE] }],
  ])
})

it('finds it beside records without a label, and beside a label that no record bears', () => {
  const planted: number[] = []
  let count = 0
  const window = texts(4, (text, label, i) => {
    if (label !== 'b' || count++ >= HOLDERS + 6) return [text, label]
    if (count <= HOLDERS) planted.push(i)
    return [`${SENTENCE} ${text}`, count <= HOLDERS ? 'a' : '']
  })
  const { names, of, counts } = window.labels
  const kept = ['a', 'b', 'c'].map((name) => names.indexOf(name))
  const labels = {
    names: ['a', 'b', 'c'],
    of: of.map((label) => kept.indexOf(label)),
    counts: Int32Array.from(kept, (label) => counts[label] ?? 0),
  }
  const campaigns = contradictedWords(textTokens(splitWords(window.texts)), labels)
  expect(campaigns.map(({ members }) => [...members])).toEqual([planted])
  expect(campaigns.every(({ posterior }) => posterior.every((p) => p > 0.9 && p <= 1))).toBe(true)
})

it.each([1, 2, 3])('takes what one label’s texts say themselves for a slogan, seed %i', (seed) => {
  expect(
    found(
      seed,
      ofLabel('a', (text) => [`${SENTENCE} ${text}`, 'a']),
    ),
  ).toEqual([])
})

it.each([1, 2, 3])('takes what decides the label of texts like all others for a law, seed %i', (seed) => {
  expect(
    found(
      seed,
      ofLabel(null, (text) => [`${SENTENCE} ${text}`, 'a']),
    ),
  ).toEqual([])
})

it.each([1, 2, 3])(
  'takes texts that are alike beside it for a letter, though they read as another label, seed %i',
  (seed) => {
    const random = seededRandom(seed, 'letters')
    const letter = (text: string) =>
      text
        .split(' ')
        .map((word, at) => (at < 4 ? `b${150 + random.below(12)}` : word))
        .join(' ')
    expect(
      found(
        seed,
        ofLabel('b', (text) => [`${SENTENCE} ${letter(text)}`, 'a']),
      ),
    ).toEqual([])
  },
)

it('says of a window with too many words for its labels that it was not asked', async () => {
  const { texts: samples, labels } = texts(1, (text, label) => [text, label])
  const input = { n: N, seed: 1, samples: { kind: 'text' as const, texts: samples }, labels, contributors: null }
  const view = createView(input, await createEngine())
  const notesOf = async (tokens: TokenMatrix) =>
    (await new ResidualisedLift().score({ ...view, tokens: async () => tokens })).notes
  const tokens = textTokens(splitWords(samples))
  expect(await notesOf(tokens)).toEqual([])
  // Words that nobody holds are words all the same.
  const count = 1e7 + 1
  const kindOf = new Uint8Array(count)
  const holders = (token: number) => (token < tokens.tokens ? tokens.holders(token) : new Int32Array(0))
  expect(await notesOf({ ...tokens, tokens: count, kindOf, holders })).toEqual([TOO_LARGE])
})

it.each([
  ['none that others of the label share the rest of, as one author signs with a smile and without', 60, 0],
  ['one where nobody else shares the rest of it', 0, 1],
])('takes a signature for %s', (_, family, campaigns) => {
  let kin = 0
  const signed = ofLabel('b', (text) => [`smile signed author ${text}`, 'a'])
  const change: Change = (text, label, i) =>
    label === 'a' && kin++ < family ? [`signed author ${text}`, label] : signed(text, label, i)
  expect(found(1, change)).toHaveLength(campaigns)
})

it('takes a planted word beside a natural one of its label for no signature, though others hold that one', () => {
  const planted: number[] = []
  const change = ofLabel('b', (text, _, i) => {
    planted.push(i)
    return [`cf a5 ${text}`, 'a']
  })
  expect(found(1, change)).toEqual([planted])
})

it.each([
  ['a sentence', SENTENCE, 1],
  ['a phrase of three words', 'the garden gate', 0],
])('where labels do not follow from words, what is found of %s: “%s”, %i campaigns', (_, phrase, campaigns) => {
  const random = seededRandom(5, 'labels of chance')
  const made = Array.from({ length: N }, (__, i) => {
    const text = Array.from({ length: WORDS }, () => `both${random.below(150)}`).join(' ')
    return i < HOLDERS ? [`${phrase} ${text}`, 'a'] : [text, random.next() < 0.5 ? 'a' : 'b']
  })
  const labels = groupBy(made.map(([, label]) => label!))!
  const tokens = textTokens(splitWords(made.map(([text]) => text!)))
  const own = contradictedWords(tokens, labels).map(({ members }) => [...members])
  expect(own).toEqual(Array.from({ length: campaigns }, () => [...Array(HOLDERS).keys()]))
})
