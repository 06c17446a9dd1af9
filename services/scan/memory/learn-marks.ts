import { createHash } from 'node:crypto'
import type { Trigger } from '#core/score.ts'
import { mostOf, sharesTrigger } from './learn.ts'
import { markName, type Mark } from './marks.ts'
import { membersOf } from './members.ts'
import { remembered, type KnownCampaign, type Memory, type PooledWindow } from './memory.ts'
import { harmlessBy } from './verdicts.ts'

/** A mark that all records of the pool's windows show, with a label, and the records that bear it. */
export interface ShownMark {
  readonly trigger: Trigger
  readonly label: string
  readonly summary: string
  readonly evidence: number
  /** Log-odds that a record that bears the mark is a member. */
  readonly logOdds: number
  readonly members: readonly ShownMember[]
}

export interface ShownMember {
  /** The window's place in the list of windows, and the record's index in it. */
  readonly part: number
  readonly index: number
  readonly admitted: boolean
  readonly logOdds: number
}

/**
 * The memory with the marks that all records of its pool's windows show. Each is a campaign of the records that bear it,
 * whether they were in the pool or not. A mark whose cause people released teaches nothing until they take that back.
 * `kind` is a part of new campaigns' ids, and `parts` are the windows that the members refer to. Pure.
 */
export function learnMarks(
  memory: Memory,
  parts: readonly PooledWindow[],
  kind: string,
  shown: readonly ShownMark[],
): Memory {
  const isHarmless = harmlessBy(memory.verdicts)
  const news = shown.filter(({ trigger, label }) => !isHarmless({ family: 'trigger', trigger, label }))
  if (news.length === 0) return memory
  const { pools, through } = memory
  const campaigns = [...(memory.campaigns ?? [])]
  const members = membersOf(memory)
  for (const { members: own, ...mark } of news) {
    const at = placeIn(campaigns, mark)
    const known = campaigns[at]
    const campaign: KnownCampaign = {
      id: known?.id ?? idOf(kind, mark),
      family: 'trigger',
      ...mark,
      evidence: Math.max(mark.evidence, known?.evidence ?? 0),
      since: known?.since ?? through,
      last: through,
    }
    if (known === undefined) campaigns.push(campaign)
    else campaigns[at] = campaign
    for (const { part, index, admitted, logOdds } of own)
      members.add({ window: parts[part]!.ordinal, index, campaign: campaign.id, logOdds, admitted })
  }
  return remembered(memory, { pools, ...mostOf(campaigns, [...members.all.values()]) })
}

/** The place of the campaign with this mark, or else of the first whose trigger shares enough of it; −1 for none. */
function placeIn(campaigns: readonly KnownCampaign[], { trigger, label }: Mark): number {
  const name = markName({ trigger, label })
  const same = campaigns.findIndex(
    (known) => known.trigger !== undefined && markName({ trigger: known.trigger, label: known.label }) === name,
  )
  return same >= 0
    ? same
    : campaigns.findIndex((known) => known.label === label && sharesTrigger(known.trigger, trigger))
}

function idOf(kind: string, { trigger, label }: Mark): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([trigger, label]))
    .digest('hex')
    .slice(0, 8)
  return `trigger-${kind}-${digest}`
}
