import { fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { admittedOf, flaggedOf, reviewOf, scanOf, sha, undoOf, windowOf, type CatalogFixture } from './fixture.ts'

const MOVES = [
  'stage',
  'stage',
  'scan',
  'scan',
  'commit',
  'commit',
  'redrive',
  'release',
  'reject',
  'recall',
  'undo',
  'apply',
] as const
const anyMoves = fc.array(fc.record({ move: fc.constantFrom(...MOVES), pick: fc.nat(1000) }), { maxLength: 30 })

/** Whatever happens, in whatever order: nothing is lost, nothing counts twice. */
export function modelTests(t: CatalogFixture): void {
  describe('totals', () => {
    test('add up after any run of moves', async () => {
      let run = 0
      await fc.assert(
        fc.asyncProperty(anyMoves, async (moves) => {
          const world = newWorld(t, `d${++run}`)
          for (const { move, pick } of moves) {
            await world[move](pick)
            const all = (await t.catalog.windows.totals()).get(`d${run}`)
            if (all === undefined) continue
            expect(all.received).toBe(world.received())
            const { admitted, quarantined, rejected, deadLettered, pending, recalled } = all
            expect(admitted + quarantined + rejected + deadLettered + pending).toBe(all.received)
            expect(Math.min(admitted, quarantined, rejected, deadLettered, pending)).toBeGreaterThanOrEqual(0)
            const standing = (name: 'quarantined' | 'recalled') =>
              t.catalog.flagged.count({ dataset: `d${run}`, standing: name })
            const scanned = await t.catalog.windows.list({ dataset: `d${run}`, state: 'scanned' })
            const uncommitted = scanned.reduce((sum, window) => sum + window.counts.quarantined, 0)
            expect(quarantined).toBe((await standing('quarantined')) - uncommitted)
            expect(recalled).toBe(await standing('recalled'))
            expect(recalled).toBeLessThanOrEqual(rejected)
          }
        }),
        { numRuns: 15 },
      )
    })
  })
}

function newWorld({ catalog, lease }: CatalogFixture, dataset: string) {
  let staged = 0
  let received = 0
  let reviews = 0
  let chain = 0
  const oneOf = <T>(items: readonly T[], pick: number): T | undefined => items[pick % Math.max(1, items.length)]
  const windowIn = async (state: WindowRow['state'], pick: number) =>
    oneOf(await catalog.windows.list({ dataset, state }), pick)

  const stage = async (records: number, deadLetters: readonly string[], redrives: readonly string[]) => {
    const n = ++staged
    const segments = [{ partition: dataset, from: n === 1 ? '' : `${n - 1}`, to: `${n}` }]
    const window = windowOf(n, { deadLetters, redrives })
    await catalog.windows.stage({ ...window, id: `${dataset}-${n}`, dataset, records, segments }, lease)
    received += records + deadLetters.length - redrives.length
  }
  const review = async (action: 'release' | 'reject', pick: number) => {
    const held = await catalog.flagged.list({ dataset, standing: 'quarantined' })
    const records = held.slice(0, 1 + (pick % 3)).map((row) => row.record)
    const adding = catalog.reviews.add({ ...reviewOf(`${dataset}-r${++reviews}`, action, records), dataset })
    // Held by another review, not committed yet, or none there: refused whole.
    await adding.catch(() => {})
  }
  return {
    received: () => received,
    stage: (pick: number) =>
      stage(
        pick % 7,
        Array.from({ length: pick % 3 }, (_, i) => `${dataset}-${staged + 1}-${i}`),
        [],
      ),
    async redrive(pick: number) {
      const open = await catalog.deadLetters.list({ dataset, state: 'open' })
      const ids = open.slice(0, 1 + (pick % 2)).map((row) => row.id)
      if (ids.length > 0) await stage(ids.length, [], ids)
    },
    async scan(pick: number) {
      const window = await windowIn('staged', pick)
      if (window === undefined) return
      const flagged = Array.from({ length: pick % (window.records + 1) }, (_, i) =>
        flaggedOf(i, { record: `${window.id}-${i}`, decision: (pick + i) % 3 === 0 ? 'reject' : 'quarantine' }),
      )
      await catalog.windows.scanned(window.id, scanOf(window.records, flagged))
    },
    async commit(pick: number) {
      const window = await windowIn('scanned', pick)
      if (window === undefined) return
      await catalog.windows.committed(window.id, { manifest: ++chain, sha256: sha(window.id), objects: [] })
    },
    release: (pick: number) => review('release', pick),
    reject: (pick: number) => review('reject', pick),
    /** What review released, or the last record of a window, where the scan admitted it. */
    async recall(pick: number) {
      const released = await catalog.flagged.list({ dataset, standing: 'released' })
      const window = await windowIn('committed', pick)
      const last = (window?.records ?? 0) - 1
      const isAdmitted = window !== undefined && window.counts.admitted > 0 && last >= 0
      const admitted = isAdmitted ? [{ ...admittedOf(last), record: `${window.id}-${last}`, window: window.id }] : []
      const records = [...released.slice(0, pick % 2), ...admitted].map((row) => row.record)
      const review = { ...reviewOf(`${dataset}-r${++reviews}`, 'recall', [...new Set(records)]), dataset }
      await catalog.reviews.add(review, admitted).catch(() => {})
    },
    async undo(pick: number) {
      const done = oneOf(await catalog.reviews.list({ dataset, state: 'applied' }), pick)
      if (done === undefined) return
      const undoing = catalog.reviews.add({ ...undoOf(`${dataset}-r${++reviews}`, done.id, done.records), dataset })
      await undoing.catch(() => {})
    },
    async apply(pick: number) {
      const pending = oneOf(await catalog.reviews.list({ dataset, state: 'pending' }), pick)
      if (pending !== undefined) await catalog.reviews.applied(pending.id, ++chain)
    },
  }
}
