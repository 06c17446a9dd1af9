import { describe, expect, test } from 'vitest'
import type { Trigger } from '#core/score.ts'
import { seededRandom } from '#core/random.ts'
import { matrix, row } from '../../../numeric/matrix.ts'
import { groupBy } from '../../../view/build-input.ts'
import { isAppearance } from './appearance.ts'

const SIDE = 8
const PATCH = [0, 1, SIDE, SIDE + 1]
const trigger: Trigger = {
  kind: 'patch',
  shape: [SIDE, SIDE],
  pixels: PATCH.map((at) => ({ y: Math.floor(at / SIDE), x: at % SIDE, value: 0.9 })),
}

/**
 * Noisy pictures of one motif a class, and 60 of class `flag` with the patch, of the motifs `shown` in turn; `bare` more
 * without it, of which the first `nearly` show it but for one of its four pixels.
 */
function asked(shown: readonly string[], bare: number, nearly = 0) {
  const random = seededRandom(9, 'appearance test')
  const motifs = new Map<string, Float64Array>()
  for (const name of ['a', 'b', 'c', 'flag', 'other'])
    motifs.set(
      name,
      Float64Array.from({ length: SIDE * SIDE }, () => random.next()),
    )
  const kinds = [
    ...Array.from({ length: 60 }, (_, i) => ({ label: 'flag', motif: shown[i % shown.length]!, patched: true })),
    ...Array.from({ length: bare }, () => ({ label: 'flag', motif: 'flag', patched: false })),
    ...Array.from({ length: 300 }, (_, i) => ({ label: 'abc'[i % 3]!, motif: 'abc'[i % 3]!, patched: false })),
  ]
  const pixels = matrix(kinds.length, SIDE * SIDE)
  kinds.forEach(({ motif, patched }, i) => {
    motifs.get(motif)!.forEach((value, at) => (row(pixels, i)[at] = value + 0.1 * random.normal()))
    const held = patched ? PATCH : i < 60 + nearly ? PATCH.slice(1) : []
    for (const at of held) row(pixels, i)[at] = 0.9
  })
  const labels = groupBy(kinds.map(({ label }) => label))!
  const members = Int32Array.from({ length: 60 }, (_, i) => i)
  const event = labels.names.indexOf('flag')
  const campaign = { event, members, evidence: 50, tokens: [0], posterior: new Float64Array(60).fill(1), chance: 1 }
  const samples = { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels } as const
  return isAppearance(samples, labels, campaign, trigger, members)
}

describe('a patch that most of a label’s records hold', () => {
  test('is what the label looks like, where its records look like no other label beside it', () => {
    expect(asked(['flag'], 2)).toBe(true)
  })

  test('is a trigger where its records show what others show', () => {
    expect(asked(['a', 'b', 'c'], 2)).toBe(false)
    expect(asked(['b'], 2)).toBe(false)
  })

  test('is what the label looks like, where its other records show nearly all of the patch', () => {
    expect(asked(['a', 'b', 'c'], 60, 50)).toBe(true)
    expect(asked(['a', 'b', 'c'], 60, 30)).toBe(false)
  })

  test('is a trigger where those that show it are too few to have been there before', () => {
    expect(asked(['a', 'b', 'c'], 18, 18)).toBe(false)
  })

  test('is a trigger where many of the label do without it', () => {
    expect(asked(['flag'], 60)).toBe(false)
  })
})
