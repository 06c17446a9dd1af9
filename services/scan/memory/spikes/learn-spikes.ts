import { createHash } from 'node:crypto'
import type { Trigger } from '#core/score.ts'
import { valueText } from '../../features/column-codes.ts'
import { mostOf, sharesTrigger } from '../learn.ts'
import { membersOf } from '../members.ts'
import { remembered, type KnownCampaign, type Memory, type PooledWindow } from '../memory.ts'
import type { Spike } from './spikes.ts'

/**
 * The memory with the spikes that the columns of its pool's windows show. Each is a campaign of all records with the
 * value and the label, whether they were in the pool or not. `parts` are the windows that the spikes' members refer to.
 * Pure.
 */
export function learnSpikes(memory: Memory, parts: readonly PooledWindow[], spikes: readonly Spike[]): Memory {
  if (spikes.length === 0) return memory
  const { pools, through } = memory
  const campaigns = [...(memory.campaigns ?? [])]
  const members = membersOf(memory)
  for (const spike of spikes) {
    const { column, value, label } = spike
    const trigger: Trigger = { kind: 'values', values: [{ column, value: valueText(value) }] }
    const at = campaigns.findIndex((known) => known.label === label && sharesTrigger(known.trigger, trigger))
    const known = campaigns[at]
    const campaign: KnownCampaign = {
      id: known?.id ?? idOf(trigger, label),
      family: 'trigger',
      summary: `${spike.members.length} records of many windows with ${column} = ${valueText(value)} are labelled ${label}; the values beside it led to expect ${Math.round(spike.expected)}`,
      label,
      trigger,
      evidence: Math.max(spike.evidence, known?.evidence ?? 0),
      since: known?.since ?? through,
      last: through,
      logOdds: oddsOf(spike),
    }
    if (known === undefined) campaigns.push(campaign)
    else campaigns[at] = campaign
    for (const { part, index, admitted } of spike.members) {
      members.add({
        window: parts[part]!.ordinal,
        index,
        campaign: campaign.id,
        logOdds: campaign.logOdds!,
        admitted,
      })
    }
  }
  return remembered(memory, { pools, ...mostOf(campaigns, [...members.all.values()]) })
}

/** Log-odds that a record with the value and the label is one of the excess. */
function oddsOf({ observed, expected }: Spike): number {
  return Math.log((observed - expected) / Math.max(expected, 0.5))
}

function idOf(trigger: Trigger, label: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([trigger, label]))
    .digest('hex')
    .slice(0, 8)
  return `trigger-spike-${digest}`
}
