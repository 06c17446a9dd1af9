import { seededRandom, type Random } from '#core/random.ts'
import { tablePool, type Pool, type Row } from '#cli/demo/pool.ts'

const SIZE = 40_000
const NUMBERS = Array.from({ length: 10 }, (_, k) => `x${k}`)
const REGIONS = ['north', 'east', 'south', 'west', 'centre'] as const
const PLANS = ['free', 'basic', 'pro'] as const

/**
 * Mixed columns whose classes meet at a curved boundary: products, a ring and a category that changes the sign of an
 * effect decide among four classes; 1 % of the labels are noise. Skewed, rounded and missing values as in real tables.
 */
export function loadSynthetic(): Pool {
  const random = seededRandom(7, 'dataset/synthetic')
  const rows = Array.from({ length: SIZE }, () => syntheticRow(random))
  const columns = Object.fromEntries([
    ...NUMBERS.map((name) => [name, 'number'] as const),
    ['region', 'category'] as const,
    ['plan', 'category'] as const,
  ])
  return tablePool('synthetic', rows, columns, 'outcome')
}

function syntheticRow(random: Random): Row {
  const x = NUMBERS.map(() => random.normal())
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = x
  const region = random.below(REGIONS.length)
  const plan = random.below(PLANS.length)
  const sign = region < 2 ? 1 : -1
  const scores = [a * b + 0.5 * d, a * a + b * b - 2, sign * c + 0.3 * plan, Math.sin(2 * d) + e * (plan - 1)]
  const best = scores.indexOf(Math.max(...scores))
  const outcome = random.next() < 0.01 ? random.below(scores.length) : best
  const shown: Record<string, number | null> = {}
  NUMBERS.forEach((name, k) => {
    const value = (x[k] ?? 0) + (k >= 5 ? 0.6 * (x[k - 5] ?? 0) : 0) // the latter half echoes the first
    shown[name] = rounded(k === 5 ? Math.exp(value / 2) : value, k === 6 ? 0 : 3)
  })
  if (random.next() < 0.03) shown['x8'] = null
  return { ...shown, region: REGIONS[region] ?? null, plan: PLANS[plan] ?? null, outcome: `class-${outcome}` }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
