import { mostOf } from '../learn.ts'
import { markName } from '../marks.ts'
import { membersOf } from '../members.ts'
import { remembered, type Memory, type PooledWindow } from '../memory.ts'
import type { Hunted } from './hunt.ts'

/**
 * The memory with all that bears a campaign's mark in the windows that the pool is of, whether the pool has it or not: by what the next record is held alone, an earlier one is found. A mark that speaks for
 * innocence rather than for the campaign finds nobody. `parts` are the windows that the hunted name. Pure.
 */
export function learnHunted(memory: Memory, parts: readonly PooledWindow[], hunted: readonly Hunted[]): Memory {
  if (hunted.length === 0) return memory
  const { pools, campaigns = [] } = memory
  const members = membersOf(memory)
  const of = new Map(hunted.map(({ mark, members: all }) => [markName(mark), all]))
  for (const { id, trigger, label, logOdds = 0 } of campaigns) {
    if (trigger === undefined || logOdds <= 0) continue
    for (const { part, index, admitted } of of.get(markName({ trigger, label })) ?? [])
      members.add({ window: parts[part]!.ordinal, index, campaign: id, logOdds, admitted })
  }
  return remembered(memory, { pools, ...mostOf(campaigns, [...members.all.values()]) })
}
