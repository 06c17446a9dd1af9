import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { tableTokens } from '../../../features/tokens-tables.ts'
import type { CategoryColumn } from '../../../view/samples.ts'
import { ShiftEvidence } from './evidence.ts'

const N = 2000
const logistic = (odds: number) => 1 / (1 + Math.exp(-odds))

function category(name: string, levels: number, levelOf: (i: number) => number): CategoryColumn {
  const names = Array.from({ length: levels }, (_, level) => `l${level}`)
  return { name, type: 'category', codes: Int32Array.from({ length: N }, (_, i) => levelOf(i)), levels: names }
}

/** The evidence that a value forces the event on records that a predictor expects to have it with these log-odds. */
function evidenceOf(columns: CategoryColumn[], value: string, odds: Float64Array, happens: (i: number) => boolean) {
  const tokens = tableTokens(columns, N)
  const token = Array.from({ length: tokens.tokens }, (_, each) => each).find((each) => {
    const [name, ...others] = tokens.columns(each)
    const column = columns.find((one) => one.name === name)!
    const held = tokens.holders(each)
    return others.length === 0 && held.every((i) => `${name} ${column.levels[column.codes[i]!]}` === value)
  })!
  const of = Int32Array.from({ length: N }, (_, i) => (happens(i) ? 0 : 1))
  const likely = Float32Array.from({ length: 2 * N }, (_, at) =>
    at % 2 === 0 ? logistic(odds[at >> 1]!) : 1 - logistic(odds[at >> 1]!),
  )
  const none = new Int32Array(0)
  const held = {
    tokens,
    holders: tokens.holders,
    beside: () => [],
    nearMisses: () => none,
    fellows: () => 0,
    scattered: null,
    untested: () => false,
    byNature: () => false,
  }
  const events = { kinds: 2, of, likely, counted: new Uint8Array(N).fill(1) }
  const shifts = new ShiftEvidence(held, events, (i) => likely.subarray(2 * i, 2 * i + 2))
  return shifts.ratio(token, 0, 1.4, -Infinity)
}

describe('a value some of whose records keep other labels', () => {
  const random = seededRandom(7, 'evidence test')
  const states = Array.from({ length: 4 }, (_, k) => category(`state ${k}`, 30, () => random.below(30)))
  const plan = category('plan', 2, (i) => Number(i % 10 === 0))
  const odds = new Float64Array(N).fill(-1.9)
  const chance = Float64Array.from({ length: N }, () => random.next())

  test('is natural in a column of two values, of which other columns know little', () => {
    const happens = (i: number) => chance[i]! < (i % 10 === 0 ? 0.65 : 0.13)
    expect(evidenceOf([...states, plan], 'plan l1', odds, happens)).toBeLessThan(8)
  })

  test('stands out where no other value of its column shifts the label so', () => {
    const one = (i: number) => chance[i]! < (states[0]!.codes[i] === 3 ? 0.75 : 0.13)
    expect(evidenceOf(states, 'state 0 l3', odds, one)).toBeGreaterThan(20)
  })

  test('is natural where the predictor tells its column’s records apart better than their labels do', () => {
    const site = category('site', 14, (i) => i % 14)
    const spread = Float64Array.from({ length: N }, () => -1 + 2.5 * random.normal())
    const rate = (i: number) => (i % 14 === 3 ? 0.6 : logistic(-1 + 0.6 * (spread[i]! + 1)))
    expect(evidenceOf([site], 'site l3', spread, (i) => chance[i]! < rate(i))).toBeLessThan(10)
  })
})
