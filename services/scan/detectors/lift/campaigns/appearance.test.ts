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

interface Besides {
  /** How many of the `bare` ones show the patch but for one of its four pixels. */
  readonly nearly?: number
  /** Which pixel these lack: the first always, or each in turn. */
  readonly lacks?: (i: number) => number
  /** How many images of the other labels show it so. */
  readonly elsewhere?: number
}

/** Noisy pictures of one motif a class, and 60 of class `flag` with the patch, of the motifs `shown` in turn; `bare` more without it. */
function asked(
  shown: readonly string[],
  bare: number,
  { nearly = 0, lacks = (i) => i % PATCH.length, elsewhere = 0 }: Besides = {},
) {
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
    const isNear = (i >= 60 && i < 60 + nearly) || (i >= 60 + bare && i < 60 + bare + elsewhere)
    PATCH.forEach((at, nth) => {
      if (patched || (isNear && nth !== lacks(i))) row(pixels, i)[at] = 0.9
      else if (isNear) row(pixels, i)[at] = 0.1
    })
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
    expect(asked(['a', 'b', 'c'], 60, { nearly: 50 })).toBe(true)
    expect(asked(['a', 'b', 'c'], 60, { nearly: 30 })).toBe(false)
  })

  test('is a trigger where other labels show it as well, or where the label never shows one of its pixels', () => {
    expect(asked(['a', 'b', 'c'], 60, { nearly: 50, elsewhere: 150 })).toBe(false)
    expect(asked(['a', 'b', 'c'], 60, { nearly: 60, lacks: () => 0 })).toBe(false)
  })

  test('is a trigger where those that show it are too few to have been there before', () => {
    expect(asked(['a', 'b', 'c'], 18, { nearly: 18 })).toBe(false)
  })

  test('is a trigger where many of the label do without it', () => {
    expect(asked(['flag'], 60)).toBe(false)
  })
})
