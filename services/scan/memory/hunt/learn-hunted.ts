import { mostOf } from '../learn.ts'
import { markName } from '../marks.ts'
import { membersOf } from '../members.ts'
import { remembered, type Memory, type PooledWindow } from '../memory.ts'
import { harmlessBy } from '../verdicts.ts'
import type { Hunted } from './hunt.ts'

/**
 * The memory with all bearers of its campaigns' marks in the pool's windows, whether the pool has them or not: an
 * earlier record is found by the mark that would hold the next one. A mark with log-odds of 0 or less finds none, nor
 * does one whose cause people released, nor that of a campaign with leads, which tell its records better. `parts` are
 * the windows that `hunted` refers to. Pure.
 */
export function learnHunted(memory: Memory, parts: readonly PooledWindow[], hunted: readonly Hunted[]): Memory {
  if (hunted.length === 0) return memory
  const { pools, campaigns = [] } = memory
  const members = membersOf(memory)
  const of = new Map(hunted.map(({ mark, members: all }) => [markName(mark), all]))
  const isHarmless = harmlessBy(memory.verdicts)
  for (const campaign of campaigns) {
    const { id, trigger, label, leads, logOdds = 0 } = campaign
    if (trigger === undefined || leads !== undefined || logOdds <= 0 || isHarmless(campaign)) continue
    for (const { part, index, admitted } of of.get(markName({ trigger, label })) ?? [])
      members.add({ window: parts[part]!.ordinal, index, campaign: id, logOdds, admitted })
  }
  return remembered(memory, { pools, ...mostOf(campaigns, [...members.all.values()]) })
}
