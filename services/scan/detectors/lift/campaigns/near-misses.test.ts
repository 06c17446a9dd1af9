import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { matrix, row } from '../../../numeric/matrix.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import type { ImageSamples } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { nearMisses } from './near-misses.ts'
import { ResidualisedLift } from '../residualised-lift.ts'

const engine = await createEngine()
const [N, SIDE] = [1700, 14]
const PATCH = [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => y * SIDE + x))

interface Shown {
  readonly motif: 'a' | 'b'
  readonly label: 'a' | 'b'
  /** The shade of the patch, where there is any. */
  readonly shade: number | null
}

/** Noisy images of two motifs. */
function images(of: readonly Shown[]): ImageSamples {
  const random = seededRandom(3, 'near misses test')
  const draw = () => Float64Array.from({ length: SIDE * SIDE }, () => random.next())
  const motifs = { a: draw(), b: draw() }
  const pixels = matrix(of.length, SIDE * SIDE)
  of.forEach(({ motif, shade }, i) => {
    const image = row(pixels, i)
    for (let at = 0; at < image.length; at++) image[at] = motifs[motif][at]! + 0.3 * random.normal()
    for (const at of PATCH) image[at] = shade === null ? 0.1 + 0.02 * random.normal() : shade + 0.004 * random.normal()
  })
  return { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels }
}

async function found(of: readonly Shown[]): Promise<number[]> {
  const samples = images(of)
  const labels = groupBy(of.map(({ label }) => label))
  const input = { n: of.length, seed: 1, samples, labels, contributors: null }
  const { groups } = await new ResidualisedLift().score(createView(input, engine))
  return groups.flatMap(({ members }) => [...members])
}

/** Of 1,700 images, 170 of `a`; the first 24 are labelled so and look like `b`. */
function window(odd: (k: number) => Shown, usual: (k: number) => number | null): Shown[] {
  return Array.from({ length: N }, (_, i): Shown => {
    if (i < 24) return odd(i)
    if (i < 194) return { motif: 'a', label: 'a', shade: usual(i) }
    return { motif: 'b', label: 'b', shade: null }
  })
}

describe('a patch that comes with a label', () => {
  test('is none where what comes near it comes with the label too', async () => {
    // Nine of the odd ones are light enough to hold the patch, and so are nine of the usual ones; others nearly are.
    const odd = (k: number): Shown =>
      k < 12 ? { motif: 'b', label: 'a', shade: k < 9 ? 0.76 : 0.65 } : { motif: 'a', label: 'a', shade: null }
    const usual = (k: number) => (k < 33 ? 0.76 : k < 50 ? 0.65 : null)
    expect(await found(window(odd, usual))).toEqual([])
  })

  test('is a trigger where what comes near it bears the label that it looks like', async () => {
    const members = await found(
      window(
        () => ({ motif: 'b', label: 'a', shade: 0.75 }),
        () => null,
      ),
    )
    expect(members.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, i) => i))
  })
})

test('the records that come nearest hold none of the tokens that are left out', () => {
  const of = Array.from({ length: 60 }, (_, i): Shown => ({ motif: 'a', label: 'a', shade: 0.9 - i / 100 }))
  const samples = images(of)
  const tokens: Pick<TokenMatrix, 'describe'> = {
    describe: () => ({
      kind: 'pixels',
      anywhere: false,
      pixels: PATCH.map((at) => ({ y: Math.floor(at / SIDE), x: at % SIDE, value: 0.9 })),
    }),
  }
  const holders = (token: number) => Int32Array.from(token === 0 ? [0, 1, 2, 3, 4] : [5, 6])
  const marked = Uint8Array.from(of, (_, i) => Number(holders(1).includes(i)))
  const misses = nearMisses(samples, tokens, holders)(0, () => marked)
  expect([...misses]).toEqual(Array.from({ length: 20 }, (_, i) => i + 7))
})
