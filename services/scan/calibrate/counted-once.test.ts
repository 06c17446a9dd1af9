import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector } from '../detector.ts'
import { scanWindow } from '../scan-window.ts'
import { groupBy } from '../view/build-input.ts'
import { countedOnce } from './counted-once.ts'
import { historyKey } from './history.ts'
import { mergeSketch } from './sketch.ts'

describe('countedOnce', () => {
  it('counts records as one that lie far nearer one another than records do', () => {
    // On a line: 0, 1, 2, 3, and two beside the last.
    const at = [0, 1, 2, 3, 3.01, 3.02]
    const k = 2
    const nearest = at.map((x, i) =>
      at
        .map((y, j) => ({ j, d: Math.abs(x - y) }))
        .filter(({ j }) => j !== i)
        .sort((a, b) => a.d - b.d)
        .slice(0, k),
    )
    const neighbours = {
      k,
      index: Int32Array.from(nearest.flat(), ({ j }) => j),
      distance: Float32Array.from(nearest.flat(), ({ d }) => d),
    }
    expect([...countedOnce(neighbours, at.length)]).toEqual([1, 1, 1, 1 / 3, 1 / 3, 1 / 3])
  })
})

describe('texts that are judged with what earlier windows taught', () => {
  const N = 300
  const FAR = [0, 1, 2, 3]
  const random = seededRandom(4, 'counted once test')
  const usual = () => -Math.log(1 - random.next())
  const scores = Float64Array.from({ length: N }, (_, i) => (FAR.includes(i) ? 9 : Math.min(5, usual())))
  const detector: Detector = {
    info: { name: 'far', family: 'outlier', version: 1 },
    needs: [],
    tags: { role: 'carrier' },
    score: () => Promise.resolve({ scores, scale: 'relative', groups: [], why: () => 'It is far.' }),
  }
  const history = {
    windows: 8,
    channels: { [historyKey(detector.info)]: mergeSketch(undefined, Array.from({ length: 3000 }, usual)) },
  }
  const text = () => Array.from({ length: 40 }, () => `w${random.below(400)}`)

  const heldOf = async (areCopies: boolean) => {
    const first = text()
    const texts = Array.from({ length: N }, (_, i) =>
      (areCopies && FAR.includes(i) ? [...first.slice(1), `own${i}`] : text()).join(' '),
    )
    const labels = groupBy(texts.map((_, i) => (i % 2 ? 'a' : 'b')))
    const input = { n: N, seed: 1, samples: { kind: 'text' as const, texts }, labels, contributors: null }
    const { risk } = await scanWindow(input, { detectors: [detector], history })
    return FAR.filter((i) => risk[i]! >= 0.5)
  }

  it('are held where four of them lie far out', async () => {
    expect(await heldOf(false)).toEqual(FAR)
  })

  it('are not held where the four are one that comes again', async () => {
    expect(await heldOf(true)).toEqual([])
  })
})
