import { seededRandom } from '#core/random.ts'
import { matrix } from '#services/scan/numeric/matrix.ts'
import type { ImageSamples } from '#services/scan/view/samples.ts'

const SIDE = 24
const WIDE = 8
const WAYS = [0, 1, 2, 3].map((way) => [Math.sin((way * Math.PI) / 4), Math.cos((way * Math.PI) / 4)] as const)

/** The labels of `stripedPhotographs`, by the way in which stripes run. */
export const WAYS_OF_STRIPES = ['down', 'slope', 'across', 'rise']

/**
 * Grainy pictures with a field of stripes somewhere that run one of four ways, by turns: pixels hardly tell it, and what
 * is near in pixels is not alike. The first `patched` of them have a pale corner.
 */
export function stripedPhotographs(n: number, seed: number, patched = 0): ImageSamples {
  const random = seededRandom(seed, 'stripes')
  const pixels = matrix(n, SIDE * SIDE)
  for (let i = 0; i < n; i++) {
    const [phase, pace, [down, across]] = [2 * Math.PI * random.next(), 1 + 1.2 * random.next(), WAYS[i % 4]!]
    const [top, left] = [random.below(SIDE - WIDE + 1), random.below(SIDE - WIDE + 1)]
    for (let at = 0; at < pixels.cols; at++) {
      const [y, x] = [Math.floor(at / SIDE), at % SIDE]
      const isStriped = y >= top && y < top + WIDE && x >= left && x < left + WIDE
      const strength = isStriped ? 0.15 * Math.sin(pace * (y * down + x * across) + phase) : 0
      const isCorner = i < patched && x >= SIDE - 3 && y >= SIDE - 3
      const shade = 0.5 + strength + 0.06 * random.normal()
      pixels.data[i * pixels.cols + at] = isCorner ? 0.7 : Math.round(255 * shade) / 255
    }
  }
  return { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels }
}
