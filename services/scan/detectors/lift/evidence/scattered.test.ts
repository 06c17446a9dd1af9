import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { tableTokens } from '../../../features/tokens-tables.ts'
import type { TableColumn } from '../../../view/samples.ts'
import { scatteredTokens } from './scattered.ts'

const N = 2000
const PLACES = 6
const SHOPS = 12
const PLANTED = 80

/** Two numbers, six places and twelve shops; records that `of` names are of the first place and the first shop. */
function asked(of: (a: number, b: number) => boolean) {
  const random = seededRandom(5, 'scattered test')
  const [a, b] = [0, 1].map(() => Float64Array.from({ length: N }, () => random.normal())) as [
    Float64Array,
    Float64Array,
  ]
  const [place, shop] = [PLACES, SHOPS].map((levels) => Int32Array.from({ length: N }, () => random.below(levels))) as [
    Int32Array,
    Int32Array,
  ]
  let planted = 0
  for (let i = 0; i < N && planted < PLANTED; i++) {
    if (!of(a[i]!, b[i]!)) continue
    ;[place[i], shop[i]] = [0, 0]
    planted++
  }
  const levels = (count: number) => Array.from({ length: count }, (_, level) => `l${level}`)
  const columns: TableColumn[] = [
    { name: 'a', type: 'number', values: a },
    { name: 'b', type: 'number', values: b },
    { name: 'place', type: 'category', codes: place, levels: levels(PLACES) },
    { name: 'shop', type: 'category', codes: shop, levels: levels(SHOPS) },
  ]
  const tokens = tableTokens(columns, N)
  const scattered = scatteredTokens(columns, tokens, tokens.holders)
  const at = (...names: string[]) => {
    for (let token = 0; token < tokens.tokens; token++) {
      const described = tokens.describe(token)
      if (described.kind !== 'values' || described.values.length !== names.length) continue
      if (described.values.every(({ column, value }, i) => column === names[i] && value === 'l0')) return token
    }
    throw new Error(`no token of ${names.join(' and ')}`)
  }
  return { ...scattered, at }
}

describe('holders of two values at once', () => {
  it('lie apart where they were planted in records like all others', () => {
    const { isAsked, lieApart, at } = asked(() => true)
    expect([isAsked(at('place', 'shop')), lieApart(at('place', 'shop'))]).toEqual([true, true])
  })

  it('lie together where they are a kind of records', () => {
    const { lieApart, at } = asked((a, b) => Math.hypot(a + 0.8, b + 0.8) < 0.4)
    expect(lieApart(at('place', 'shop'))).toBe(false)
  })
})

it('is not asked of a column of few values, which do not show what one does by nature', () => {
  const { isAsked, at } = asked(() => true)
  expect([isAsked(at('place')), isAsked(at('shop'))]).toEqual([false, true])
})
