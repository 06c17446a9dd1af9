import { describe, expect, it } from 'vitest'
import { matrix } from '../numeric/matrix.ts'
import { evened } from './evened.ts'

const CLASSES = 6
const EACH = 200
const LABEL = 0

/**
 * What is evened of a label of 200 records, of which `suspects[c]` look like class c with log-odds of 3, and `found[c]` are
 * explained by a trigger; of the other classes' 200 records `taken[c]` were expected to have the label.
 */
function told({
  suspects,
  found = [],
  taken = [],
}: Record<'suspects', number[]> & Partial<Record<'found' | 'taken', number[]>>) {
  const n = CLASSES * EACH
  const of = Int32Array.from({ length: n }, (_, i) => Math.floor(i / EACH))
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const wrong = { of, names, counts: Int32Array.from(names, () => EACH) }
  const left = { ...wrong, of: of.slice() }
  const [expected, before] = [matrix(n, CLASSES), matrix(n, CLASSES)]
  const odds = new Float64Array(n).fill(-Infinity).fill(-9, 0, EACH)
  of.forEach((own, i) => {
    expected.data[i * CLASSES + own] = 1
    before.data[i * CLASSES + LABEL] = i % EACH < (taken[own] ?? 0) ? 0.9 : 0.01
  })
  let at = 0
  for (let c = 1; c < CLASSES; c++)
    for (let k = 0; k < (suspects[c] ?? 0) + (found[c] ?? 0); k++, at++) {
      expected.data.fill(0, at * CLASSES, (at + 1) * CLASSES)
      expected.data[at * CLASSES + c] = 1
      if (k < (suspects[c] ?? 0)) odds[at] = 3
      else left.of[at] = -1
    }
  const { logOdds, vague } = evened(odds, LABEL, { wrong, left }, expected, before)
  const likeOf = (c: number) => [...logOdds.keys()].filter((i) => odds[i] === 3 && expected.data[i * CLASSES + c] === 1)
  const heldOf = (c: number) => likeOf(c).filter((i) => logOdds[i]! >= 0 && vague[i] === 0).length
  return { held: [1, 2, 3, 4, 5].map(heldOf), vague: [1, 2, 3, 4, 5].map((c) => likeOf(c).some((i) => vague[i] === 1)) }
}

describe('suspects of a label', () => {
  it('stay as they are where a trigger brings about as many of each class', () => {
    expect(told({ suspects: [0, 10, 11, 9, 12, 8] }).held).toEqual([10, 11, 9, 12, 8])
  })

  it('are ranked alone where they look like a class that is taken for the label', () => {
    const { held, vague } = told({ suspects: [0, 10, 40, 10, 10, 10], taken: [0, 0, 50, 0, 0, 0] })
    expect(held).toEqual([10, 0, 10, 10, 10])
    expect(vague).toEqual([false, true, false, false, false])
  })

  it('stay where many look like a class that is not', () => {
    expect(told({ suspects: [0, 2, 40, 1, 2, 1] }).held).toEqual([2, 40, 1, 2, 1])
  })

  it('are due less of a class of which a trigger has explained some', () => {
    const taken = [0, 0, 50, 0, 0, 0]
    expect(told({ suspects: [0, 10, 12, 10, 10, 10], taken }).held[1]).toBe(12)
    expect(told({ suspects: [0, 10, 12, 10, 10, 10], found: [0, 0, 28, 0, 0, 0], taken }).held[1]).toBe(0)
  })
})
