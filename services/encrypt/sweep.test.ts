import { expect, test } from 'vitest'
import { objectPath, poolPath } from '#core/layout.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import type { WindowFilter, WindowRow } from '#runtime/catalog/catalog.ts'
import { createMemoryStore } from './stores/memory.ts'
import { sweepStaging } from './sweep.ts'

test('what a window gave to its pool goes once no pool reaches it, and not before', async () => {
  const store = createMemoryStore()
  const rows = Array.from({ length: POOL_KEPT_WINDOWS + 3 }, (_, i) => {
    const row = { id: `w${i + 1}`, dataset: 'mail', ordinal: i + 1, state: 'committed' }
    return row as unknown as WindowRow
  })
  const catalog = (known: readonly WindowRow[]) => ({
    get: async (id: string) => known.find((row) => row.id === id) ?? null,
    list: async ({ state, after = 0 }: WindowFilter) =>
      known.filter((row) => row.ordinal > after && (state === undefined || row.state === state)),
  })
  const pools = ['w1', 'w2', 'unknown'].map((id) => poolPath('mail', id, 'ab'.repeat(32)))
  for (const path of [...pools, objectPath('staging', 'mail', 'w1')]) await store.create(path, Buffer.from('x'))
  const discard = (path: string) => store.delete(path)
  const left = async () => {
    const paths: string[] = []
    for await (const path of store.list('staging/')) paths.push(path)
    return paths.sort()
  }

  const soFar = (count: number) => catalog(rows.slice(0, count))
  expect(await sweepStaging(store, { discard }, soFar(POOL_KEPT_WINDOWS + 1))).toBe(1)
  expect(await left()).toEqual(pools.toSorted())
  expect(await sweepStaging(store, { discard }, soFar(POOL_KEPT_WINDOWS + 2))).toBe(1)
  const waiting = [...rows.slice(0, -1), { ...rows.at(-1)!, state: 'scanned' as const }]
  expect(await sweepStaging(store, { discard }, catalog(waiting))).toBe(0)
  expect(await sweepStaging(store, { discard }, catalog(rows))).toBe(1)
  expect(await left()).toEqual([pools[2]])
})
