import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { type CleanHistory, EMPTY_HISTORY, fadeHistory, updateHistory } from '../calibrate/history.ts'
import type { ScanInput } from '../view/samples.ts'
import { compare, quantile, shareAt, sketchOf } from './compare.ts'
import { type Drift, driftOf, movedIn, notesOf } from './drift.ts'
import { measureOfNames, measuresOf } from './measures.ts'

const N = 400
const NAMES = ['left', 'right']

interface Change {
  /** How far the number is moved, by record. */
  readonly by?: (label: number, i: number) => number
  /** The share of the second label. */
  readonly right?: number
  readonly contributors?: (i: number) => number
}

/** Records of two labels with a number, whose place goes with the label, and a name that does not. */
function window(seed: number, { by = () => 0, right = 0.5, contributors }: Change = {}): ScanInput {
  const random = seededRandom(seed, 'drift')
  const of = Int32Array.from({ length: N }, () => Number(random.next() < right))
  const values = Float64Array.from(of, (label, i) => label + random.normal() + by(label, i))
  const codes = Int32Array.from(of, () => random.below(3))
  const brought = contributors === undefined ? null : Int32Array.from(of, (_, i) => contributors(i))
  return {
    n: N,
    seed: 0,
    samples: {
      kind: 'table',
      columns: [
        { name: 'x', type: 'number', values },
        { name: 'kind', type: 'category', codes, levels: ['a', 'b', 'c'] },
      ],
    },
    labels: {
      of,
      names: NAMES,
      counts: Int32Array.of(of.filter((l) => l === 0).length, of.filter((l) => l === 1).length),
    },
    contributors: brought === null ? null : { of: brought, names: ['ann', 'bob'], counts: Int32Array.of(N, N) },
  }
}

const everybody = () => true
function taughtBy(count: number, change: Change = {}, from = 1000): CleanHistory {
  let history = EMPTY_HISTORY
  for (let w = 0; w < count; w++) {
    const { taught } = driftOf(window(from + w, change), everybody, w < 4 ? EMPTY_HISTORY : history)
    history = updateHistory(fadeHistory(history), { bulk: taught })
  }
  return history
}
const history = taughtBy(8)
const said = (found: readonly Drift[]) =>
  found.map(({ moved, measure, label }) => [moved, measure, label ?? ''].join('/'))

describe('driftOf', () => {
  it('says nothing of a hundred windows of what does not change', () => {
    for (let seed = 0; seed < 100; seed++) expect(said(driftOf(window(seed), everybody, history).found)).toEqual([])
  })

  it('tells what moved: records, labels, or what the records of a label look like', () => {
    const moved = driftOf(window(1, { by: () => 0.8 }), everybody, history)
    expect(said(moved.found)).toEqual(['inputs/x/'])
    expect(moved.found[0]?.says).toMatch(/^x: \d+ % of it up to [\d.]+ before, \d+ % now$/)
    const shares = driftOf(window(1, { right: 0.8 }), everybody, history)
    expect(said(shares.found)).toContain('labels/label/')
    expect(shares.found.find((one) => one.moved === 'labels')?.says).toMatch(
      /^label: (left|right) \d+ % before, \d+ % now$/,
    )
    expect(said(shares.found).some((one) => one.startsWith('labels given'))).toBe(false)
    // the labels change places: records at large are as they were
    const turned = driftOf(window(1, { by: (label) => 1 - 2 * label }), everybody, history)
    expect(said(turned.found).sort()).toEqual(['labels given inputs/x/left', 'labels given inputs/x/right'])
  })

  it('is asked of records that are not under suspicion, and says who alone brings what is new', () => {
    const planted = (i: number) => i < 100
    const of = window(1, { by: (_, i) => (planted(i) ? 6 : 0), contributors: (i) => Number(!planted(i)) })
    expect(driftOf(of, (i) => !planted(i), history).found).toEqual([])
    const [drift] = driftOf(of, everybody, history).found
    expect(drift?.says).toContain('brought by ann')
  })

  it('has no alarm for a change that earlier windows had as well, and none before three windows', () => {
    const seasons = updateHistory(history, { bulk: driftOf(window(7, { by: () => 0.8 }), everybody, history).taught })
    expect(driftOf(window(1, { by: () => 0.8 }), everybody, seasons).found).toEqual([])
    expect(driftOf(window(1, { by: () => 9 }), everybody, taughtBy(2)).found).toEqual([])
    expect(driftOf(window(1, { by: () => 9 }), everybody, EMPTY_HISTORY).found).toEqual([])
  })

  it('tells a person, a sentence for each kind', () => {
    const { found } = driftOf(window(1, { by: (label) => 2 * label }), everybody, history)
    expect(notesOf(found)[0]).toContain(
      'the data has drifted from its own past (inputs), for which nothing is held: x: ',
    )
    const alone = { moved: 'labels given inputs', measure: 'x', distance: 0.3, label: 'left', says: 'x' } as const
    expect(notesOf([alone])[0]).toContain('no other label has moved')
    expect(notesOf([alone, { ...alone, label: 'right' }])[0]).not.toContain('no other label')
    expect(notesOf([])).toEqual([])
    expect(movedIn(['another note', ...notesOf(found)])).toEqual([...new Set(found.map(({ moved }) => moved))])
    expect(movedIn(notesOf([alone]))).toEqual([alone.moved])
  })
})

describe('compare', () => {
  const random = seededRandom(3, 'compare')
  const normal = (n: number, shift = 0) => Float64Array.from({ length: n }, () => random.normal() + shift)

  it('is the largest difference of two distributions, with what it is worth', () => {
    const before = sketchOf(normal(4000))!
    expect(before.values.length).toBeLessThanOrEqual(64)
    expect(compare(normal(1000), before)?.distance).toBeLessThan(0.06)
    expect(compare(normal(1000, 1), before)?.distance).toBeCloseTo(0.38, 1)
    expect(compare(normal(1000, 1), before)?.isLower).toBe(false)
    expect(compare(normal(1000, 1), before)?.p).toBeLessThan(1e-20)
    expect(compare(normal(20, 0.3), before)?.p).toBeGreaterThan(0.01)
    expect(compare(new Float64Array(0), before)).toBeNull()
    expect(compare(normal(9), undefined)).toBeNull()
  })

  it('tells of values that occur often the share up to one that parts them best', () => {
    const distance = compare(new Float64Array(400).fill(5), sketchOf(new Float64Array(400).fill(4))!)
    expect(distance).toMatchObject({ at: 4, isLower: false, before: 1, now: 0 })
  })

  it('takes names by their shares, whatever their order', () => {
    const names = (...counts: number[]) =>
      measureOfNames('kind', Int32Array.from(counts.flatMap((count, at) => Array.from({ length: count }, () => at))), [
        'a',
        'b',
        'c',
      ])
    const before = sketchOf(names(200, 100, 100).values)!
    const code = [...names().levels!.keys()]
    expect(shareAt(before, code[0]!)).toBeCloseTo(0.5, 1)
    expect(compare(names(200, 100, 100).values, before)?.distance).toBeLessThan(0.02)
    expect(compare(names(100, 200, 100).values, before)?.distance).toBeGreaterThan(0.1)
  })

  it('has its quantiles', () => {
    const sketch = sketchOf(Float64Array.from({ length: 1000 }, (_, i) => i))!
    expect(quantile(sketch, 0.5)).toBeGreaterThan(480)
    expect(quantile(sketch, 0.5)).toBeLessThan(520)
    expect(quantile(sketch, 1)).toBeGreaterThan(970)
  })
})

describe('measuresOf', () => {
  it('says how images, texts and vectors look, in the same numbers for the same record', () => {
    const data = Float32Array.of(0, 1, 0, 1, 0.5, 0.5, 0.5, 0.5)
    const images = measuresOf({
      n: 2,
      samples: { kind: 'image', height: 2, width: 2, channels: 1, pixels: { rows: 2, cols: 4, data } },
    })
    expect(images.map(({ name, values }) => [name, ...values])).toEqual([
      ['brightness', 0.5, 0.5],
      ['contrast', 0.5, 0],
      ['sharpness', 0.5, 0],
    ])
    const texts = (...list: string[]) => measuresOf({ n: list.length, samples: { kind: 'text', texts: list } })
    const [words, letters, ...mixes] = texts('one two', '', 'three')
    expect([...words!.values]).toEqual([2, 0, 1])
    expect([...letters!.values]).toEqual([3, Number.NaN, 5])
    expect(mixes).toHaveLength(4)
    expect(texts('three')[2]?.values[0]).toBe(mixes[0]?.values[2])
    const vectors = { rows: 1, cols: 2, data: Float32Array.of(3, 4) }
    expect(measuresOf({ n: 1, samples: { kind: 'vector', vectors } })[0]?.values[0]).toBe(5)
  })
})
