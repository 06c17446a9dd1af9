import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { DetachedWords } from './detached-words.ts'

const engine = await createEngine()
const N = 900
const TOPICS = 30
const names = ['news', 'offers'] as const

/** Texts of two labels by turns, each about two of its label's topics, with words in between that all have. */
function texts() {
  const random = seededRandom(5, 'detached words test')
  return Array.from({ length: N }, (_, i) => {
    const words: string[] = []
    for (let k = 0; k < 2; k++) {
      const topic = `${'ab'[i % 2]}${random.below(TOPICS)}`
      for (let sentence = 0; sentence < 3; sentence++) {
        const from = random.below(3)
        for (let w = from; w < from + 3; w++) words.push(`f${Math.floor(80 * random.next() ** 2)}`, `${topic}-${w}`)
      }
    }
    return words
  })
}

/** Records of the first label, spread over its topics. */
const planted = Array.from({ length: 26 }, (_, k) => 34 * k)

const many = Array.from({ length: 40 }, (_, k) => 22 * k)

const at = seededRandom(6, 'where')

function put(
  all: string[][],
  records: readonly number[],
  word: string,
  place = (words: string[]) => at.below(words.length),
) {
  for (const i of records) all[i]!.splice(place(all[i]!), 0, word)
}

async function groupsOf(change: (all: string[][]) => void, labels: readonly string[] = names) {
  const all = texts()
  change(all)
  const of = Int32Array.from(all.keys(), (i) => i % 2)
  const samples = { kind: 'text', texts: all.map((words) => words.join(' ')) } as const
  const grouping = { of, names: labels, counts: Int32Array.of(N / 2, N / 2) }
  const view = createView({ n: N, seed: 3, samples, labels: grouping, contributors: null }, engine)
  return (await new DetachedWords().score(view)).groups
}

describe('detached words', () => {
  it('are found where a word was put anywhere into texts of one label', async () => {
    const groups = await groupsOf((all) => put(all, planted, 'cf'))
    expect(groups.map(({ label, members, trigger }) => ({ label, members: [...members], trigger }))).toEqual([
      { label: 0, members: planted, trigger: { kind: 'tokens', tokens: ['cf'] } },
    ])
    expect(groups[0]!.evidence).toBeGreaterThan(5)
    expect(groups[0]!.summary).toMatch(/^26 records labelled news hold “cf”/)
  })

  it('are found where a phrase was put anywhere, by its words together', async () => {
    const groups = await groupsOf((all) => put(all, planted, 'pay at the gate'))
    expect(groups.map(({ members, trigger }) => ({ members: [...members], trigger }))).toEqual([
      { members: planted, trigger: { kind: 'tokens', tokens: ['pay', 'at', 'the', 'gate'] } },
    ])
  })

  it('are one group where a few more texts hold one of the words', async () => {
    const groups = await groupsOf((all) => {
      put(all, planted, 'pay at the gate')
      put(all, [2, 4], 'gate')
    })
    expect(groups.map(({ members }) => [...members])).toEqual([planted])
  })

  it.each([
    ['nothing was', () => undefined],
    ['the word stands at the ends of texts', (all: string[][]) => put(all, planted, 'cf', (words) => words.length)],
    [
      'the word stands beside few other words',
      (all: string[][]) => {
        put(all, planted, 'cf')
        for (const [k, i] of planted.entries()) put(all, [i], `very${k % 3}`, (words) => words.indexOf('cf'))
      },
    ],
    [
      'its texts are about the same',
      (all: string[][]) => {
        const alike = [...all.keys()].filter((i) => i % 2 === 0 && all[i]!.some((word) => /^a[0-3]-/.test(word)))
        put(all, alike.slice(0, 40), 'cf')
      },
    ],
    [
      'texts of the other label hold it as well',
      (all: string[][]) => put(all, [...many, ...many.slice(0, 10).map((i) => i + 1)], 'cf'),
    ],
    ['it is the name of the label', (all: string[][]) => put(all, planted, 'news')],
    ['fewer than twenty texts hold it', (all: string[][]) => put(all, planted.slice(0, 19), 'cf')],
  ])('are none where %s', async (_, change) => {
    expect(await groupsOf(change)).toEqual([])
  })
})
