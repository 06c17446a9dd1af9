import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import { ResidualisedLift } from '../residualised-lift.ts'
import type { LiftCampaign } from './campaigns.ts'
import { usedNote, wordsInUse } from './in-use.ts'

/** Campaigns of `size` records each, no two of one record, with these evidences. */
const campaigns = (evidences: readonly number[], size = 10): LiftCampaign[] =>
  evidences.map((evidence, k) => ({
    event: 0,
    evidence,
    tokens: [k],
    members: Int32Array.from({ length: size }, (_, i) => k * size + i),
    posterior: new Float64Array(size).fill(1),
    chance: 0,
  }))
const inUse = { inPlace: 9, atOnePlace: 0.3 }
/** The evidences of the words in use among 1,000 records. */
const used = (evidences: readonly number[], size?: number, placed: (token: number) => typeof inUse = () => inUse) =>
  [...wordsInUse(campaigns(evidences, size), ({ tokens: [token] }) => placed(token!), 1000)].map(
    ({ evidence }) => evidence,
  )

describe('words in use', () => {
  it('are four and more', () => {
    expect(used([12, 11, 10, 9])).toEqual([12, 11, 10, 9])
    expect(used([12, 11, 10])).toEqual([])
  })

  it('recur beside others, and at many places of their texts', () => {
    expect(used([12, 11, 10, 9, 8], 10, (k) => (k === 0 ? { ...inUse, inPlace: 2 } : inUse))).toEqual([11, 10, 9, 8])
    expect(used([12, 11, 10, 9, 8], 10, (k) => (k === 0 ? { ...inUse, atOnePlace: 0.9 } : inUse))).toEqual([
      11, 10, 9, 8,
    ])
    expect(used([12, 11, 10, 9], 10, (k) => (k === 0 ? { ...inUse, inPlace: 2 } : inUse))).toEqual([])
  })

  it('do not stand out from the others: one or two may', () => {
    expect(used([18, 12, 11, 10, 9])).toEqual([12, 11, 10, 9])
    expect(used([19, 18, 12, 11, 10, 9])).toEqual([12, 11, 10, 9])
    expect(used([20, 19, 18, 12, 11, 10, 9])).toEqual([20, 19, 18, 12, 11, 10, 9])
    expect(used([18, 12, 11, 10])).toEqual([18, 12, 11, 10])
  })

  it('are all words, wherever they stand, where many records have them', () => {
    const anywhere = () => ({ inPlace: 2, atOnePlace: 1 })
    expect(used([12, 11, 10, 9], 40, anywhere)).toEqual([12, 11, 10, 9])
    expect(used([12, 11, 10, 9], 37, anywhere)).toEqual([])
    expect(used([12, 11, 10], 60, anywhere)).toEqual([])
  })
})

const N = 2000
const EACH = 40
const NAMES = ['emma', 'anne', 'elinor', 'syme', 'ahab']

/** Short texts of four labels that share most words; of a label, EACH have a name, put in as `put` has it. */
async function scored(names: number, put: (words: string[], name: string, below: (n: number) => number) => void) {
  const random = seededRandom(8, 'names')
  const made = Array.from({ length: N }, (_, i) => {
    const words = Array.from({ length: 7 + random.below(5) }, () => `word${random.below(400)}`)
    const name = Math.floor(i / EACH)
    if (name < names) put(words, NAMES[name]!, (n) => random.below(n))
    return [words.join(' '), `label ${name < names ? name % 4 : random.below(4)}`] as const
  })
  const labels = groupBy(made.map(([, label]) => label))!
  const samples = { kind: 'text' as const, texts: made.map(([text]) => text) }
  const view = createView({ n: N, seed: 1, samples, labels, contributors: null }, await createEngine())
  const { groups, notes } = await new ResidualisedLift().score(view)
  return { words: groups.map(({ members }) => members.length), notes: notes ?? [] }
}

it('reports no names that stand as names do, where they are many, and says how many there are', async () => {
  const asNames = (words: string[], name: string, below: (n: number) => number) => {
    words.splice(below(words.length), 0, ['mr', 'said', 'dear'][below(3)]!, name, ['was', 'and', 'had'][below(3)]!)
  }
  expect(await scored(5, asNames)).toMatchObject({ words: [], notes: expect.arrayContaining([usedNote(5)]) })
  expect((await scored(3, asNames)).words).toEqual([EACH, EACH, EACH])
})

it.each([
  [
    'anywhere',
    (words: string[], name: string, below: (n: number) => number) =>
      void words.splice(below(words.length + 1), 0, name),
  ],
  ['at the beginning', (words: string[], name: string) => void words.unshift(name)],
  ['at the end', (words: string[], name: string) => void words.push(name)],
])('reports as many that were put %s', async (_, put) => {
  expect((await scored(5, put)).words).toEqual([EACH, EACH, EACH, EACH, EACH])
})
