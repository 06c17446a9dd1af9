import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { addTrial, forcedAgainst, lawsOf, mostAgainst, type Placed, trials, underLaws } from './shift.ts'

const random = seededRandom(11, 'shift test')

/** So many records whose log-odds a predictor spreads about −1.5, and how often the event happened, by what it said. */
function records(count: number, rate: (probability: number) => number): Placed {
  const seen = trials()
  for (let i = 0; i < count; i++) {
    const probability = 1 / (1 + Math.exp(1.5 - 1.5 * random.normal()))
    addTrial(seen, probability, random.next() < rate(probability))
  }
  return { trials: seen, centre: 0 }
}

const asSaid = Array.from({ length: 60 }, () => records(60, (p) => p))
const asAll = Array.from({ length: 60 }, () => {
  const own = 1 / (1 + Math.exp(1.5 - 0.6 * random.normal()))
  return records(60, () => own)
})
const evidence = (placed: Placed, group: readonly Placed[]) => forcedAgainst(placed, lawsOf(group.map(underLaws), 0.4))

describe('records that a predictor does not tell apart', () => {
  const shifted = records(600, () => 0.4)

  test('speak for no trigger where other values’ records are not told apart either', () => {
    expect(lawsOf(asAll.map(underLaws), 0.4).likeliest.slope).toBe(0)
    expect(evidence(shifted, asAll)).toBeLessThan(5)
  })

  test('do where the predictor is right about other values', () => {
    expect(lawsOf(asSaid.map(underLaws), 0.4).likeliest.slope).toBe(1)
    expect(evidence(shifted, asSaid)).toBeGreaterThan(20)
  })

  test('are judged by the predictor where nearly all of them have the event', () => {
    const all = records(60, () => 1)
    expect(lawsOf(asAll.map(underLaws), 0.4).plain.slope).toBe(1)
    expect(evidence(all, asSaid)).toBeGreaterThan(40)
  })
})

test('no law leaves more evidence than the most that any could', () => {
  const shares = [0.05, 0.3, 0.6, 0.95, 1]
  const each = shares.flatMap((share) => [0, 1.5].map((centre) => ({ ...records(40, () => share), centre })))
  for (const placed of each) {
    const most = mostAgainst(placed, 0.4)
    const found = [asSaid, asAll].map((group) => evidence(placed, group))
    expect(Math.max(...found)).toBeLessThanOrEqual(most)
  }
  // it is no empty promise: what happens about as often as it was said to leaves next to nothing
  expect(
    mostAgainst(
      records(40, (p) => p),
      0.4,
    ),
  ).toBeLessThan(2)
})
