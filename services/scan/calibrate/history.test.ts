import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { certifies, EMPTY_HISTORY, updateHistory } from './history.ts'
import { mergeSketch, sketchSurprise } from './sketch.ts'

const random = seededRandom(3, 'history test')
const normals = (n: number) => Array.from({ length: n }, () => random.normal())

describe('a sketch', () => {
  it('keeps the upper tail of many values in a few hundred numbers', () => {
    let sketch = mergeSketch(undefined, normals(5000))
    for (let k = 0; k < 9; k++) sketch = mergeSketch(sketch, normals(5000))
    expect(sketch.values.length).toBeLessThan(1000)
    const surprise = sketchSurprise(sketch)
    expect(surprise(0)).toBeCloseTo(Math.log(2), 1)
    expect(Math.exp(-surprise(2.326))).toBeCloseTo(0.01, 3)
    expect(Math.exp(-surprise(3.09))).toBeCloseTo(0.001, 3)
  })

  it('takes what most have alike for no surprise, be it the greatest value', () => {
    const alike = sketchSurprise(mergeSketch(undefined, new Float64Array(4000)))
    expect(alike(0)).toBeCloseTo(Math.log(2), 10)
    const top = sketchSurprise(
      mergeSketch(undefined, [...normals(3000).map((value) => -Math.abs(value)), ...Array<number>(1000).fill(0)]),
    )
    expect(Math.exp(-top(0))).toBeCloseTo(0.125, 2)
    expect(alike(0.1)).toBeGreaterThan(8)
  })

  it('does not depend on the order of the values', () => {
    const values = normals(3000)
    expect(mergeSketch(undefined, values.toReversed())).toEqual(mergeSketch(undefined, values))
  })

  it('goes on rising beyond the greatest value seen, no further than so many values can bear out', () => {
    const surprise = sketchSurprise(mergeSketch(undefined, normals(2000)))
    expect(surprise(5)).toBeGreaterThan(surprise(4))
    expect(surprise(1000)).toBeGreaterThan(surprise(100))
    expect(surprise(1000)).toBeLessThan(Math.log(2000) + 2.1)
  })
})

describe('a clean history', () => {
  const bulk = () => ({ outlier: mergeSketch(undefined, normals(1000)) })

  it('certifies after three windows that had the channel', () => {
    let history = EMPTY_HISTORY
    for (let k = 0; k < 3; k++) {
      expect(certifies(history, ['outlier'])).toBe(false)
      history = updateHistory(history, { bulk: bulk() })
    }
    expect(certifies(history, ['outlier'])).toBe(true)
    expect(certifies(history, ['outlier', 'another'])).toBe(false)
  })

  it('survives JSON', () => {
    const history = updateHistory(EMPTY_HISTORY, { bulk: bulk() })
    expect(JSON.parse(JSON.stringify(history))).toEqual(history)
  })
})
