import { fc, test as property } from '#test/support/property.ts'
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

const letter = (partition: string, position: number, bytes = 1): Prepared => ({
  kind: 'letter',
  letter: {
    id: `${partition}#${position}`,
    reason: 'contract',
    detail: '',
    body: { kind: 'broken', reason: 'undecodable', detail: '', raw: new Uint8Array() },
    provenance: { source: 's', partition, position: String(position) },
  },
  bytes,
})

interface Collect {
  readonly finite?: boolean
  readonly positions?: ReadonlyMap<string, string>
}

function collect(items: readonly Prepared[], records: number, bytes: number, options: Collect = {}) {
  const { finite = false, positions = new Map<string, string>() } = options
  const collector = new WindowCollector({ records, bytes }, positions, { finite })
  const windows = items.map((item) => collector.add(item))
  for (let last = collector.finish(); last !== null; last = collector.finish()) windows.push(last)
  return windows.filter((window) => window !== null)
}
const recordsIn = ({ items }: OpenWindow) => items.filter(({ kind }) => kind === 'record').length
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
    const collector = new WindowCollector({ records: 1000, bytes: 1e6, seconds: 60 }, new Map(), { now: () => now })
    expect(collector.dueInMs()).toBeNull()
    for (let i = 0; i < 49; i++) collector.add(item('a', i))
    now = 10_000
    expect(collector.dueInMs()).toBe(590_000)
    collector.add(item('a', 49))
    expect(collector.dueInMs()).toBe(50_000)
    collector.finish()
    expect(collector.dueInMs()).toBeNull()
    const untimed = new WindowCollector({ records: 1000, bytes: 1e6 }, new Map(), { now: () => now })
    untimed.add(item('a', 0))
    expect(untimed.dueInMs()).toBeNull()
  })

  test('says of each partition from where to where it went', () => {
    const items = [item('a', 5), item('a', 6), item('b', 0), item('b', 1), item('c', 0)]
    expect(collect(items, 3, 100, { positions: new Map([['a', '4']]) }).map((window) => window.segments)).toEqual([
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
    fc.boolean(),
  ])('cuts the same windows when it starts again after any of them', (weights, records, bytes, finite) => {
    const items = weights.map((weight, i) => item(`p${i % 3}`, i, weight))
    const windows = collect(items, records, bytes, { finite })
    const positions = new Map<string, string>()
    let taken = 0
    for (const [index, window] of windows.entries()) {
      expect(collect(items.slice(taken), records, bytes, { finite, positions })).toEqual(windows.slice(index))
      taken += window.items.length
      for (const { partition, to } of window.segments) positions.set(partition, to)
    }
    expect(taken).toBe(items.length)
  })

  test('leaves no tail that is too small to be scanned at the end of a finite source', () => {
    const run = (n: number) => Array.from({ length: n }, (_, i) => item('a', i))
    const finite = (n: number, records: number) => sizes(collect(run(n), records, 1e9, { finite: true }))
    expect(finite(1000, 1000)).toEqual([1000])
    expect(finite(1001, 1000)).toEqual([501, 500])
    expect(finite(2049, 1000)).toEqual([1000, 525, 524])
    expect(finite(2050, 1000)).toEqual([1000, 1000, 50])
    expect(finite(49, 1000)).toEqual([49])
    expect(finite(99, 60)).toEqual([60, 39]) // not enough for two
    expect(sizes(collect(run(1001), 1000, 1e9))).toEqual([1000, 1]) // a live source does not end
  })

  test('counts records, not what became a dead letter', () => {
    const items = [
      ...Array.from({ length: 100 }, (_, i) => item('a', i)),
      ...Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? letter('a', 100 + i) : item('a', 100 + i))),
    ]
    const windows = collect(items, 100, 1e9, { finite: true })
    expect(windows.map(recordsIn)).toEqual([80, 60]) // an even share would be more items than a window takes
    expect(windows.flatMap((window) => window.items)).toEqual(items)
    const lettersBehind = [...items.slice(0, 100), letter('a', 100), letter('a', 101)]
    expect(sizes(collect(lettersBehind, 100, 1e9, { finite: true }))).toEqual([100, 2])
  })

  property.prop([
    fc.array(fc.record({ isLetter: fc.boolean(), weight: fc.nat(30) }), { minLength: 1, maxLength: 400 }),
    fc.integer({ min: 1, max: 180 }),
    fc.integer({ min: 200, max: 4000 }),
  ])('keeps every item in order, and its limits, whatever the end is like', (shapes, records, bytes) => {
    const items = shapes.map(({ isLetter, weight }, i) => (isLetter ? letter : item)(`p${i % 2}`, i, weight))
    const windows = collect(items, records, bytes, { finite: true })
    expect(windows.flatMap((window) => window.items)).toEqual(items)
    const positions = new Map<string, string>()
    let taken = 0
    for (const [index, window] of windows.entries()) {
      expect(window.items.length).toBeLessThanOrEqual(records)
      const weights = window.items.map((one) => one.bytes)
      expect(weights.slice(0, -1).reduce((sum, weight) => sum + weight, 0)).toBeLessThan(bytes)
      expect(collect(items.slice(taken), records, bytes, { finite: true, positions })).toEqual(windows.slice(index))
      taken += window.items.length
      for (const { partition, to } of window.segments) positions.set(partition, to)
    }
  })
})
