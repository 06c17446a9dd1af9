import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Prepared } from './record/prepare.ts'
import { WindowCollector, type OpenWindow } from './window.ts'

const item = (partition: string, position: number, bytes = 1): Prepared => ({
  kind: 'record',
  record: {
    id: `${partition}#${position}`,
    fields: {},
    provenance: { source: 's', partition, position: String(position) },
  },
  notes: [],
  bytes,
  item: null,
})

function collect(items: readonly Prepared[], records: number, bytes: number, positions = new Map<string, string>()) {
  const collector = new WindowCollector({ records, bytes }, positions)
  return [...items.map((item) => collector.add(item)), collector.finish()].filter((window) => window !== null)
}
const sizes = (windows: readonly OpenWindow[]) => windows.map((window) => window.items.length)

describe('collecting windows', () => {
  test('closes a window at its records, at its bytes, and at the end', () => {
    const items = Array.from({ length: 7 }, (_, i) => item('a', i, 10))
    expect(sizes(collect(items, 3, 1000))).toEqual([3, 3, 1])
    expect(sizes(collect(items, 100, 40))).toEqual([4, 3])
    expect(collect([], 3, 10)).toEqual([])
  })

  test('is due after its time, and ten times later while too few records are in it to be scanned', () => {
    let now = 0
    const collector = new WindowCollector({ records: 1000, bytes: 1e6, seconds: 60 }, new Map(), () => now)
    expect(collector.dueInMs()).toBeNull()
    for (let i = 0; i < 49; i++) collector.add(item('a', i))
    now = 10_000
    expect(collector.dueInMs()).toBe(590_000)
    collector.add(item('a', 49))
    expect(collector.dueInMs()).toBe(50_000)
    collector.finish()
    expect(collector.dueInMs()).toBeNull()
    const untimed = new WindowCollector({ records: 1000, bytes: 1e6 }, new Map(), () => now)
    untimed.add(item('a', 0))
    expect(untimed.dueInMs()).toBeNull()
  })

  test('says of each partition from where to where it went', () => {
    const items = [item('a', 5), item('a', 6), item('b', 0), item('b', 1), item('c', 0)]
    expect(collect(items, 3, 100, new Map([['a', '4']])).map((window) => window.segments)).toEqual([
      [
        { partition: 'a', from: '4', to: '6' },
        { partition: 'b', from: '', to: '0' },
      ],
      [
        { partition: 'b', from: '0', to: '1' },
        { partition: 'c', from: '', to: '0' },
      ],
    ])
  })

  property.prop([
    fc.array(fc.nat(50), { minLength: 1, maxLength: 60 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 200 }),
  ])('cuts the same windows when it starts again after any of them', (weights, records, bytes) => {
    const items = weights.map((weight, i) => item(`p${i % 3}`, i, weight))
    const windows = collect(items, records, bytes)
    const positions = new Map<string, string>()
    let taken = 0
    for (const [index, window] of windows.entries()) {
      expect(collect(items.slice(taken), records, bytes, positions)).toEqual(windows.slice(index))
      taken += window.items.length
      for (const { partition, to } of window.segments) positions.set(partition, to)
    }
    expect(taken).toBe(items.length)
  })
})
