import type { Campaign, Trigger } from '#core/score.ts'
import type { Signature } from '../detectors/known/known-campaigns.ts'
import { SUSPECTED } from '../scan-window.ts'
import type { Followed } from './leads/followed.ts'
import type { Lead } from './leads/leads.ts'
import { askedIn, membersOf, placeOf } from './members.ts'
import { remembered, type KnownCampaign, type KnownMember, type Memory } from './memory.ts'
import type { Mark } from './marks.ts'
import { shareParts } from './trigger-parts.ts'
import { LOOKED_EVERY } from './pool/pool.ts'
import { harmlessBy } from './verdicts.ts'
import type { Hunted } from './hunt/hunt.ts'
import type { Inserted } from './places/inserted.ts'
import type { Flood } from './repeats/floods.ts'
import type { Spike } from './spikes/spikes.ts'

/** One record of the pool: where it came from. */
export interface PooledRecord {
  /** Ordinal within the dataset. */
  readonly window: number
  readonly index: number
  readonly admitted: boolean
}

/** The result of a pool's scan. */
export interface PoolVerdict {
  readonly risk: ArrayLike<number>
  readonly campaigns: readonly Campaign[]
  /**
   * The bearers of each mark asked for, then those of each campaign's own mark; null for a mark that cannot be checked
   * on a single record.
   */
  readonly bearers: readonly (readonly number[] | null)[]
  /** The spikes in the columns of all the pool's windows. */
  readonly spikes?: readonly Spike[]
  /** The floods in the prints of all the pool's windows. */
  readonly floods?: readonly Flood[]
  /** The bearers of marks in all the pool's windows. */
  readonly hunted?: readonly Hunted[]
  /** The words that somebody put into texts of all the pool's windows. */
  readonly inserted?: readonly Inserted[]
  /** The places, as in `bearers`, of marks that the columns of all the pool's windows show to be natural. */
  readonly natural?: readonly number[]
  /** What comes together in the exchanges of all the pool's windows. */
  readonly leads?: readonly Lead[]
  /** The campaigns that follow leads; and the places of those of which the pool has more than its windows. */
  readonly followed?: readonly Followed[]
  readonly overdrawn?: readonly number[]
}

/** The probability that a dataset without poison ever has a campaign accepted from its pool. */
const FALSE = 0.05
/** Two campaigns with at least this share in common are one, whichever pools showed them. */
const SAME = 0.4
/** The fewest members of a campaign in the pool that show how surely its members bear its mark. */
const TELLING = 5
/** The least share of the members that bear a campaign's mark; of a patch that moves, fewer do, and it has no mark. */
const BORNE = 0.5
const MOST = { campaigns: 64, members: 20_000 }

/** The campaigns that have a mark, in the order in which a pool is searched for them. */
export function marksIn({ campaigns = [] }: Pick<Memory, 'campaigns'>): readonly (Mark & { readonly id: string })[] {
  return campaigns.flatMap(({ id, trigger, label, leads }) =>
    trigger === undefined ? [] : [{ id, trigger, label, leads }],
  )
}

/** The campaigns whose mark alone holds a record. */
export function signaturesIn({ campaigns = [] }: Pick<Memory, 'campaigns'>): Signature[] {
  return campaigns.flatMap(({ trigger, label, leads, summary, evidence, logOdds }) =>
    trigger === undefined || logOdds === undefined
      ? []
      : [{ trigger, leads, summary, evidence, logOdds, ...(label !== undefined && { label }) }],
  )
}

/**
 * The memory with what its pool showed: campaigns of triggers, their members by window and index, and for each mark the
 * log-odds that its bearer is a member. A campaign whose mark speaks for innocence, because the pool's innocents bear
 * it as well, is not taken up, unless it follows leads; nor is one of which the pool has more than its windows, nor one
 * that all their records show to be natural. One that they show so later holds and finds no more. Pure.
 */
export function learn(memory: Memory, pool: readonly PooledRecord[], verdict: PoolVerdict): Memory {
  const { pools = [], through } = memory
  const asked = marksIn(memory)
  const isHarmless = harmlessBy(memory.verdicts)
  const bearers = new Map(asked.map(({ id }, at) => [id, verdict.bearers[at] ?? null]))
  const known = new Map((memory.campaigns ?? []).map((campaign) => [campaign.id, campaign]))
  const isNatural = (at: number) => verdict.natural?.includes(at) === true
  const members = membersOf(memory)
  const scale: Scale = {
    suspected: (i) => verdict.risk[i]! >= SUSPECTED || members.isSuspect(pool[i]!),
    size: pool.length,
    records: pools.reduce((sum, { records }) => sum + records, 0),
  }
  verdict.campaigns.forEach((campaign, at) => {
    if (campaign.family !== 'trigger' || isHarmless(campaign)) return
    const borne = verdict.bearers[asked.length + at] ?? null
    const logOdds = oddsOf(borne, campaign.members, campaign.members.length, scale)
    const same = [...known.values()].find((other) => isSame(other, campaign, pool, members.all))
    // A campaign that was accepted before needs no new evidence if it has a mark: that is compared with innocents.
    const isSurprising = campaign.evidence >= leastOf(through) || (same !== undefined && logOdds !== null)
    const isLed = verdict.followed?.some((one) => one.campaign === at) === true
    const isExplained = verdict.overdrawn?.includes(at) === true || isNatural(asked.length + at)
    if (!isSurprising || isExplained) return
    if (logOdds !== null && logOdds <= 0 && !isLed) return
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
            ...(same?.leads !== undefined && { leads: same.leads }),
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
  const explained = new Set(asked.flatMap(({ id }, at) => (isNatural(at) ? [id] : [])))
  const campaigns = kept.campaigns.map((campaign) =>
    explained.has(campaign.id)
      ? withoutOdds(campaign)
      : withOdds(campaign, bearers.get(campaign.id) ?? null, pool, kept.members, scale),
  )
  return remembered(memory, { pools, campaigns, members: kept.members })
}

/**
 * The evidence in nats that a new campaign needs. The pool is scanned as long as the dataset lives, and each scan
 * spends its part of a convergent sum of probabilities. A mark is compared with innocents besides, at each scan.
 */
function leastOf(through: number): number {
  const look = Math.ceil(through / LOOKED_EVERY)
  return Math.log((look * (look + 1)) / FALSE)
}

/**
 * The campaigns and members that a memory has room for: the campaigns that were shown last, in the order in which they
 * were found, and the newest members. Campaigns that a person is only asked about give way to the others: otherwise
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
  /** Whether a record of the pool is suspected, and so no innocent to compare a mark with. */
  readonly suspected: (i: number) => boolean
  /** How many records the pool has, and how many its windows have in all. */
  readonly size: number
  readonly records: number
}

/**
 * The campaign with the log-odds of a record that bears its mark. They stay as they were where the pool has too few of
 * its members, and for a flood and what follows a lead, whose log-odds come from all windows.
 */
function withOdds(
  campaign: KnownCampaign,
  bearers: readonly number[] | null,
  pool: readonly PooledRecord[],
  members: readonly KnownMember[],
  scale: Scale,
): KnownCampaign {
  const places = new Set(members.filter((member) => member.campaign === campaign.id).map(placeOf))
  const here = pool.flatMap((record, i) => (places.has(placeOf(record)) ? [i] : []))
  if (campaign.print !== undefined || campaign.leads !== undefined || here.length < TELLING) return campaign
  const logOdds = oddsOf(bearers, here, places.size, scale)
  return logOdds === null ? withoutOdds(campaign) : { ...campaign, logOdds }
}

/** The campaign, whose mark holds and finds nothing from now on. */
function withoutOdds(campaign: KnownCampaign): KnownCampaign {
  const { logOdds: _, ...rest } = campaign
  return rest
}

/**
 * Log-odds that a record of the dataset with a campaign's mark belongs to it, by Bayes: from the shares of the
 * campaign's members and of the pool's innocents that bear the mark, and from how many members there are among all
 * records. Null where most members do not bear it.
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

/**
 * Whether two campaigns are one: of one family, without two different labels, and with members or a trigger in common.
 * A pool may show a campaign before it can determine its label.
 */
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

/** Whether two triggers have enough parts in common to be one. */
export function sharesTrigger(a: Trigger | undefined, b: Trigger | undefined): boolean {
  return shareParts(a, b, SAME) === true
}
