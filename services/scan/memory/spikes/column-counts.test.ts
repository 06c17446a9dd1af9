import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { countColumn } from './column-counts.ts'
import type { WindowColumns } from './columns.ts'

const LABELS = ['low', 'high']

type Cell = readonly [value: number | null, label: number, more?: { readonly by?: number; readonly number?: number }]

/** A window of one column; its labels are named in the order given. */
function windowOf(cells: readonly Cell[], { names = LABELS, beside = ['x'] } = {}): WindowColumns {
  return {
    labels: { names, of: cells.map(([, label]) => label) },
    contributors: cells.map(([, , more]) => more?.by ?? -1),
    rows: { numbers: cells.map(([, , more], i) => more?.number ?? 1000 + i), beside },
    held: [],
    columns: [{ name: 'x', values: cells.map(([value]) => value) }],
  }
}

/** Counts by value: [low, high]. */
function byValue(windows: readonly (WindowColumns | null)[]): Record<string, number[]> {
  const { values, counts } = countColumn(windows, 'x', LABELS)
  return Object.fromEntries(
    Array.from(values, (value, at) => [String(value), [...counts.subarray(2 * at, 2 * at + 2)]]),
  )
}

describe('countColumn', () => {
  it('counts values by label over windows that name their labels in any order, zero once, and neither what is missing nor unlabelled', () => {
    const first = windowOf([
      [1.5, 0],
      [-0, 1],
      [null, 0],
      [1.5, -1],
    ])
    const second = windowOf(
      [
        [1.5, 0, { number: 7 }],
        [0, 0, { number: 8 }],
      ],
      { names: ['high', 'low'] },
    )
    expect(byValue([first, null, second])).toEqual({ '0': [0, 2], '1.5': [1, 1] })
    expect(countColumn([first, second], 'x', LABELS)).toMatchObject({ records: 4, tried: 0 })
    expect([...countColumn([first, second], 'x', LABELS).shares]).toEqual([0.25, 0.75])
  })

  it('counts a record once that stands in the windows again, where the column tells records apart', () => {
    const cells: Cell[] = [
      [2, 0, { number: 1 }],
      [2, 0, { number: 1 }],
      [2, 1, { number: 1 }],
    ]
    expect(byValue([windowOf(cells), windowOf(cells)])).toEqual({ '2': [1, 1] })
    expect(byValue([windowOf(cells, { beside: [] })])).toEqual({ '2': [2, 1] })
  })

  it('hears four records of one contributor, value and label in a window, and four more in the next', () => {
    const many = (start: number): Cell[] => Array.from({ length: 6 }, (_, i) => [3, 1, { by: 2, number: start + i }])
    expect(byValue([windowOf(many(0))])).toEqual({ '3': [0, 4] })
    expect(byValue([windowOf(many(0)), windowOf(many(50))])).toEqual({ '3': [0, 8] })
    expect(countColumn([windowOf(many(0)), windowOf(many(50))], 'x', LABELS).tried).toBe(1)
  })

  it('counts as one by one does', () => {
    const random = seededRandom(1, 'column counts')
    const windows = Array.from({ length: 4 }, () =>
      windowOf(
        Array.from({ length: 600 }, () => [
          random.next() < 0.05 ? null : Math.round(random.normal() * 30) / 10,
          random.below(3) - 1,
          { number: random.below(1 << 24) },
        ]),
      ),
    )
    const plain = new Map<number, number[]>()
    for (const { columns, labels } of windows) {
      for (const [i, value] of columns[0]!.values.entries()) {
        const label = labels.of[i]!
        if (value === null || label < 0) continue
        const own = plain.get(value + 0) ?? [0, 0]
        own[label]!++
        plain.set(value + 0, own)
      }
    }
    const counted = countColumn(windows, 'x', LABELS)
    expect([...counted.values]).toEqual([...plain.keys()].toSorted((a, b) => a - b))
    expect(byValue(windows)).toEqual(Object.fromEntries([...plain].map(([value, own]) => [String(value), own])))
    expect(counted.tried).toBe([...plain.values()].flat().filter((count) => count >= 6).length)
  })
})
