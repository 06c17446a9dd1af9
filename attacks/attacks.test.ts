import { describe, expect, test } from 'vitest'
import { attackNamed, attacksOn } from './catalog.ts'
import { byContributors } from './contributors.ts'
import { inventedWindow } from './samples.ts'
import type { AnySamples, PoisonedWindow } from './types.ts'

const N = 600
const KINDS = ['image', 'text', 'table'] as const

/** Which records hold another sample than before. */
function changed(before: AnySamples, after: AnySamples): boolean[] {
  const at = (samples: AnySamples, i: number): string => {
    if (samples.kind === 'text') return samples.texts[i] ?? ''
    if (samples.kind === 'image') {
      const { cols, data } = samples.pixels
      return data.subarray(i * cols, (i + 1) * cols).join()
    }
    return samples.columns.map((c) => (c.type === 'number' ? c.values[i] : c.codes[i])).join()
  }
  return Array.from({ length: N }, (_, i) => at(before, i) !== at(after, i))
}

const sum = (mask: Uint8Array) => mask.reduce((total, bit) => total + bit, 0)
const bytes = (result: PoisonedWindow) => JSON.stringify([result.samples, result.labels.of, result.poisoned])

for (const kind of KINDS) {
  const window = inventedWindow(kind, N, 1)
  const foreign = inventedWindow(kind, 50, 9).samples

  describe.each(attacksOn(kind).map((attack) => [attack.name, attack] as const))(`${kind}: %s`, (_name, attack) => {
    const rate = 0.05
    const result = attack.apply(window, { rate, seed: 3, foreign })
    const moved = changed(window.samples, result.samples)

    test('poisons exactly its rate', () => {
      expect(sum(result.poisoned)).toBe(N * rate)
    })

    test('leaves every record alone that is neither poison nor cover', () => {
      for (let i = 0; i < N; i++) {
        if (result.poisoned[i] === 1 || result.neutral[i] === 1) continue
        expect(moved[i]).toBe(false)
        expect(result.labels.of[i]).toBe(window.labels.of[i])
      }
    })

    test('changes the sample or the label of every poisoned record', () => {
      for (let i = 0; i < N; i++) {
        if (result.poisoned[i] !== 1 || attack.family === 'flood') continue
        expect(moved[i] === true || result.labels.of[i] !== window.labels.of[i]).toBe(true)
      }
    })

    test('keeps labels where it says so, and pushes toward its target where it has one', () => {
      for (let i = 0; i < N; i++) {
        if (result.poisoned[i] !== 1) continue
        if (attack.labels === 'kept' && attack.family !== 'flood') expect(result.labels.of[i]).toBe(window.labels.of[i])
        if (result.target >= 0) expect(result.labels.of[i]).toBe(result.target)
      }
    })

    test('is the same for the same seed and another for another', () => {
      expect(bytes(attack.apply(window, { rate, seed: 3, foreign }))).toBe(bytes(result))
      expect(bytes(attack.apply(window, { rate, seed: 4, foreign }))).not.toBe(bytes(result))
    })

    test('keeps target from window to window of a campaign, and strikes other records', () => {
      const next = attack.apply(window, { rate, seed: 3, window: 1, foreign })
      expect(next.target).toBe(result.target)
      expect(next.poisoned).not.toEqual(result.poisoned)
    })

    test('counts labels, leaves the window it was given untouched, and plants nothing at rate 0', () => {
      const counts = new Int32Array(4)
      for (const label of result.labels.of) counts[label]!++
      expect(result.labels.counts).toEqual(counts)
      const none = attack.apply(window, { rate: 0, seed: 3, foreign })
      expect(sum(none.poisoned)).toBe(0)
      expect(bytes(none)).toBe(
        bytes({ ...none, samples: inventedWindow(kind, N, 1).samples, labels: inventedWindow(kind, N, 1).labels }),
      )
    })
  })
}

describe('pixels', () => {
  test.each(attacksOn('image').map((attack) => [attack.name, attack] as const))(
    '%s writes 8-bit values',
    (_, attack) => {
      const window = inventedWindow('image', N, 1)
      const result = attack.apply(window, { rate: 0.05, seed: 2, foreign: inventedWindow('image', 50, 9).samples })
      if (result.samples.kind !== 'image') throw new Error('not images')
      const odd = result.samples.pixels.data.filter((value) => value !== Math.fround(Math.round(value * 255) / 255))
      expect(odd.length).toBe(0)
    },
  )
})

describe('contributors', () => {
  test('one uploader brings all the poison, four fifths of what it uploads', () => {
    const attack = byContributors(attackNamed('image', 'flip'), 1)
    const { contributors, poisoned } = attack.apply(inventedWindow('image', N, 1), { rate: 0.04, seed: 5 })
    const bad = (contributors?.names.length ?? 0) - 1
    const own = Array.from(poisoned, (p, i) => ({ p, who: contributors?.of[i] })).filter(({ who }) => who === bad)
    expect(own.filter(({ p }) => p === 1).length).toBe(24)
    expect(own.length).toBe(30)
    expect(contributors?.counts[bad]).toBe(30)
  })

  test('sybils share it', () => {
    const attack = byContributors(attackNamed('image', 'flip'), 5)
    const { contributors, poisoned } = attack.apply(inventedWindow('image', N, 1), { rate: 0.1, seed: 5 })
    const owners = new Set(Array.from(poisoned, (p, i) => (p === 1 ? contributors?.of[i] : undefined)))
    owners.delete(undefined)
    expect(owners.size).toBe(5)
  })
})

test('an unknown attack is refused with the names there are', () => {
  expect(() => attackNamed('text', 'nothing')).toThrow(/rare-token/)
})

test('a rate is a share', () => {
  expect(() => attackNamed('text', 'flip').apply(inventedWindow('text', 10, 1), { rate: 2, seed: 1 })).toThrow(
    RangeError,
  )
})
