import { describe, expect, it } from 'vitest'
import { idsListed, listedUnder, mergeParts } from './campaigns.ts'
import type { Campaign } from './score.ts'

const campaign = (id: string, members: number[], evidence: number, brought = members.length): Campaign => ({
  id,
  family: 'label',
  summary: `${id} of ${evidence} nats`,
  members,
  contributors: [{ name: 'mallory', members: brought, records: 20 }],
  evidence,
  mitigations: ['relabel'],
})
const record = (index: number, decision: 'admit' | 'quarantine') =>
  ({ id: `r${index}`, index, risk: 0.5, decision, issues: [] }) as const

describe('campaigns', () => {
  const campaigns = [campaign('a', [0, 1], 30), campaign('b', [1], 20), campaign('c', [2, 3], 10)]

  it('list a record of several under the first', () => {
    expect([...listedUnder(campaigns)].map(([at, { id }]) => `${at} ${id}`).sort()).toEqual([
      '0 a',
      '1 a',
      '2 c',
      '3 c',
    ])
  })

  it('count where a held record is listed under them', () => {
    const held = [record(0, 'quarantine'), record(1, 'quarantine'), record(2, 'admit'), record(3, 'admit')]
    expect(idsListed({ campaigns, records: held })).toEqual(['a'])
    expect(idsListed({ campaigns, records: [...held.slice(0, 3), record(3, 'quarantine')] })).toEqual(['a', 'c'])
  })

  it('of one window stay as they are', () => {
    expect(mergeParts([campaign('a', [1], 10)])).toEqual(campaign('a', [1], 10))
  })

  it('of several windows are one, which says how many records it is of before the words of the strongest', () => {
    expect(mergeParts([campaign('a', [1], 10), campaign('a', [7, 8], 30)])).toMatchObject({
      summary: '3 records in 2 windows; in the one with most evidence: a of 30 nats',
      members: [1, 7, 8],
      contributors: [{ name: 'mallory', members: 3, records: 40 }],
      evidence: 40,
    })
  })
})
