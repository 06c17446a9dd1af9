import type { Campaign, Trigger } from '#core/score.ts'
import type { Signature } from '../detectors/known/known-campaigns.ts'
import { SUSPECTED } from '../scan-window.ts'
import { askedIn, membersOf, placeOf } from './members.ts'
import { remembered, type KnownCampaign, type KnownMember, type Memory } from './memory.ts'
import type { Mark } from './marks.ts'
import { shareParts } from './trigger-parts.ts'
import { LOOKED_EVERY } from './pool/pool.ts'
import { isSameCause, NO_VERDICTS, recalibration } from './verdicts.ts'
import type { Hunted } from './hunt/hunt.ts'
import type { Flood } from './repeats/floods.ts'
import type { Spike } from './spikes/spikes.ts'

/** One record of the pool: where it came from. */
export interface PooledRecord {
  /** Ordinal within the dataset. */
  readonly window: number
  readonly index: number
  readonly admitted: boolean
}

/** What a scan of the pool said. */
export interface PoolVerdict {
  readonly risk: ArrayLike<number>
  readonly campaigns: readonly Campaign[]
  /** Who bears each mark that was asked for, and then what each campaign's members share; null where nobody is known by it. */
  readonly bearers: readonly (readonly number[] | null)[]
  /** What the columns of all the pool's windows show. */
  readonly spikes?: readonly Spike[]
  /** What the prints of all the pool's windows show. */
  readonly floods?: readonly Flood[]
  /** Who bears these marks in all the pool's windows. */
  readonly hunted?: readonly Hunted[]
}

/** That the pool of a dataset without poison is ever believed to show a campaign. */
const FALSE = 0.05
/** Campaigns with as much in common are one, whichever pool showed them. */
const SAME = 0.4
/** Fewer members than this of a campaign in the pool say nothing of how surely its members bear its mark. */
const TELLING = 5
/** A mark that fewer of the members bear is not what they share: a patch that moves, say. */
const BORNE = 0.5
const MOST = { campaigns: 64, members: 20_000 }

/** The campaigns whose next record is known by its mark, in the order in which a pool is held against them. */
export function marksIn({ campaigns = [] }: Pick<Memory, 'campaigns'>): readonly (Mark & { readonly id: string })[] {
  return campaigns.flatMap(({ id, trigger, label }) => (trigger === undefined ? [] : [{ id, trigger, label }]))
}

/** The campaigns that a record is held by alone. */
export function signaturesIn({ campaigns = [] }: Pick<Memory, 'campaigns'>): Signature[] {
  return campaigns.flatMap(({ trigger, label, summary, evidence, logOdds }) =>
    trigger === undefined || logOdds === undefined
      ? []
      : [{ trigger, summary, evidence, logOdds, ...(label !== undefined && { label }) }],
  )
}

/**
 * The memory with what its pool has shown: campaigns of triggers, their members by window and index, and how sure a record is
 * of each that bears its mark. What the sample of innocents bears as well is no mark, and no campaign. Pure.
 */
export function learn(memory: Memory, pool: readonly PooledRecord[], verdict: PoolVerdict): Memory {
  const { pools = [], through } = memory
  const asked = marksIn(memory)
  const harmless = recalibration(memory.verdicts ?? NO_VERDICTS).causes
  const bearers = new Map(asked.map(({ id }, at) => [id, verdict.bearers[at] ?? null]))
  const known = new Map((memory.campaigns ?? []).map((campaign) => [campaign.id, campaign]))
  const members = membersOf(memory)
  const scale: Scale = {
    suspected: (i) => verdict.risk[i]! >= SUSPECTED || members.isSuspect(pool[i]!),
    size: pool.length,
    records: pools.reduce((sum, { records }) => sum + records, 0),
  }
  verdict.campaigns.forEach((campaign, at) => {
    if (campaign.family !== 'trigger' || harmless.some((cause) => isSameCause(cause, campaign))) return
    const borne = verdict.bearers[asked.length + at] ?? null
    const logOdds = oddsOf(borne, campaign.members, campaign.members.length, scale)
    const same = [...known.values()].find((other) => isSame(other, campaign, pool, members.all))
    // What was believed once is held against innocents alone, if it has a mark.
    const isSurprising = campaign.evidence >= leastOf(through) || (same !== undefined && logOdds !== null)
    if (!isSurprising || (logOdds !== null && logOdds <= 0)) return
    const id = same?.id ?? campaign.id
    const { family, summary, label, trigger, evidence } = campaign
    const stronger = same === undefined || evidence >= same.evidence
    known.set(id, {
      ...(stronger
        ? {
            family,
            summary,
            ...(label !== undefined && { label }),
            ...(trigger !== undefined && { trigger }),
            evidence,
          }
        : same),
      id,
      since: same?.since ?? through,
      last: through,
    })
    if (stronger) bearers.set(id, borne)
    for (const i of campaign.members) {
      const risk = verdict.risk[i]!
      members.add({ ...pool[i]!, campaign: id, logOdds: Math.log(risk / (1 - risk)) })
    }
  })
  const kept = mostOf([...known.values()], [...members.all.values()])
  const campaigns = kept.campaigns.map((campaign) =>
    withOdds(campaign, bearers.get(campaign.id) ?? null, pool, kept.members, scale),
  )
  return remembered(memory, { pools, campaigns, members: kept.members })
}

/**
 * Nats that a campaign needs which was not known: the pool is looked at as long as the dataset lives, and each look spends its part of a convergent sum. What has a mark is held against innocents
 * besides, at each look.
 */
function leastOf(through: number): number {
  const look = Math.ceil(through / LOOKED_EVERY)
  return Math.log((look * (look + 1)) / FALSE)
}

/**
 * As many as a memory holds: the campaigns that were shown last, in the order in which they were found, and the newest members. What a person is only asked about makes room for the others:
 * whoever repeats enough would have the rest forgotten.
 */
export function mostOf(campaigns: readonly KnownCampaign[], members: readonly KnownMember[]) {
  const asked = askedIn(campaigns)
  const kept = [...campaigns]
    .sort((a, b) => Number(asked.has(a.id)) - Number(asked.has(b.id)) || b.last - a.last || b.evidence - a.evidence)
    .slice(0, MOST.campaigns)
    .sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1))
  const sure = members.filter(({ campaign }) => !asked.has(campaign)).slice(-MOST.members)
  const room = MOST.members - sure.length
  const still = askedIn(kept)
  const others = members.filter(({ campaign }) => still.has(campaign)).slice(room === 0 ? Infinity : -room)
  const staying = new Set([...sure, ...others])
  return { campaigns: kept, members: members.filter((member) => staying.has(member)) }
}

interface Scale {
  /** Whether a record of the pool is no innocent that a mark could be held against. */
  readonly suspected: (i: number) => boolean
  /** Records of the pool, and of the windows that they are from. */
  readonly size: number
  readonly records: number
}

/** How sure a record is of the campaign that bears its mark: as before where the pool has too few of its members to say, and of a flood always: all its windows say that. */
function withOdds(
  campaign: KnownCampaign,
  bearers: readonly number[] | null,
  pool: readonly PooledRecord[],
  members: readonly KnownMember[],
  scale: Scale,
): KnownCampaign {
  const places = new Set(members.filter((member) => member.campaign === campaign.id).map(placeOf))
  const here = pool.flatMap((record, i) => (places.has(placeOf(record)) ? [i] : []))
  if (campaign.print !== undefined || here.length < TELLING) return campaign
  const { logOdds: _, ...rest } = campaign
  const logOdds = oddsOf(bearers, here, places.size, scale)
  return logOdds === null ? rest : { ...rest, logOdds }
}

/**
 * Log-odds that a record of the dataset is of a campaign, by Bayes: how many of the campaign's members bear its mark, against how many of
 * the pool's innocents do, and how many members there are for so many records. Null where most members do not bear it.
 */
function oddsOf(
  bearers: readonly number[] | null,
  members: readonly number[],
  known: number,
  { suspected, size, records }: Scale,
): number | null {
  if (bearers === null) return null
  const bears = new Set(bearers)
  const borne = members.filter((i) => bears.has(i)).length
  if (borne < BORNE * members.length) return null
  const own = new Set(members)
  const isInnocent = (i: number) => !own.has(i) && !suspected(i)
  const innocents = Array.from({ length: size }, (_, i) => i).filter(isInnocent).length
  const mistaken = bearers.filter(isInnocent).length
  const rate = (known + 0.5) / (records + 1)
  const ratio = (borne + 0.5) / (members.length + 1) / ((mistaken + 0.5) / (innocents + 1))
  return Math.log(rate / (1 - rate)) + Math.log(ratio)
}

/** Of one family, of no two labels, and with members or a trigger in common: a pool may show a campaign before it can tell its label. */
function isSame(
  known: KnownCampaign,
  campaign: Campaign,
  pool: readonly PooledRecord[],
  members: ReadonlyMap<string, KnownMember>,
): boolean {
  if (known.family !== campaign.family) return false
  if (known.label !== undefined && campaign.label !== undefined && known.label !== campaign.label) return false
  const shared = campaign.members.filter((i) => members.get(placeOf(pool[i]!))?.campaign === known.id).length
  return shared >= SAME * campaign.members.length || sharesTrigger(known.trigger, campaign.trigger)
}

/** Whether two triggers have so much in common that they are one. */
export function sharesTrigger(a: Trigger | undefined, b: Trigger | undefined): boolean {
  return shareParts(a, b, SAME) === true
}
