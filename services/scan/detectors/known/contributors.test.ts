import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Family } from '#core/score.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import type { Named } from '../../memory/accounts.ts'
import { Contributors } from './contributors.ts'

const engine = await createEngine()

const N = 4000

/** Records of 40 contributors; those whose contributor is in `bad` are poison with probability 0.8, and look a bit so. */
function scored(bad: readonly string[], seed: number, volume = 0.02, signal = 4, named: readonly Named[] = []) {
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
  return {
    ...new Contributors(named).score(view, new Map<Family, Float64Array>([['label', odds]])),
    names,
    poisoned,
    odds,
  }
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

  it('takes the share of poison that earlier windows have shown of a contributor, where this one by itself shows nothing', () => {
    const named = [{ name: 'honest-3', says: 'honest-3 brought 9 of the riskiest', evidence: 12, share: 0.05 }]
    const alone = scored([], 3).groups
    const { groups, names, odds } = scored([], 3, 0.02, 4, [...named, { ...named[0]!, name: 'nobody' }])
    expect(alone).toEqual([])
    expect(groups).toHaveLength(1)
    const { members, posterior } = groups[0]!
    expect([...members].every((i) => names[i] === 'honest-3')).toBe(true)
    const sum = posterior.reduce((a, b) => a + b, 0)
    expect(sum / members.length).toBeCloseTo(0.05, 2)
    const surest = [...members.keys()].sort((a, b) => posterior[b]! - posterior[a]!)[0]!
    expect(odds[members[surest]!]).toBe(Math.max(...[...members].map((i) => odds[i]!)))
  })
})
