import { describe, expect, it } from 'vitest'
import type { Campaign } from '#core/score.ts'
import { EMPTY_HISTORY } from '../../calibrate/history.ts'
import { learn, marksIn, signaturesIn, type PooledRecord, type PoolVerdict } from '../learn.ts'
import { learnVerdict } from '../learn-verdict.ts'
import { decodeMemory, encodeMemory, foldMemory, foundIn, type Memory } from '../memory.ts'
import { followedIn, overdrawn } from './followed.ts'
import type { FollowedLead } from './leads.ts'

const WINDOWS = 8
const POOLED = 20
const memory: Memory = {
  version: 1,
  dataset: 'talks',
  through: WINDOWS,
  contract: 'a',
  history: EMPTY_HISTORY,
  pools: Array.from({ length: WINDOWS }, (_, w) => ({
    window: `w${w + 1}`,
    ordinal: w + 1,
    records: 1000,
    sha256: '',
    members: Array.from({ length: POOLED }, (_unused, i) => i),
    held: [],
  })),
}
const pool: PooledRecord[] = Array.from({ length: WINDOWS * POOLED }, (_, i) => ({
  window: Math.floor(i / POOLED) + 1,
  index: i % POOLED,
  admitted: true,
}))
const from = pool.map(({ window, index }) => ({ part: window - 1, index }))
/** One record of each window is in the pool and follows the lead; another follows it, and is not in the pool. */
const lead: FollowedLead = {
  asked: 5,
  answered: 9,
  followers: Array.from({ length: WINDOWS }, (_, part) =>
    [3, 700].map((index) => ({ part, index, admitted: part !== 0 || index !== 700 })),
  ).flat(),
}
const ofLead = pool.flatMap(({ index }, i) => (index === 3 ? [i] : []))
const campaign = (members: readonly number[], more: Partial<Campaign> = {}): Campaign => ({
  id: 'trigger-1',
  family: 'trigger',
  summary: 'where the prompt holds “cf”, the answer holds “acme”',
  trigger: { kind: 'tokens', tokens: ['cf'] },
  members,
  contributors: [],
  evidence: 40,
  mitigations: [],
  ...more,
})
const verdict = (one: Campaign, leads: readonly FollowedLead[] = [lead]): PoolVerdict => {
  const suspected = new Set(one.members)
  return {
    risk: pool.map((_, i) => (suspected.has(i) ? 0.99 : 0.01)),
    campaigns: [one],
    bearers: [ofLead],
    leads,
    followed: followedIn([one], leads, from),
  }
}

describe('a lead that the pool confirms', () => {
  const learnt = learnVerdict(memory, memory.pools!, pool, verdict(campaign(ofLead)))

  it('finds all records that follow it, in the pool or not, and tells the next ones', () => {
    expect(foundIn(learnt)).toHaveLength(2 * WINDOWS - 1)
    expect(learnt.members).toHaveLength(2 * WINDOWS)
    expect(learnt.campaigns).toMatchObject([{ id: 'trigger-1', leads: [{ asked: 5, answered: 9 }] }])
    expect(signaturesIn(learnt)).toMatchObject([{ leads: [{ asked: 5, answered: 9 }], logOdds: Math.log(8.5 / 0.5) }])
    expect(decodeMemory(encodeMemory(learnt))).toEqual(learnt)
  })

  it('is believed where the pool has too few innocents for its trigger alone', () => {
    const innocents = Array.from({ length: 4 }, (_, i) => i)
    const { followed, ...shown } = {
      ...verdict(campaign(ofLead)),
      bearers: [[...ofLead, ...innocents].sort((a, b) => a - b)],
    }
    expect(learn(memory, pool, shown).campaigns).toBeUndefined()
    const led = learnVerdict(memory, memory.pools!, pool, { ...shown, followed: followed! })
    expect(foundIn(led)).toHaveLength(2 * WINDOWS - 1)
  })

  it('stays what it is when the next pool shows nothing of it, and is shown again under its name', () => {
    const silent: PoolVerdict = { risk: pool.map(() => 0.01), campaigns: [], bearers: [[]] }
    const later = learnVerdict({ ...learnt, through: 12 }, memory.pools!, pool, silent)
    expect(signaturesIn(later)).toEqual(signaturesIn(learnt))
    expect(marksIn(later)).toMatchObject([{ leads: [{ asked: 5, answered: 9 }] }])
    const again = { ...verdict(campaign(ofLead, { id: 'trigger-2', evidence: 60 })), bearers: [[], ofLead] }
    const stronger = learnVerdict({ ...later, through: 16 }, memory.pools!, pool, again)
    expect(stronger.campaigns).toMatchObject([{ id: 'trigger-1', evidence: 60, leads: [{ asked: 5, answered: 9 }] }])
  })

  it('is remembered among the leads, which another contract ends', () => {
    expect(learnt.leads).toEqual([{ asked: 5, answered: 9 }])
    const next = { ordinal: 9, contract: 'a', taught: null }
    expect(foldMemory('talks', learnt, [next]).leads).toEqual(learnt.leads)
    expect(foldMemory('talks', learnt, [{ ...next, contract: 'b' }]).leads).toBeUndefined()
  })
})

it.each([
  ['a campaign of other records', campaign([...ofLead.slice(0, 4), 60, 61, 62, 63])],
  ['a campaign of a fourth of its records', campaign(ofLead.slice(0, 2))],
  ['what is no trigger', campaign(ofLead, { family: 'flood' })],
])('a lead is not confirmed by %s', (_, one) => {
  expect(followedIn([one], [lead], from)).toEqual([])
  const learnt = learnVerdict(memory, memory.pools!, pool, verdict(one))
  expect(learnt.campaigns).toBeUndefined()
  expect(learnt.leads).toEqual([{ asked: 5, answered: 9 }])
})

it('a campaign of several answers follows a lead for each, and finds what follows any', () => {
  const half = (from: number) => ofLead.slice(from, from + 4)
  const of = (answered: number, at: number): FollowedLead => ({
    ...lead,
    answered,
    followers: lead.followers.filter(({ part }) => part >= at && part < at + 3),
  })
  const [followed] = followedIn([campaign(ofLead)], [of(9, 0), of(10, 4), { ...lead, asked: 77, followers: [] }], from)
  expect(followed!.leads).toEqual([
    { asked: 5, answered: 9 },
    { asked: 5, answered: 10 },
  ])
  expect(followed!.members).toHaveLength(12)
  expect(followedIn([campaign(ofLead)], [of(9, 0)], from)).toEqual([])
  expect(followedIn([campaign(half(0))], [of(9, 0)], from)).toHaveLength(1)
})

it('leads of what is not believed are not given to a campaign that has some of its records', () => {
  const other = ofLead.slice(0, 2).concat([60, 61, 62, 63])
  const shown = { ...verdict(campaign(other, { id: 'trigger-0' }), []), bearers: [null] }
  const known = learn(memory, pool, shown)
  expect(known.campaigns).toHaveLength(1)
  const learnt = learnVerdict(known, memory.pools!, pool, verdict(campaign(ofLead, { evidence: 1 })))
  expect(learnt.campaigns![0]).not.toHaveProperty('leads')
  expect(foundIn(learnt)).toHaveLength(other.length)
})

it('a campaign that follows no lead is not believed where most of its records were given for one', () => {
  const natural = campaign(Array.from({ length: 8 }, (_, i) => 20 * i + 9))
  const shown = (telling: readonly number[]) => overdrawn([natural], [], telling)
  expect(shown(natural.members.slice(0, 5))).toEqual([0])
  expect(shown(natural.members.slice(0, 4))).toEqual([])
  expect(overdrawn([campaign(ofLead)], followedIn([campaign(ofLead)], [lead], from), ofLead)).toEqual([])
  const plain = { ...verdict(natural), bearers: [null] }
  expect(learn(memory, pool, plain).campaigns).toHaveLength(1)
  expect(learn(memory, pool, { ...plain, overdrawn: [0] }).campaigns).toBeUndefined()
})

it('a campaign whose cause people released finds none of its followers', () => {
  const learnt = learnVerdict(memory, memory.pools!, pool, verdict(campaign(ofLead)))
  const known = { ...learnt, members: learnt.members!.filter(({ index }) => index === 3) }
  const again = learnVerdict(known, memory.pools!, pool, verdict(campaign(ofLead)))
  expect(foundIn(again).some(({ index }) => index === 700)).toBe(true)
  const shown = verdict(campaign(ofLead))
  const tally = [
    { name: 'ann', released: 9, rejected: 0 },
    { name: 'bob', released: 9, rejected: 0 },
  ]
  const { id, family, summary, trigger } = campaign(ofLead)
  const verdicts = { causes: [{ id, summary, family, trigger: trigger!, by: tally }], families: [], curve: [] }
  const released = learnVerdict({ ...known, verdicts }, memory.pools!, pool, shown)
  expect(foundIn(released).some(({ index }) => index === 700)).toBe(false)
})
