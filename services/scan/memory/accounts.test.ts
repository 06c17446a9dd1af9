import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '#core/random.ts'
import { groupBy } from '../view/build-input.ts'
import { type Account, broughtIn, entered, namedIn } from './accounts.ts'

const N = 1000

/** Risks by chance, of forty contributors; `eve` brings two records in a hundred, of which the share `bad` is among the riskiest. */
function windowOf(random: Random, bad: number) {
  const names = Array.from({ length: N }, () => (random.next() < 0.02 ? 'eve' : `honest-${random.below(40)}`))
  const risk = names.map((name) => (name === 'eve' && random.next() < bad ? 1 : 0) + random.next())
  return broughtIn(risk, groupBy(names))!
}

function after(windows: number, bad: number, seed: number): Account[] {
  const random = seededRandom(seed, 'accounts test')
  let accounts: Account[] = []
  for (let w = 0; w < windows; w++) accounts = entered(accounts, windowOf(random, bad))
  return accounts
}

describe('accounts', () => {
  it('name who brings one in twenty of the riskiest kind, after enough windows, and say how many of how many', () => {
    expect(namedIn(after(1, 0.05, 1))).toEqual([])
    const [eve, ...others] = namedIn(after(20, 0.05, 1))
    expect(others).toEqual([])
    expect(eve).toMatchObject({ name: 'eve' })
    expect(eve?.says).toMatch(/^eve brought \d+ of the riskiest records of 20 windows, where its share of them is \d/)
    expect(eve!.share).toBeGreaterThan(0.02)
    expect(eve!.share).toBeLessThan(0.1)
  })

  it('name nobody where chance spreads what is risky, whenever one looks', () => {
    for (let seed = 2; seed < 8; seed++) {
      const random = seededRandom(seed, 'accounts test')
      let accounts: Account[] = []
      for (let w = 0; w < 20; w++) {
        accounts = entered(accounts, windowOf(random, 0))
        expect(namedIn(accounts)).toEqual([])
      }
    }
  })

  it('hold no natural difference against anybody: an e-value is at most one on average at the largest natural odds', () => {
    // of 1,000 records ten are drawn; 20 are a contributor's, with twice the odds of the others
    const mean = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((hits) => {
      const [account] = entered([], { records: N, riskiest: [10], by: [{ name: 'a', records: 20, riskiest: [hits] }] })
      return account!.logs[0]!.map(Math.exp)
    })
    const choose = (n: number, k: number) =>
      Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((a, b) => a * b, 1)
    const weights = mean.map((_, hits) => choose(20, hits) * choose(N - 20, 10 - hits) * 2 ** hits)
    const total = weights.reduce((a, b) => a + b, 0)
    for (const odds of mean[0]!.keys()) {
      const value = weights.reduce((sum, weight, hits) => sum + (weight / total) * mean[hits]![odds]!, 0)
      expect(value).toBeCloseTo(1, 6)
    }
  })

  it('count no ties, no single records, and nobody where nobody is named', () => {
    const names = Array.from({ length: N }, (_, i) => (i < 3 ? 'once' + i : i < 500 ? 'a' : 'b'))
    expect(broughtIn(new Float64Array(N), groupBy(names))).toBeNull()
    const risk = names.map((_, i) => (i < 5 ? 1 + i : 0))
    const brought = broughtIn(risk, groupBy(names))
    expect(brought).toMatchObject({ records: N, riskiest: [2, 5, 5] })
    expect(brought?.by.map(({ name }) => name)).toEqual(['b', 'a'])
    expect(broughtIn(risk, null)).toBeNull()
    expect(broughtIn(risk, groupBy(names.map(() => 'a')))).toBeNull()
  })
})
