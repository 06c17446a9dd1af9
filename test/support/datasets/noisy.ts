import { seededRandom, type Random } from '#core/random.ts'
import { tablePool, type Pool, type Row } from '#cli/demo/pool.ts'

const SIZE = 20_000
const COUNTRIES = ['at', 'be', 'ch', 'de', 'es', 'fr', 'it', 'nl'] as const
const CHANNELS = ['app', 'branch', 'phone', 'web'] as const

/**
 * Payments of which some are charged back, by a logistic law whose slope is such that the best possible predictor is
 * wrong on `bayesError` of the rows. Skewed amounts, hours, counts and categories; `seed` draws the law and the rows.
 */
export function loadNoisy(bayesError: number, seed: number): Pool {
  const random = seededRandom(seed, 'dataset/noisy')
  const law = Array.from({ length: 6 }, () => random.normal())
  const drawn = Array.from({ length: SIZE }, () => payment(random, law))
  const slope = slopeOf(
    drawn.map(({ logit }) => logit),
    bayesError,
  )
  const rows = drawn.map(({ row, logit }): Row => ({
    ...row,
    outcome: random.next() < chance(slope * logit) ? 'charged back' : 'kept',
  }))
  const columns = {
    amount: 'number',
    hour: 'number',
    age: 'number',
    orders: 'number',
    score: 'number',
    country: 'category',
    channel: 'category',
  } as const
  return tablePool(`noisy-${Math.round(100 * bayesError)}`, rows, columns, 'outcome')
}

function payment(random: Random, law: readonly number[]): { row: Row; logit: number } {
  const [wealth, habit, risk] = [random.normal(), random.normal(), random.normal()]
  const country = random.below(COUNTRIES.length)
  const channel = random.below(CHANNELS.length)
  const terms = [wealth, habit, risk, habit * wealth, (country % 3) - 1, channel === 0 ? 1 : -0.5]
  const row = {
    amount: Number(Math.exp(3.5 + 0.9 * wealth + 0.3 * random.normal()).toFixed(2)),
    hour: Math.min(23, Math.max(0, Math.round(14 + 4 * habit + random.normal()))),
    age: Math.min(95, Math.max(18, Math.round(42 + 9 * wealth + 9 * random.normal()))),
    orders: Math.floor(Math.exp(1 + 0.8 * habit + 0.4 * random.normal())),
    score: Number((600 - 60 * risk + 20 * random.normal()).toFixed(0)),
    country: COUNTRIES[country],
    channel: CHANNELS[channel],
  }
  return { row, logit: terms.reduce((sum, term, k) => sum + (law[k] ?? 0) * term, 0) }
}

/** By bisection: the error of the best predictor falls as the slope grows. */
function slopeOf(logits: readonly number[], bayesError: number): number {
  let [low, high] = [0.01, 100]
  for (let step = 0; step < 50; step++) {
    const slope = Math.sqrt(low * high)
    const wrong = logits.reduce((sum, logit) => sum + chance(-Math.abs(slope * logit)), 0) / logits.length
    if (wrong > bayesError) low = slope
    else high = slope
  }
  return Math.sqrt(low * high)
}

function chance(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}
