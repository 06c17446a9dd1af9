import { describe, expect, it } from 'vitest'
import { monthlyCost } from '#app/capacity/cost.ts'
import { planCapacity, type Workload } from '#app/capacity/plan.ts'
import { LIST_PRICES } from '#app/capacity/prices.ts'
import { PLAIN } from '#present/look.ts'
import { renderCapacity } from './capacity.ts'

const WORKLOAD: Workload = {
  recordsPerSecond: 2_000,
  bytes: 1_024,
  kind: 'table',
  datasets: 1,
  windowRecords: 10_000,
  windowSeconds: 60,
  keepDays: 30,
  utilization: 0.6,
}

function shown(more: Partial<Workload>, width = Infinity): string {
  const workload = { ...WORKLOAD, ...more }
  const plans = planCapacity(workload).map((plan) => ({ ...plan, monthly: monthlyCost(plan, workload, LIST_PRICES) }))
  return renderCapacity(plans, workload, LIST_PRICES, { ...PLAIN, width })
}

describe('a capacity plan', () => {
  it('has a column a cloud, a sum, and says that it is an estimate and what it leaves out', () => {
    const text = shown({})
    expect(text).toMatch(/AWS +Azure +Google Cloud/)
    expect(text).toMatch(/^scan +3 × 2 cores, 1\.0 GiB/m)
    expect(text).toMatch(/^\$ a month( +[\d,]+){3}$/m)
    expect(text).toMatch(/These are estimates.*2026-11-20/)
    expect(text).toMatch(/list prices in US dollars of 2026-08-21/)
    expect(text).toContain('Left out: taxes')
  })

  it('plans nothing where the stream takes no such record, and everything elsewhere', () => {
    const text = shown({ bytes: 2_000_000 })
    expect(text).toContain('AWS, Azure: its stream does not take a record of more than 1048576 bytes.')
    expect(text).not.toMatch(/^ +AWS/m)
    expect(text).toMatch(/^ +Google Cloud$/m)
  })

  it('fits a terminal of 80 columns', () => {
    for (const line of shown({ recordsPerSecond: 10 }, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })
})
