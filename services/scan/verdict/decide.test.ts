import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { policySchema, type Policy } from '#core/decision.ts'
import { decide } from './decide.ts'

const policy = (input: unknown): Policy => policySchema.parse(input)
const risks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 }).map((r) => Float64Array.from(r))

describe('decide', () => {
  it('holds from a fixed risk on, the bound included', () => {
    expect(decide(Float64Array.of(0.49, 0.5, 0.9), policy({}))).toEqual(['admit', 'quarantine', 'quarantine'])
  })

  it('holds as many as the innocent share allows', () => {
    const risk = Float64Array.of(0.2, 0.99, 0.7, 0.95)
    // Mean innocence: .01, .03, .12, .29.
    expect(decide(risk, policy({ hold: { innocentShare: 0.13 } }))).toEqual([
      'admit',
      'quarantine',
      'quarantine',
      'quarantine',
    ])
    expect(decide(risk, policy({ hold: { innocentShare: 0.005 } }))).toEqual(['admit', 'admit', 'admit', 'admit'])
  })

  it('spends a review budget on the riskiest, ties by index', () => {
    const risk = Float64Array.of(0.3, 0.8, 0.3, 0)
    expect(decide(risk, policy({ hold: { reviewBudget: 2 } }))).toEqual(['quarantine', 'quarantine', 'admit', 'admit'])
    expect(decide(risk, policy({ hold: { reviewBudget: 9 } })).at(3)).toBe('admit')
  })

  it('rejects without review from its own bound on, outside the budget', () => {
    const risk = Float64Array.of(0.99, 0.6, 0.4)
    const decisions = decide(risk, policy({ hold: { reviewBudget: 1 }, rejectAbove: 0.98 }))
    expect(decisions).toEqual(['reject', 'quarantine', 'admit'])
  })

  it('never admits what could not be scored', () => {
    expect(decide(Float64Array.of(Number.NaN, 0), policy({}))).toEqual(['quarantine', 'admit'])
  })

  test.prop([risks, fc.double({ min: 0.001, max: 0.999, noNaN: true })])(
    'keeps the expected share of innocents within what was asked, and could hold no more',
    (risk, innocentShare) => {
      const decisions = decide(risk, policy({ hold: { innocentShare } }))
      const innocence = (of: string) => [...risk].filter((_, i) => decisions[i] === of).map((r) => 1 - r)
      const held = innocence('quarantine')
      const mean = (of: number[]) => of.reduce((a, b) => a + b, 0) / of.length
      if (held.length > 0) expect(mean(held)).toBeLessThanOrEqual(innocentShare + 1e-12)
      const next = Math.min(...innocence('admit'))
      if (next < Infinity) expect(mean([...held, next])).toBeGreaterThan(innocentShare - 1e-12)
    },
  )

  test.prop([risks, fc.nat(20)])('holds no record that is less risky than one it admits', (risk, reviewBudget) => {
    const decisions = decide(risk, policy({ hold: { reviewBudget } }))
    const of = (wanted: string) => [...risk].filter((_, i) => decisions[i] === wanted)
    if (of('quarantine').length > 0 && of('admit').length > 0)
      expect(Math.min(...of('quarantine'))).toBeGreaterThanOrEqual(Math.max(...of('admit')))
  })
})
