import type { Campaign } from '#core/score.ts'
import type { PoolRow } from '../places/named.ts'
import type { FollowedLead, Follower, Lead } from './leads.ts'

/** The records of all windows that follow the leads of a campaign which the pool showed. */
export interface Followed {
  /** The campaign's place in the list of the pool's campaigns. */
  readonly campaign: number
  readonly leads: readonly Lead[]
  /** Log-odds that a record that follows one of the leads is a member, by those that the pool has. */
  readonly logOdds: number
  readonly members: readonly Follower[]
}

/** Of the pool's records that follow a lead of a campaign, this share at least are its members. */
const MEMBERS = 0.8
/** Of a campaign's members, this share at least follow one of its leads: one of several answers has a lead of its own. */
const COVERED = 0.5
/** A campaign of which more have a key of some lead was given to the pool, and is not what windows are like. */
const GIVEN = 0.5

/**
 * The campaigns that are leads which the pool's scan confirmed, and all that follow them. `from` is where each record of
 * the pool is from. Pure.
 */
export function followedIn(
  campaigns: readonly Pick<Campaign, 'family' | 'members'>[],
  all: readonly FollowedLead[],
  from: readonly PoolRow[],
): Followed[] {
  const placeOf = ({ part, index }: PoolRow) => `${part}/${index}`
  const pooled = new Map(from.map((row, i) => [placeOf(row), i]))
  const known = all.map((lead) => ({
    ...lead,
    here: lead.followers.flatMap((follower) => pooled.get(placeOf(follower)) ?? []),
  }))
  return campaigns.flatMap(({ family, members }, campaign) => {
    if (family !== 'trigger') return []
    const own = new Set(members)
    const commonIn = (here: readonly number[]) => here.filter((i) => own.has(i)).length
    const leads = known.filter(({ here }) => here.length > 0 && commonIn(here) >= MEMBERS * here.length)
    const here = [...new Set(leads.flatMap((lead) => lead.here))]
    const common = commonIn(here)
    if (common === 0 || common < COVERED * own.size) return []
    const followers = new Map(leads.flatMap((lead) => lead.followers.map((one) => [placeOf(one), one])))
    const logOdds = Math.log((common + 0.5) / (here.length - common + 0.5))
    const keys = leads.map(({ asked, answered }) => ({ asked, answered }))
    return [{ campaign, leads: keys, logOdds, members: [...followers.values()] }]
  })
}

/**
 * The places of campaigns that follow no lead, and of whose records most have a key of one: the pool has more of them
 * than its windows have, and not all that speaks against them. `telling` are the pool's records with such a key.
 */
export function overdrawn(
  campaigns: readonly Pick<Campaign, 'members'>[],
  followed: readonly Followed[],
  telling: readonly number[],
): number[] {
  const given = new Set(telling)
  return campaigns.flatMap(({ members }, at) => {
    const isFollowed = followed.some(({ campaign }) => campaign === at)
    return !isFollowed && members.filter((i) => given.has(i)).length > GIVEN * members.length ? [at] : []
  })
}
