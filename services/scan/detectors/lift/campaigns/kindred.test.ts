import { describe, expect, test } from 'vitest'
import type { Trigger } from '#core/score.ts'
import { seededRandom } from '#core/random.ts'
import { matrix, row } from '../../../numeric/matrix.ts'
import { groupBy } from '../../../view/build-input.ts'
import { areKin } from './kindred.ts'

const SIDE = 12
const PATCH = [0, 1, SIDE, SIDE + 1]
const trigger: Trigger = {
  kind: 'patch',
  shape: [SIDE, SIDE],
  pixels: PATCH.map((at) => ({ y: Math.floor(at / SIDE), x: at % SIDE, value: 0.9 })),
}

interface Planted {
  /** Which of the motifs the 40 images with the patch show. */
  readonly motif: (i: number) => number
  /** How much of each pixel of theirs a pattern takes. */
  readonly blended?: number
  /** How far the members' own outline stands out from what they show. */
  readonly outline?: number
  /** Whether they are drawn in black and white, and not photographs. */
  readonly isDrawn?: boolean
  /** Whether they share the patch to the bit. */
  readonly isExact?: boolean
}

/** 300 noisy images of six motifs, and 40 with the patch. */
function asked({ motif, blended = 0, outline = 0, isDrawn = false, isExact = false }: Planted): boolean {
  const random = seededRandom(5, 'kindred test')
  const draw = () => Float64Array.from({ length: SIDE * SIDE }, () => random.next())
  const [motifs, pattern, shared] = [Array.from({ length: 6 }, draw), draw(), draw()]
  const shown = [...Array.from({ length: 40 }, (_, i) => motif(i)), ...Array.from({ length: 300 }, (_, i) => i % 6)]
  const pixels = matrix(shown.length, SIDE * SIDE)
  shown.forEach((of, i) => {
    const image = row(pixels, i)
    const isMember = i < 40
    for (let at = 0; at < image.length; at++) {
      const own = motifs[of]![at]! + 0.3 * random.normal()
      const drawn = isMember ? (1 - outline) * own + outline * shared[at]! : own
      image[at] = isMember ? (1 - blended) * drawn + blended * pattern[at]! : drawn
    }
    if (isDrawn) for (let at = 0; at < image.length; at++) image[at] = Number(image[at]! > 0.5)
    if (isMember) for (const at of PATCH) image[at] = 0.9
  })
  const labels = groupBy(shown.map((of, i) => (i < 40 ? 'target' : String(of))))!
  const members = Int32Array.from({ length: 40 }, (_, i) => i)
  const event = labels.names.indexOf('target')
  const campaign = { event, members, evidence: 50, tokens: [0], posterior: new Float64Array(40).fill(1), chance: 1 }
  const samples = { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels } as const
  return areKin(samples, labels, campaign, trigger, isExact)
}

describe('images that hold a patch', () => {
  test('are kin where they resemble one another beside it, and nothing beside them does', () => {
    expect(asked({ motif: (i) => i % 6, outline: 0.8 })).toBe(true)
  })

  test('are no kin where they are photographs that share it to the bit, and are where they are drawn', () => {
    expect(asked({ motif: (i) => i % 6, outline: 0.8, isExact: true })).toBe(false)
    expect(asked({ motif: (i) => i % 6, outline: 0.8, isExact: true, isDrawn: true })).toBe(true)
  })

  test('are no kin where they were struck among all classes, or within one', () => {
    expect(asked({ motif: (i) => i % 6 })).toBe(false)
    expect(asked({ motif: () => 2 })).toBe(false)
  })

  test('are no kin for a pattern that is blended into all of them', () => {
    expect(asked({ motif: (i) => i % 6, blended: 0.3 })).toBe(false)
    expect(asked({ motif: () => 2, blended: 0.3 })).toBe(false)
  })
})
