import { describe, expect, it } from 'vitest'
import type { Trigger } from '#core/score.ts'
import { groupBy } from '../view/build-input.ts'
import { toCampaigns } from './campaigns.ts'
import type { Group } from '../detector.ts'

const labels = groupBy(['7', '7', '7', '7', '3', '3', '3', '3'])
const contributors = groupBy(['eve', 'eve', 'eve', 'al', 'al', 'al', 'eve', 'al'])
const patch: Trigger = { kind: 'patch', shape: [2, 2], pixels: [{ y: 0, x: 0, value: 1 }] }
const group = (members: number[], more: Partial<Group> = {}): Group => ({
  members: Int32Array.from(members),
  posterior: new Float64Array(members.length).fill(0.9),
  evidence: 20,
  label: 1,
  summary: 'they share a patch',
  ...more,
})
const anyone = () => true

describe('toCampaigns', () => {
  it('names the label, the members, who brought them, and what to do', () => {
    const [campaign] = toCampaigns(
      [{ family: 'trigger', group: group([0, 1, 2, 3], { trigger: patch }) }],
      anyone,
      labels,
      contributors,
    )
    expect(campaign).toMatchObject({
      family: 'trigger',
      label: '7',
      members: [0, 1, 2, 3],
      contributors: [
        { name: 'eve', members: 3, records: 4 },
        { name: 'al', members: 1, records: 4 },
      ],
      evidence: 20,
      mitigations: [
        'quarantine_records',
        'drop_contributor',
        'rotate_source_credentials',
        'retrain_without',
        'inspect_upstream',
      ],
    })
    expect(campaign?.id).toMatch(/^trigger-7-[0-9a-f]{8}$/)
  })

  it('takes groups with the same members for one, with the trigger that can be drawn', () => {
    const direction: Trigger = { kind: 'direction', dimensions: [3] }
    const found = toCampaigns(
      [
        { family: 'trigger', group: group([0, 1, 2], { trigger: direction, evidence: 40 }) },
        { family: 'trigger', group: group([1, 2, 3], { trigger: patch }) },
      ],
      anyone,
      labels,
      null,
    )
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ members: [0, 1, 2, 3], trigger: patch, evidence: 40 })
  })

  it('keeps apart what differs in label, family or members', () => {
    const found = toCampaigns(
      [
        { family: 'trigger', group: group([0, 1]) },
        { family: 'trigger', group: group([0, 1], { label: 0 }) },
        { family: 'flood', group: group([0, 1]) },
        { family: 'trigger', group: group([4, 5]) },
      ],
      anyone,
      labels,
      null,
    )
    expect(found).toHaveLength(4)
    expect(new Set(found.map(({ id }) => id)).size).toBe(4)
  })

  it('drops members that are not under suspicion, and groups that have none left', () => {
    const candidates = [{ family: 'trigger' as const, group: group([0, 1, 2, 3]) }]
    expect(toCampaigns(candidates, (i) => i < 2, labels, null)[0]?.members).toEqual([0, 1])
    expect(toCampaigns(candidates, () => false, labels, null)).toEqual([])
  })
})
