import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { NearestForms } from './nearest-forms.ts'

const engine = await createEngine()
const SIDE = 14
const ODD = 30

/** Filled boxes of any ink, and among them the first thirty: thin lines, each in a direction of its own, fainter than most boxes. */
function boxesAndLines(n: number) {
  const random = seededRandom(7, 'nearest forms test')
  const pixels = matrix(n, SIDE * SIDE)
  for (let i = 0; i < n; i++) {
    const ink = 0.2 + 0.8 * random.next()
    const [left, top] = [1 + 3 * random.next(), 1 + 3 * random.next()]
    const [right, bottom] = [9 + 4 * random.next(), 9 + 4 * random.next()]
    const angle = Math.PI * random.next()
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const off = Math.abs(Math.cos(angle) * (x - 6.5) + Math.sin(angle) * (y - 6.5))
        const isDrawn = i < ODD ? off < 1 : x >= left && x <= right && y >= top && y <= bottom
        pixels.data[i * pixels.cols + y * SIDE + x] = isDrawn ? ink : 0
      }
  }
  const samples = { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels } as const
  return createView({ n, seed: 3, samples, labels: null, contributors: null }, engine)
}

describe('nearest forms', () => {
  it.each([400, 2600])('are far for images of another kind, of %i images', async (n) => {
    const { scores } = await new NearestForms().score(boxesAndLines(n))
    expect(Math.min(...scores.subarray(0, ODD))).toBeGreaterThan(Math.max(...scores.subarray(ODD)))
  })

  it('are the same for the same window, and say how far one lies', async () => {
    const [first, second] = [boxesAndLines(400), boxesAndLines(400)]
    const [one, other] = [await new NearestForms().score(first), await new NearestForms().score(second)]
    expect(one.scores).toEqual(other.scores)
    expect(one.why(0)).toMatch(/^What it shows is \d+\.\d times as far/)
  })
})
