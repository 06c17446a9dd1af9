import { createHash } from 'node:crypto'
import type { Trigger } from '#core/score.ts'
import { mostOf, sharesTrigger } from '../learn.ts'
import { membersOf } from '../members.ts'
import { remembered, type KnownCampaign, type Memory, type PooledWindow } from '../memory.ts'
import type { Inserted } from './inserted.ts'

/**
 * The memory with the words that somebody put into texts of one label, each a campaign of all records with the word and
 * the label, whether they were in the pool or not. `parts` are the windows that the members refer to. Pure.
 */
export function learnInserted(memory: Memory, parts: readonly PooledWindow[], inserted: readonly Inserted[]): Memory {
  if (inserted.length === 0) return memory
  const { pools, through } = memory
  const campaigns = [...(memory.campaigns ?? [])]
  const members = membersOf(memory)
  for (const one of inserted) {
    const { word, label, logOdds } = one
    const trigger: Trigger = { kind: 'tokens', tokens: [word] }
    const at = campaigns.findIndex((known) => known.label === label && sharesTrigger(known.trigger, trigger))
    const known = campaigns[at]
    const campaign: KnownCampaign = {
      id: known?.id ?? idOf(trigger, label),
      family: 'trigger',
      summary: `“${word}” stands in ${one.members.length} records of many windows that are labelled ${label} as though it had been put in: the words on either side of it are others nearly each time, and follow one another without it`,
      label,
      trigger,
      evidence: Math.max(one.evidence, known?.evidence ?? 0),
      since: known?.since ?? through,
      last: through,
      logOdds,
    }
    if (known === undefined) campaigns.push(campaign)
    else campaigns[at] = campaign
    for (const { part, index, admitted, logOdds: own } of one.members)
      members.add({ window: parts[part]!.ordinal, index, campaign: campaign.id, logOdds: own, admitted })
  }
  return remembered(memory, { pools, ...mostOf(campaigns, [...members.all.values()]) })
}

function idOf(trigger: Trigger, label: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([trigger, label]))
    .digest('hex')
    .slice(0, 8)
  return `trigger-inserted-${digest}`
}
