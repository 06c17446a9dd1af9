import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Family } from '#core/score.ts'
import { groupBy } from '../view/build-input.ts'
import { createView } from '../view/create-view.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { Contributors } from './contributors.ts'

const engine = await createEngine()

const N = 4000

/** Records of 40 contributors; those whose contributor is in `bad` are poison with probability 0.8, and look a bit so. */
function scored(bad: readonly string[], seed: number, volume = 0.02, signal = 4) {
  const random = seededRandom(seed, 'contributors test')
  const names = Array.from({ length: N }, () =>
    random.next() < volume ? bad[random.below(Math.max(1, bad.length))] : undefined,
  ).map((name) => name ?? `honest-${random.below(40)}`)
  const poisoned = names.map((name) => bad.includes(name) && random.next() < 0.8)
  const odds = Float64Array.from(poisoned, (is) => -7 + 1.5 * random.normal() + (is ? signal : 0))
  const vectors = matrix(N, 2)
  const input = {
    n: N,
    seed,
    samples: { kind: 'vector', vectors } as const,
    labels: null,
    contributors: groupBy(names),
  }
  const view = createView(input, engine)
  return { ...new Contributors().score(view, new Map<Family, Float64Array>([['label', odds]])), names, poisoned, odds }
}

describe('Contributors', () => {
  it('finds one contributor whose records are poison, and which of them', () => {
    const { groups, poisoned } = scored(['eve'], 1)
    expect(groups).toHaveLength(1)
    expect(groups[0]?.summary).toMatch(/contributor eve .*\(label\)/)
    expect(groups[0]?.evidence).toBeGreaterThan(20)
    const members = [...(groups[0]?.members ?? [])]
    const suspected = members.filter((_, at) => groups[0]!.posterior[at]! >= 0.5)
    expect(suspected.filter((i) => poisoned[i]).length).toBeGreaterThan(0.6 * members.filter((i) => poisoned[i]).length)
  })

  it('finds accounts of one hand together', () => {
    const bad = ['eve-1', 'eve-2', 'eve-3', 'eve-4', 'eve-5']
    const { groups, names } = scored(bad, 2)
    const found = new Set([...(groups[0]?.members ?? [])].map((i) => names[i]))
    expect(found).toEqual(new Set(bad))
  })

  it('finds nobody where suspicion is spread as chance would', () => {
    for (const seed of [3, 4, 5, 6]) expect(scored([], seed).groups).toEqual([])
  })

  it('says nothing of a window with a single contributor', () => {
    const { groups } = scored(['eve'], 7, 1.1)
    expect(groups).toEqual([])
  })
})
