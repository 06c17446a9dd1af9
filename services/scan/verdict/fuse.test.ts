import { describe, expect, it } from 'vitest'
import type { Family } from '#core/score.ts'
import type { Channel } from '../calibrate/channel.ts'
import type { Group } from '../detector.ts'
import { absoluteOdds, byFamily, fuse } from './fuse.ts'

const channel = (family: Family, logOdds: readonly number[], supporting = false): Channel => ({
  info: { name: `${family} ${logOdds[0]}`, family, version: 1 },
  detection: { scores: Float64Array.from(logOdds), scale: 'relative', groups: [], why: () => '' },
  logOdds: Float64Array.from(logOdds),
  tags: { role: supporting ? 'supporting' : 'carrier' },
  extremes: [],
})
const group = (members: number[], posterior: number[], evidence: number): Group => ({
  members: Int32Array.from(members),
  posterior: Float64Array.from(posterior),
  evidence,
  label: -1,
  summary: '',
})

describe('absoluteOdds', () => {
  const scores = Float64Array.of(50, 50, 0, 4)

  it('follows evidence and membership, and stays silent without either', () => {
    const odds = absoluteOdds(
      { scores, scale: 'absolute', groups: [group([0, 1], [0.99, 0.2], 50)], why: () => '' },
      'trigger',
    )
    expect(odds[0]).toBeGreaterThan(3)
    expect(odds[1]).toBeLessThan(0)
    expect(odds[2]).toBeLessThan(-10)
    expect(odds[3]).toBeLessThan(0)
  })

  it('doubts a group of little evidence however sure its members are', () => {
    const odds = absoluteOdds(
      { scores, scale: 'absolute', groups: [group([0, 1], [1, 1], 1)], why: () => '' },
      'trigger',
    )
    expect(odds[0]).toBeLessThan(0)
  })
})

describe('absoluteOdds of copies', () => {
  it('ranks those in no group by their evidence, before most doubts, and holds none', () => {
    const found = { scores: Float64Array.of(1.5, 40, 0), scale: 'absolute', groups: [], why: () => '' } as const
    expect([...absoluteOdds(found, 'flood')]).toEqual([-1.5, -1, -14])
    expect([...absoluteOdds(found, 'outlier')]).toEqual([-4.5, -1, -14])
  })
})

describe('fuse', () => {
  it('is driven by the strongest family and diluted by none', () => {
    const alone = fuse(byFamily([channel('label', [3, -5])], 2), 2)
    const among = fuse(
      byFamily([channel('label', [3, -5]), channel('outlier', [-9, -9]), channel('flood', [-9, -9])], 2),
      2,
    )
    expect(among[0]).toBeCloseTo(alone[0]!, 4)
    expect(among[0]).toBeGreaterThan(0.9)
    expect(among[1]).toBeLessThan(0.1)
  })

  it('has no ties far beyond doubt', () => {
    const risk = fuse(byFamily([channel('trigger', [40, 45, 400, 4000])], 4), 4)
    expect([...risk]).toEqual([...risk].sort((a, b) => a - b))
    expect(new Set(risk).size).toBe(4)
    expect(risk[3]).toBeLessThan(1)
  })

  it('gives supporting channels no part in the risk', () => {
    const risk = fuse(byFamily([channel('label', [-6, -6]), channel('trigger', [9, 9], true)], 2), 2)
    expect(risk[0]).toBeLessThan(0.01)
  })

  it('hears the groups of a supporting channel, and nothing else that it says', () => {
    const supporting = { ...channel('trigger', [9, 9, 9], true), extremes: [group([0, 1], [0.99, 0.1], 40)] }
    const risk = fuse(byFamily([channel('label', [-6, -6, -6]), supporting], 3), 3)
    expect(risk[0]).toBeGreaterThan(0.9)
    expect(risk[1]).toBeLessThan(0.5)
    expect(risk[2]).toBeLessThan(0.01)
  })
})
