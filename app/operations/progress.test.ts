import { describe, expect, it } from 'vitest'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { createEvents } from '#runtime/process/events.ts'
import type { System } from '../system.ts'
import { watchProgress } from './progress.ts'

const before = {
  id: 'w1',
  dataset: 'mail',
  source: 'mail',
  state: 'committed',
  records: 90,
  deadLetters: 10,
  counts: { received: 100, admitted: 85, quarantined: 5, rejected: 0, deadLettered: 10 },
} as unknown as WindowRow

function systemWith(...windows: WindowRow[]) {
  const events = createEvents()
  const catalog = { windows: { list: async () => windows } }
  const system = { events, catalog, config: { datasets: { mail: {} } } } as unknown as System
  const staged = (window: string, source = 'mail', records = 50, deadLetters = 0) =>
    events.emit('window.staged', {
      dataset: 'mail',
      source,
      shard: 's',
      window,
      ordinal: 1,
      records,
      deadLetters,
      ms: 1,
    })
  const scanned = (window: string) =>
    events.emit('window.scanned', { dataset: 'mail', window, ordinal: 1, records: 50, flagged: 3, ms: 1 })
  const committed = (window: string) => {
    const counts = { received: 50, admitted: 47, quarantined: 3, rejected: 0, deadLettered: 0 }
    events.emit('window.committed', { dataset: 'mail', window, ordinal: 1, counts, ms: 1 })
  }
  return { system, staged, scanned, committed }
}

describe('progress', () => {
  it('goes on from what the catalog holds', async () => {
    const { system, staged, scanned, committed } = systemWith(before)
    using progress = await watchProgress(system)
    staged('w2')
    scanned('w2')
    const [row] = progress.rows()
    expect(row).toEqual({ dataset: 'mail', received: 150, scanned: 150, committed: 100, held: 8, deadLettered: 10 })
    committed('w2')
    expect(progress.rows()[0]).toMatchObject({ committed: 150, held: 8 })
  })

  it('counts a window once, however often its job comes again, and whichever event was missed', async () => {
    const { system, staged, scanned, committed } = systemWith(before)
    using progress = await watchProgress(system)
    for (let again = 0; again < 2; again++) {
      staged('w1')
      staged('w2')
      committed('w2')
      scanned('w2')
      committed('w2')
      scanned('w1')
    }
    const [row] = progress.rows()
    expect(row).toEqual({ dataset: 'mail', received: 150, scanned: 150, committed: 150, held: 8, deadLettered: 10 })
  })

  it('follows redriven records, which were received before', async () => {
    const { system, staged, scanned, committed } = systemWith(before)
    const seen: number[] = []
    using progress = await watchProgress(system, ({ committed: done }) => seen.push(done))
    staged('r1', 'redrive', 4)
    expect(progress.rows()[0]).toMatchObject({ received: 100, scanned: 96, committed: 96, deadLettered: 6 })
    scanned('r1')
    committed('r1')
    expect(progress.rows()[0]).toMatchObject({ received: 100, scanned: 100, committed: 100, held: 8, deadLettered: 6 })
    expect(seen).toEqual([96, 96, 100])
  })

  it('hears nothing more once it is disposed of', async () => {
    const { system, staged } = systemWith()
    const progress = await watchProgress(system)
    progress[Symbol.dispose]()
    staged('w1')
    expect(progress.rows()[0]).toMatchObject({ received: 0 })
  })
})
