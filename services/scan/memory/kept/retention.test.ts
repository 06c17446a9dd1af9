import { describe, expect, it } from 'vitest'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import { outlived, type KeptMemory } from './retention.ts'

const EVERY = 4
const NO_MARKS: readonly { keeps: number }[] = []

/** What is kept after so many windows, where what has outlived its use goes after every memory that is made, or once at the end. */
function keptAfter(windows: number, { every = EVERY, marks = NO_MARKS, each = true } = {}): KeptMemory[] {
  let kept: KeptMemory[] = []
  for (let through = every; through <= windows; through += every) {
    kept.push({ through, era: 0 })
    if (each || through + every > windows) kept = without(kept, through, { every, marks })
  }
  return kept
}

function without(kept: readonly KeptMemory[], base: number, { every = EVERY, marks = NO_MARKS } = {}): KeptMemory[] {
  const gone = new Set(outlived(kept, { base, every, marks }))
  return kept.filter((one) => !gone.has(one))
}

describe('memories that are kept', () => {
  it.each([1, 4, 100])('grow with the logarithm of the windows, one made after every %i', (every) => {
    const counts = [100, 1000, 10_000].map((windows) => keptAfter(windows * every, { every, each: false }).length)
    const octaves = Math.log2(10)
    for (const [at, more] of counts.slice(1).entries())
      expect(more - counts[at]!).toBeLessThanOrEqual(32 * (octaves + 1))
    expect(counts[2]).toBeLessThan(400)
  })

  it('are all of the last windows, as many as pools are kept of', () => {
    const kept = new Set(keptAfter(4000).map(({ through }) => through))
    for (let through = 4000; through >= 4000 - POOL_KEPT_WINDOWS; through -= EVERY) expect(kept).toContain(through)
  })

  it('let a rollback find one before whatever window, at most a seventh further back', () => {
    const windows = 6000
    const kept = keptAfter(windows).map(({ through }) => through)
    for (let poisoned = EVERY + 1; poisoned <= windows; poisoned += 31) {
      const age = windows - poisoned
      const before = Math.max(0, ...kept.filter((through) => through < poisoned))
      expect(poisoned - before).toBeLessThanOrEqual(EVERY + age / 7)
    }
  })

  it('are the same whenever what has outlived its use goes, and wherever that was interrupted', () => {
    const once = keptAfter(2000, { each: false })
    expect(keptAfter(2000)).toEqual(once)
    const all = Array.from({ length: 500 }, (_, i) => ({ through: (i + 1) * EVERY, era: 0 }))
    const gone = outlived(all, { base: 2000, every: EVERY, marks: [] })
    for (let removed = 0; removed <= gone.length; removed += 13) {
      const left = new Set(gone.slice(0, removed))
      expect(
        without(
          all.filter((one) => !left.has(one)),
          2000,
        ),
      ).toEqual(once)
    }
  })

  it('stay where a mark goes back to one of them, whatever its age', () => {
    expect(keptAfter(4000).map(({ through }) => through)).not.toContain(12)
    expect(keptAfter(4000, { marks: [{ keeps: 12 }] }).map(({ through }) => through)).toContain(12)
  })

  it('are not touched by one ahead of what scanning goes on from', () => {
    const kept = [8, 12, 4000].map((through) => ({ through, era: 0 }))
    expect(outlived(kept, { base: 12, every: EVERY, marks: [] })).toEqual([])
  })
})
