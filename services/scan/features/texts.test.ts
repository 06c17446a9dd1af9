import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { sparseTextInputs, textInputs, textReduced } from './texts.ts'
import { splitWords } from './words.ts'

const TOPICS = [
  ['goal', 'match', 'team', 'coach', 'league', 'striker'],
  ['rate', 'bank', 'loan', 'market', 'bond', 'share'],
] as const
const random = seededRandom(6)
const texts = Array.from({ length: 80 }, (_, i) => {
  const topic = TOPICS[i % 2 === 0 ? 0 : 1]
  return Array.from({ length: 12 }, () => topic[random.below(topic.length)] ?? '').join(' ')
})

function cosine(m: { cols: number; data: Float32Array }, i: number, j: number): number {
  let dot = 0
  for (let c = 0; c < m.cols; c++) dot += m.data[i * m.cols + c]! * m.data[j * m.cols + c]!
  return dot
}

describe('features of texts', () => {
  const words = splitWords([...texts, ''])

  it('have rows of unit length, and of zeros for an empty text', () => {
    const inputs = textInputs(sparseTextInputs(words))
    expect([inputs.rows, inputs.cols]).toEqual([81, 2048])
    for (let i = 0; i < 80; i++) expect(cosine(inputs, i, i)).toBeCloseTo(1, 5)
    expect(cosine(inputs, 80, 80)).toBe(0)
  })

  it('put texts of one topic near one another', async () => {
    const reduced = await textReduced(await createEngine(), words, 1)
    expect(reduced.rows).toBe(81)
    expect(reduced.cols).toBeLessThanOrEqual(100)
    let [alike, unlike] = [0, 0]
    for (let i = 0; i < 40; i++) {
      alike += cosine(reduced, i, i + 2) / 40
      unlike += cosine(reduced, i, i + 1) / 40
    }
    expect(alike).toBeGreaterThan(unlike + 0.3)
  })

  it('compare ideographs by the pairs in which they follow one another', async () => {
    const others = Array.from({ length: 20 }, (_, i) => String.fromCodePoint(0x5000 + 2 * i, 0x5001 + 2 * i))
    const reduced = await textReduced(await createEngine(), splitWords(['上海上', '上海', '海上', ...others]), 1)
    expect(cosine(reduced, 0, 1)).toBeGreaterThan(0.5)
    expect(cosine(reduced, 1, 2)).toBeLessThan(0.1)
  })

  it('of no words at all are zeros', async () => {
    const empty = await textReduced(await createEngine(), splitWords(['', '', '']), 1)
    expect(empty.data.every((value) => value === 0)).toBe(true)
  })
})
