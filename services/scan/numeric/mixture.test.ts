import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '#core/random.ts'
import { ashman, twoModes } from './mixture.ts'

function twoGroups(seed: number, sizes: readonly [number, number], gap: number): Float32Array {
  return drawn(seed, sizes, gap, (random) => random.normal())
}

/** Groups of which no value lies further out than four deviations: of some ten thousand draws one might be nearer the other group. */
function groupsApart(seed: number, sizes: readonly [number, number]): Float32Array {
  return drawn(seed, sizes, 15, (random) => {
    for (;;) {
      const value = random.normal()
      if (Math.abs(value) <= 4) return value
    }
  })
}

function drawn(
  seed: number,
  sizes: readonly [number, number],
  gap: number,
  draw: (random: Random) => number,
): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from({ length: sizes[0] + sizes[1] }, (_, i) => draw(random) + (i < sizes[0] ? 0 : gap))
}

describe('twoModes', () => {
  test.prop([fc.nat(), fc.integer({ min: 12, max: 400 })])('finds a far mode whatever its size', (seed, minority) => {
    const fit = twoModes(groupsApart(seed, [500, minority]))
    expect(fit.weight).toBeCloseTo(minority / (500 + minority), 2)
    expect(fit.means[1]).toBeGreaterThan(13)
    expect(fit.separation).toBeGreaterThan(9)
    expect(fit.upper.filter((p) => p > 0.5).length).toBe(minority)
  })

  test.prop([fc.nat(), fc.integer({ min: 12, max: 400 })], { numRuns: 20 })(
    'finds it as well among many, of which most are fitted by runs',
    (seed, minority) => {
      const fit = twoModes(groupsApart(seed, [6000, minority]))
      expect(fit.weight).toBeCloseTo(minority / (6000 + minority), 2)
      expect(fit.upper.filter((p) => p > 0.5).length).toBe(minority)
    },
  )

  it('sees little separation in one Gaussian', () => {
    expect(twoModes(twoGroups(1, [1000, 0], 0)).separation).toBeLessThan(3)
  })

  it('mirrors with its values', () => {
    const values = twoGroups(5, [300, 30], 8)
    const [plain, mirrored] = [twoModes(values), twoModes(values.map((v) => -v))]
    expect(mirrored.weight).toBeCloseTo(1 - plain.weight, 6)
    expect(mirrored.separation).toBeCloseTo(plain.separation, 4)
  })
})

describe('ashman', () => {
  it('is the distance in units of the common deviation', () => {
    expect(ashman([0, 6], [1, 1])).toBeCloseTo(6)
    expect(ashman([0, 6], [2, 2])).toBeCloseTo(3)
  })
})
