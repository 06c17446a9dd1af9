import { createHash } from 'node:crypto'
import type { Trigger } from '#core/score.ts'
import { mostOf, sharesTrigger } from '../learn.ts'
import { markName, type Mark } from '../marks.ts'
import { membersOf } from '../members.ts'
import { remembered, type KnownCampaign, type Memory, type PooledWindow } from '../memory.ts'
import { isSameCause, NO_VERDICTS, recalibration } from '../verdicts.ts'
import type { Inserted } from './inserted.ts'
import { markOf } from './named.ts'

/**
 * The memory with the words that somebody put into texts of one label. Each is a campaign of the records that it was put
 * into, whether they were in the pool or not. A word that people released with the label teaches nothing until they take
 * that back. `parts` are the windows that the members refer to. Pure.
 */
export function learnInserted(memory: Memory, parts: readonly PooledWindow[], inserted: readonly Inserted[]): Memory {
  if (inserted.length === 0) return memory
  const { pools, through } = memory
  const harmless = recalibration(memory.verdicts ?? NO_VERDICTS).causes
  const campaigns = [...(memory.campaigns ?? [])]
  const members = membersOf(memory)
  for (const one of inserted) {
    const { label, logOdds } = one
    const mark = markOf(one)
    const { trigger } = mark
    if (one.members.length === 0 || harmless.some((cause) => isSameCause(cause, { family: 'trigger', trigger, label })))
      continue
    const at = placeIn(campaigns, mark)
    const known = campaigns[at]
    const campaign: KnownCampaign = {
      id: known?.id ?? idOf(trigger, label),
      family: 'trigger',
      summary: summaryOf(one),
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

function summaryOf({ word, label, members }: Inserted): string {
  const counted = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`
  const windows = new Set(members.map(({ part }) => part)).size
  return `“${word}” was probably put into ${counted(members.length, 'record')} labelled ${label} in ${counted(windows, 'window')}: the words beside it differ from record to record, and follow one another in other records`
}

function idOf(trigger: Trigger, label: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([trigger, label]))
    .digest('hex')
    .slice(0, 8)
  return `trigger-inserted-${digest}`
}
