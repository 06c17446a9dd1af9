import { createHash } from 'node:crypto'
import type { KnownFlood } from '../../detectors/known/known-floods.ts'
import type { Flood } from './floods.ts'
import { ALIKE } from './kinds.ts'
import { mostOf } from '../learn.ts'
import { isAsked, membersOf } from '../members.ts'
import { remembered, type KnownCampaign, type KnownMember, type Memory, type PooledWindow } from '../memory.ts'
import { agreeing, HASHES, printFrom } from './prints.ts'
import { NO_VERDICTS, recalibration, SAME } from '../verdicts.ts'

/**
 * Log-odds that a repetition is poison before anybody judged it: a form letter, a heartbeat or a default row repeats
 * itself likewise, and is more frequent.
 */
const ASKED = Math.log(1 / 3)

/** The most floods that a person is asked about at once, besides those that were called natural. */
const MOST_ASKED = 16
/** A flood that was called natural is asked about again where its rate has grown by this factor. */
const MORE = 2

/** The floods whose print holds the next record: those that people called poison. */
export function floodsKnown({ campaigns = [] }: Pick<Memory, 'campaigns'>): KnownFlood[] {
  return campaigns.flatMap((campaign) => {
    const { print, summary, evidence } = campaign
    return print === undefined || isAsked(campaign) ? [] : [{ print, summary, evidence }]
  })
}

/**
 * The memory after people called these records of a window poison (`by` 1), or took that back (−1). The floods of these
 * records become poison, or are asked about again.
 */
export function withRejected(
  memory: Memory,
  { window, indices, by }: { readonly window: number; readonly indices: ReadonlySet<number>; readonly by: 1 | -1 },
): Memory {
  const { pools, campaigns = [], members = [] } = memory
  const judged = new Set(members.filter((one) => one.window === window && indices.has(one.index)).map(campaignOf))
  const changed = new Map<string, KnownCampaign>()
  for (const campaign of campaigns.filter(({ id, print }) => print !== undefined && judged.has(id))) {
    const { rejected: before = 0, ...rest } = campaign
    const rejected = Math.max(0, before + by)
    const now = rejected === 0 ? rest : { ...rest, rejected }
    changed.set(now.id, { ...now, logOdds: oddsOf(now) })
  }
  if (changed.size === 0) return memory
  return remembered(memory, {
    pools,
    campaigns: campaigns.map((campaign) => changed.get(campaign.id) ?? campaign),
    members: members.map((one) => ({ ...one, logOdds: changed.get(one.campaign)?.logOdds ?? one.logOdds })),
  })
}

/**
 * The memory after a person called a flood natural, or took that back. This spares none of its records: whatever else
 * speaks against them holds them as before.
 */
export function withNatural(
  memory: Memory,
  { campaign: id, isNatural }: { readonly campaign: string; readonly isNatural: boolean },
): Memory {
  const { pools, campaigns = [], members } = memory
  const changed = campaigns.map((campaign) => {
    if (campaign.id !== id || campaign.print === undefined) return campaign
    const { natural: _, ...rest } = campaign
    return isNatural ? { ...rest, natural: rest.rate ?? 1 } : rest
  })
  return remembered(memory, { pools, campaigns: changed, members })
}

function oddsOf(campaign: Pick<KnownCampaign, 'print' | 'rejected' | 'evidence'>): number {
  return isAsked(campaign) ? ASKED : campaign.evidence
}

function campaignOf({ campaign }: KnownMember): string {
  return campaign
}

/**
 * The memory with the floods that its pool's windows show. Each is a campaign of all its near-copies, whether they were
 * in the pool or not. A person is asked about it, since a repetition is no proof of poison. One that people released
 * again and again is left out. `parts` are the windows that the floods' members refer to. Pure.
 */
export function learnFloods(memory: Memory, parts: readonly PooledWindow[], floods: readonly Flood[]): Memory {
  const harmless = recalibration(memory.verdicts ?? NO_VERDICTS).causes.flatMap(({ family, likeness }) =>
    family === 'flood' && likeness !== undefined ? [printFrom(likeness)] : [],
  )
  const news = floods.filter(({ print }) => harmless.every((known) => agreeing(known, bytesOf(print)) < SAME * HASHES))
  if (news.length === 0) return memory
  const { pools, through } = memory
  const campaigns = [...(memory.campaigns ?? [])]
  const members = membersOf(memory)
  let asked = 0
  for (const flood of news) {
    const at = campaigns.findIndex(({ print }) => print !== undefined && isSame(print, flood.print))
    const known = campaigns[at]
    const print = known?.print ?? flood.print
    const rate = flood.observed / (parts.length - flood.members[0]!.part)
    const isStill = known?.natural !== undefined && rate < MORE * known.natural
    if (!isStill && ++asked > MOST_ASKED) continue
    const shown = {
      ...(known?.rejected !== undefined && { rejected: known.rejected }),
      ...(isStill && { natural: known.natural }),
      print,
      rate,
      evidence: Math.max(-Math.log(flood.expected), known?.evidence ?? 0),
    }
    const logOdds = oddsOf(shown)
    const campaign: KnownCampaign = {
      id: known?.id ?? `flood-${createHash('sha256').update(print).digest('hex').slice(0, 8)}`,
      family: 'flood',
      summary: summaryOf(flood),
      ...shown,
      since: known?.since ?? through,
      last: through,
      logOdds,
    }
    if (known === undefined) campaigns.push(campaign)
    else campaigns[at] = campaign
    for (const { part, index, admitted } of flood.members) {
      const { ordinal: window } = parts[part]!
      members.add({ window, index, campaign: campaign.id, logOdds, admitted })
    }
  }
  return remembered(memory, { pools, ...mostOf(campaigns, [...members.all.values()]) })
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
