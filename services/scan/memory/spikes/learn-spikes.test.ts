import { describe, expect, it } from 'vitest'
import { EMPTY_HISTORY } from '../../calibrate/history.ts'
import { marksIn, signaturesIn } from '../learn.ts'
import { learnSpikes } from './learn-spikes.ts'
import { decodeMemory, encodeMemory, foundIn, type Memory, type PooledWindow } from '../memory.ts'
import type { Spike } from './spikes.ts'

const parts = [3, 5].map((ordinal): PooledWindow => ({
  window: `w${ordinal}`,
  ordinal,
  records: 100,
  sha256: '',
  members: [],
  held: [],
}))
const memory: Memory = {
  version: 1,
  dataset: 'payments',
  through: 8,
  contract: 'a',
  history: EMPTY_HISTORY,
  pools: parts,
}
const spike: Spike = {
  column: 'amount',
  value: 7.3,
  label: 'fine',
  evidence: 30,
  bound: 9,
  observed: 12,
  expected: 2,
  members: [
    { part: 0, index: 4, admitted: true },
    { part: 1, index: 0, admitted: false },
    { part: 1, index: 9, admitted: true },
  ],
}

describe('learnSpikes', () => {
  it('makes a spike a campaign, with its members wherever they are, and a mark as sure as there are too many', () => {
    const learnt = learnSpikes(memory, parts, [spike])
    expect(learnt.campaigns).toMatchObject([{ family: 'trigger', label: 'fine', since: 8, last: 8, evidence: 30 }])
    expect(foundIn(learnt).map(({ window, index }) => [window, index])).toEqual([
      [3, 4],
      [5, 9],
    ])
    expect(signaturesIn(learnt)).toMatchObject([
      { trigger: { kind: 'values', values: [{ column: 'amount', value: '7.3' }] }, label: 'fine' },
    ])
    expect(signaturesIn(learnt)[0]?.logOdds).toBeCloseTo(Math.log(10 / 2), 10)
    expect(decodeMemory(encodeMemory(learnt))).toEqual(learnt)
  })

  it('knows it again, and what the pool had found of it, under the first name', () => {
    const once = learnSpikes(memory, parts, [spike])
    const more = { ...spike, evidence: 20, members: [...spike.members, { part: 1, index: 11, admitted: true }] }
    const twice = learnSpikes({ ...once, through: 12 }, parts, [more])
    expect(twice.campaigns).toMatchObject([{ id: once.campaigns?.[0]?.id, since: 8, last: 12, evidence: 30 }])
    expect(foundIn(twice)).toHaveLength(3)
    const [known] = once.campaigns!
    const pooled = { ...once, campaigns: [{ ...known!, id: 'trigger-fine-1', logOdds: -2 }] }
    expect(marksIn(learnSpikes(pooled, parts, [spike]))).toMatchObject([{ id: 'trigger-fine-1' }])
    const other = learnSpikes(once, parts, [{ ...spike, label: 'other' }])
    expect(other.campaigns).toHaveLength(2)
  })

  it('leaves a memory as it is where there are none', () => {
    expect(learnSpikes(memory, parts, [])).toBe(memory)
  })

  it('takes no value that people released with this label, and takes it once they take that back', () => {
    const trigger = { kind: 'values' as const, values: [{ column: 'amount', value: '7.3' }] }
    const released = (count: number, label: string): Memory => {
      const by = [{ name: 'ann', released: count, rejected: 0 }]
      const cause = { id: 'c', summary: '', family: 'trigger' as const, label, trigger, by }
      return { ...memory, verdicts: { causes: [cause], families: [], curve: [] } }
    }
    expect(learnSpikes(released(8, 'fine'), parts, [spike])).toEqual(released(8, 'fine'))
    expect(learnSpikes(released(0, 'fine'), parts, [spike]).campaigns).toHaveLength(1)
    expect(learnSpikes(released(8, 'other'), parts, [spike]).campaigns).toHaveLength(1)
    // a campaign of before the release keeps what it had, and finds no further record
    const { campaigns, members } = learnSpikes(memory, parts, [spike])
    const known = { ...released(8, 'fine'), campaigns: campaigns!, members: members! }
    const more = { ...spike, members: [...spike.members, { part: 1, index: 11, admitted: true }] }
    expect(learnSpikes({ ...known, through: 12 }, parts, [more])).toEqual({ ...known, through: 12 })
  })

  it('keeps to the campaign of the value itself where another has the value, too', () => {
    const [own] = learnSpikes(memory, parts, [spike]).campaigns!
    const values = [
      { column: 'amount', value: '7.3' },
      { column: 'hour', value: '3' },
    ]
    const both = { ...own!, id: 'both', trigger: { kind: 'values' as const, values } }
    for (const campaigns of [
      [both, own!],
      [own!, both],
    ]) {
      const learnt = learnSpikes({ ...memory, campaigns }, parts, [spike])
      expect(learnt.campaigns!.find(({ id }) => id === 'both')).toEqual(both)
      expect(learnt.members!.every(({ campaign }) => campaign === own!.id)).toBe(true)
    }
  })
})
