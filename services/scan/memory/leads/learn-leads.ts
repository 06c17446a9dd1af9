import { mostOf, type PooledRecord, type PoolVerdict } from '../learn.ts'
import { membersOf, placeOf } from '../members.ts'
import { remembered, type Memory, type PooledWindow } from '../memory.ts'
import { harmlessBy } from '../verdicts.ts'

/**
 * The memory with the leads that later windows follow, and with what the campaigns that follow some have of them: the
 * leads themselves, by which their next records are known, and all records of the windows that follow them. What the
 * pool shows is a campaign that the memory knows where most of its records are that one's members. A campaign whose
 * cause people released finds none. `parts` are the windows that followers refer to, and `pool` the records of the
 * verdict. Pure.
 */
export function learnLeads(
  memory: Memory,
  parts: readonly PooledWindow[],
  pool: readonly PooledRecord[],
  { campaigns: shown, leads = [], followed = [] }: Pick<PoolVerdict, 'campaigns' | 'leads' | 'followed'>,
): Memory {
  const { pools } = memory
  const campaigns = [...(memory.campaigns ?? [])]
  const members = membersOf(memory)
  const isHarmless = harmlessBy(memory.verdicts)
  for (const { campaign, leads: own, logOdds, members: followers } of followed) {
    const here = shown[campaign]!.members
    const idOf = (i: number) => members.all.get(placeOf(pool[i]!))?.campaign
    const at = campaigns.findIndex(({ id }) => 2 * here.filter((i) => idOf(i) === id).length > here.length)
    const known = campaigns[at]
    if (known === undefined || isHarmless(known)) continue
    campaigns[at] = { ...known, leads: own, logOdds }
    for (const { part, index, admitted } of followers)
      members.add({ window: parts[part]!.ordinal, index, campaign: known.id, logOdds, admitted })
  }
  const kept = leads.map(({ asked, answered }) => ({ asked, answered }))
  return remembered({ ...memory, leads: kept }, { pools, ...mostOf(campaigns, [...members.all.values()]) })
}
