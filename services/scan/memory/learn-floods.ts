import { createHash } from 'node:crypto'
import type { KnownFlood } from '../detectors/known-floods.ts'
import type { Flood } from './floods.ts'
import { ALIKE } from './kinds.ts'
import { mostOf } from './learn.ts'
import { remembered, type KnownCampaign, type KnownMember, type Memory, type PooledWindow } from './memory.ts'
import { agreeing, HASHES, printFrom } from './prints.ts'
import { NO_VERDICTS, recalibration, SAME } from './verdicts.ts'

/** Floods whose next record is known by its print. */
export function floodsKnown({ campaigns = [] }: Pick<Memory, 'campaigns'>): KnownFlood[] {
  return campaigns.flatMap(({ print, summary, evidence }) =>
    print === undefined ? [] : [{ print, summary, evidence }],
  )
}

/**
 * The memory with the floods that its pool's windows show: each is a campaign whose members are all near-copies, whether they were in the pool or not. What people released again
 * and again is none. `parts` are the windows that the floods' members name. Pure.
 */
export function learnFloods(memory: Memory, parts: readonly PooledWindow[], floods: readonly Flood[]): Memory {
  const harmless = recalibration(memory.verdicts ?? NO_VERDICTS).causes.flatMap(({ family, likeness }) =>
    family === 'flood' && likeness !== undefined ? [printFrom(likeness)] : [],
  )
  const news = floods.filter(({ print }) => harmless.every((known) => agreeing(known, bytesOf(print)) < SAME * HASHES))
  if (news.length === 0) return memory
  const { pools, through } = memory
  const campaigns = [...(memory.campaigns ?? [])]
  const members = new Map((memory.members ?? []).map((member) => [placeOf(member), member]))
  for (const flood of news) {
    const at = campaigns.findIndex(({ print }) => print !== undefined && isSame(print, flood.print))
    const known = campaigns[at]
    const print = known?.print ?? flood.print
    const evidence = -Math.log(flood.expected)
    const campaign: KnownCampaign = {
      id: known?.id ?? `flood-${createHash('sha256').update(print).digest('hex').slice(0, 8)}`,
      family: 'flood',
      summary: summaryOf(flood),
      print,
      evidence: Math.max(evidence, known?.evidence ?? 0),
      since: known?.since ?? through,
      last: through,
      logOdds: evidence,
    }
    if (known === undefined) campaigns.push(campaign)
    else campaigns[at] = campaign
    for (const { part, index, admitted } of flood.members) {
      const { ordinal: window } = parts[part]!
      const found: KnownMember = { window, index, campaign: campaign.id, logOdds: evidence, admitted }
      if (!members.has(placeOf(found))) members.set(placeOf(found), found)
    }
  }
  return remembered(memory, { pools, ...mostOf(campaigns, [...members.values()]) })
}

function summaryOf({ members, expected }: Flood): string {
  const windows = new Set(members.map(({ part }) => part)).size
  return `${members.length} near-copies of one record in ${windows} windows; what the dataset repeats otherwise leads to expect ${expected.toPrecision(1)} kinds of so many`
}

function isSame(a: string, b: string): boolean {
  return agreeing(bytesOf(a), bytesOf(b)) >= ALIKE
}

function bytesOf(print: string): Uint8Array {
  return Buffer.from(print, 'hex')
}

function placeOf({ window, index }: { readonly window: number; readonly index: number }): string {
  return `${window}/${index}`
}
