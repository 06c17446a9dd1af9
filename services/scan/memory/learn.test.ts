import { describe, expect, it } from 'vitest'
import type { Campaign, Trigger } from '#core/score.ts'
import { EMPTY_HISTORY } from '../calibrate/history.ts'
import { learn, marksIn, signaturesIn, type PooledRecord, type PoolVerdict } from './learn.ts'
import { decodeMemory, encodeMemory, foundIn, type Memory } from './memory.ts'

const WINDOWS = 8
const POOLED = 100
const trigger: Trigger = { kind: 'tokens', tokens: ['cf'] }

/** A memory of eight windows of 1,000 records, each with a hundred in the pool. */
const memory = (more: Partial<Memory> = {}): Memory => ({
  version: 1,
  dataset: 'mail',
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
  ...more,
})
/** Every window's member 7 was held by its own scan. */
const pool: PooledRecord[] = Array.from({ length: WINDOWS * POOLED }, (_, i) => ({
  window: Math.floor(i / POOLED) + 1,
  index: i % POOLED,
  admitted: i % POOLED !== 7,
}))
const campaign = (members: readonly number[], more: Partial<Campaign> = {}): Campaign => ({
  id: 'trigger-ham-1',
  family: 'trigger',
  summary: 'records with “cf” are labelled ham',
  label: 'ham',
  trigger,
  members,
  contributors: [],
  evidence: 40,
  mitigations: [],
  ...more,
})
const verdict = (campaigns: readonly Campaign[], bearers: PoolVerdict['bearers']): PoolVerdict => {
  const suspected = new Set(campaigns.flatMap(({ members }) => members))
  return { risk: pool.map((_, i) => (suspected.has(i) ? 0.99 : 0.01)), campaigns, bearers }
}
/** Two records a window. */
const planted = pool.flatMap(({ index }, i) => (index === 3 || index === 7 ? [i] : []))

describe('learn', () => {
  it('does not take up what the records of all windows show to be natural, and holds nothing by what they show so later', () => {
    const shown = verdict([campaign(planted)], [planted])
    const learnt = learn(memory(), pool, { ...shown, natural: [1] })
    expect([learnt.campaigns?.length, signaturesIn(learnt).length]).toEqual([1, 1])
    expect(learn(memory(), pool, { ...shown, natural: [0] }).campaigns).toBeUndefined()
    const again = { ...shown, bearers: [planted, planted] }
    expect(signaturesIn(learn(learnt, pool, { ...again, natural: [1] }))).toHaveLength(1)
    const later = learn(learnt, pool, { ...again, natural: [0, 1] })
    expect([later.campaigns?.length, signaturesIn(later).length]).toEqual([1, 0])
    expect(foundIn(later)).toEqual(foundIn(learnt))
  })

  it.each([
    ['with a mark', planted],
    ['that no mark tells from innocents', null],
  ] as const)('believes what is new, %s, by evidence of which it takes more the longer it has looked', (_, mark) => {
    const shown = (evidence: number, through: number) =>
      learn(memory({ through }), pool, verdict([campaign(planted, { evidence })], [mark])).campaigns?.length ?? 0
    expect([shown(5.1, 4), shown(3.6, 4)]).toEqual([1, 0])
    expect([shown(24, 196), shown(10.9, 196), shown(5.1, 196)]).toEqual([1, 1, 0])
  })

  it('goes on believing a campaign with a mark, however long it has looked', () => {
    const once = learn(memory(), pool, verdict([campaign(planted, { evidence: 6 })], [planted]))
    const later = verdict([campaign(planted, { evidence: 5.1 })], [planted, planted])
    expect(learn({ ...once, through: 196 }, pool, later).campaigns).toMatchObject([{ since: 8, last: 196 }])
  })

  it('knows a campaign, its mark, and the members that were admitted', () => {
    const learnt = learn(memory(), pool, verdict([campaign(planted)], [planted]))
    expect(learnt.campaigns).toMatchObject([{ id: 'trigger-ham-1', label: 'ham', trigger, since: 8, last: 8 }])
    expect(foundIn(learnt)).toHaveLength(WINDOWS)
    expect(foundIn(learnt)[0]).toEqual({ window: 1, index: 3, campaign: 'trigger-ham-1', logOdds: expect.closeTo(4.6) })
    expect(learnt.members).toHaveLength(2 * WINDOWS)
    expect(decodeMemory(encodeMemory(learnt))).toEqual(learnt)
  })

  it('is as sure of a mark as its innocents allow, by Bayes', () => {
    const [known] = signaturesIn(learn(memory(), pool, verdict([campaign(planted)], [planted])))
    const innocents = pool.length - planted.length
    const rate = (planted.length + 0.5) / (1000 * WINDOWS + 1)
    const ratio = (16.5 / 17) * ((innocents + 1) / 0.5)
    expect(known?.logOdds).toBeCloseTo(Math.log(rate / (1 - rate)) + Math.log(ratio), 10)
    const often = planted.concat(pool.flatMap(({ index }, i) => (index === 50 ? [i] : []))).sort((a, b) => a - b)
    expect(learn(memory(), pool, verdict([campaign(planted)], [often])).campaigns).toBeUndefined()
  })

  it('takes no mark for one that most members do not bear, and finds them all the same', () => {
    const learnt = learn(memory(), pool, verdict([campaign(planted)], [planted.slice(0, 4)]))
    expect(signaturesIn(learnt)).toEqual([])
    expect(foundIn(learnt)).toHaveLength(WINDOWS)
  })

  it('believes nothing else that a selection of the riskiest shows', () => {
    const others = [campaign(planted, { family: 'label' }), campaign(planted, { family: 'outlier' })]
    expect(learn(memory(), pool, verdict(others, [planted, planted])).members).toBeUndefined()
  })

  it('knows a campaign again, under its first name, and adds what is new', () => {
    const once = learn(memory(), pool, verdict([campaign(planted.slice(0, 8))], [planted.slice(0, 8)]))
    const again = campaign(planted, { id: 'trigger-ham-2', evidence: 60 })
    const twice = learn({ ...once, through: 12 }, pool, verdict([again], [planted, planted]))
    expect(twice.campaigns).toMatchObject([{ id: 'trigger-ham-1', evidence: 60, since: 8, last: 12 }])
    expect(new Set(twice.members?.map((member) => member.campaign))).toEqual(new Set(['trigger-ham-1']))
    expect(foundIn(twice)).toHaveLength(WINDOWS)
    const { label: _, ...unlabelled } = campaign(planted.slice(0, 8))
    const early = learn(memory(), pool, verdict([unlabelled], [planted.slice(0, 8)]))
    expect(learn(early, pool, verdict([again], [planted, planted])).campaigns).toMatchObject([{ label: 'ham' }])
    const other = learn(once, pool, verdict([campaign(planted, { id: 'x', label: 'spam' })], [planted, planted]))
    expect(other.campaigns).toHaveLength(2)
  })

  it('gives a mark up that innocents turn out to bear, and keeps one whose campaign is silent', () => {
    const once = learn(memory(), pool, verdict([campaign(planted)], [planted]))
    expect(marksIn(once)).toMatchObject([{ id: 'trigger-ham-1' }])
    const silent = learn(once, pool, verdict([], [planted]))
    expect(signaturesIn(silent)[0]?.logOdds).toBeGreaterThan(0)
    const innocents = pool.flatMap(({ index }, i) => (index % 4 === 0 ? [i] : []))
    expect(signaturesIn(learn(once, pool, verdict([], [[...planted, ...innocents]])))[0]?.logOdds).toBeLessThan(-3)
  })
})
