import { seededRandom } from '#core/random.ts'
import type { Campaign, Family, Spared } from '#core/score.ts'
import type { Channel } from '../calibrate/channel.ts'
import type { Group } from '../detector.ts'
import { likenessOf } from '../memory/repeats/likeness.ts'
import { isSameCause, type Recalibration, type SparedCause, type Traits } from '../memory/verdicts.ts'
import type { WindowView } from '../view/window-view.ts'
import { behaviourOf } from './campaigns.ts'
import { absoluteOdds, priorAgainst } from './fuse.ts'

/**
 * The share of the records to be spared that is still held, and its least number. Nobody learns which: verdicts on
 * these controls keep the estimate honest.
 */
const CONTROLS = { share: 0.1, least: 2 }

/** Two groups are nearly the same where they share at least this much of their records, |A∩B| ÷ |A∪B|. */
const NEARLY = 0.8

/** The families whose groups share a cause by which the next group of the kind is recognised. */
const WITH_CAUSES: readonly Family[] = ['trigger', 'flood']

export interface Recalibrated {
  readonly channels: Channel[]
  readonly spared: Spared[]
  readonly notes: string[]
}

/**
 * The channels of a window, corrected by what people judged before: a group with a cause that they released again and
 * again gets at most the risk that their releases leave possible, and a family whose single records they found harmless
 * needs more to hold one. Controls stay as they were. Families and causes without verdicts are left alone.
 */
export function recalibrate(
  view: WindowView,
  channels: readonly Channel[],
  { causes, shifts }: Recalibration,
): Recalibrated {
  if (causes.length === 0 && shifts.length === 0) return { channels: [...channels], spared: [], notes: [] }
  const spared = sparedGroups(view, channels, causes)
  const judged = channels.map((channel): Channel => {
    const { info, detection } = channel
    const shifted = { ...channel, logOdds: shiftedOdds(view, channel, shifts) }
    if (!WITH_CAUSES.includes(info.family)) return shifted
    const spare = (group: Group) => parted(group, info.family, spared.get(group))
    const [groups, extremes] = [detection.groups.flatMap(spare), channel.extremes.flatMap(spare)]
    const logOdds =
      detection.scale === 'absolute' ? absoluteOdds({ ...detection, groups }, info.family) : shifted.logOdds
    return { ...shifted, logOdds, extremes, detection: { ...detection, groups } }
  })
  const found = [...new Set(spared.values())]
  return {
    channels: judged,
    spared: found.map(({ cause, all }) => ({ cause: cause.id, members: all })),
    notes: found.map(({ cause, members }) => noteOf(cause, members.size)),
  }
}

/** A cause of little risk: which of its records in this window are spared; the others of its groups are controls. */
interface Leniency {
  readonly cause: SparedCause
  readonly members: ReadonlySet<number>
  /** The spared records and the controls together, ascending: a reader does not learn which are which. */
  readonly all: readonly number[]
}

/**
 * The groups of spared causes. Another detector's group of nearly the same records is the same campaign, unless it
 * names a behaviour that nobody released.
 */
function sparedGroups(
  view: WindowView,
  channels: readonly Channel[],
  causes: readonly SparedCause[],
): Map<Group, Leniency> {
  const candidates = channels
    .filter(({ info }) => WITH_CAUSES.includes(info.family))
    .flatMap(({ info, detection, extremes }) =>
      [...detection.groups, ...extremes].map((group) => ({ family: info.family, group })),
    )
  const known = candidates.flatMap(({ family, group }) => {
    const traits = traitsOf(view, family, group)
    const cause = traits === null ? undefined : causes.find((one) => isSameCause(one, traits))
    return cause === undefined ? [] : [{ family, group, cause }]
  })
  const alike = candidates.flatMap(({ family, group }) => {
    if (behaviourOf(group.trigger) !== undefined || known.some((one) => one.group === group)) return []
    const same = known.find((one) => one.family === family && isNearlyThe(group, one.group))
    return same === undefined ? [] : [{ ...same, group }]
  })
  const all = [...known, ...alike]
  const leniencies = new Map(
    [...new Set(all.map(({ cause }) => cause))].map((cause) => {
      const groups = all.filter((one) => one.cause === cause).map(({ group }) => group)
      const own = [...new Set(groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)
      return [cause, { cause, members: withoutControls(view, cause, own), all: own }] as const
    }),
  )
  return new Map(all.map(({ group, cause }) => [group, leniencies.get(cause)!]))
}

function isNearlyThe(group: Group, other: Group): boolean {
  const theirs = new Set(other.members)
  const both = group.members.filter((i) => theirs.has(i)).length
  return group.label === other.label && both >= NEARLY * (group.members.length + theirs.size - both)
}

function withoutControls(view: WindowView, cause: SparedCause, all: readonly number[]): Set<number> {
  const order = seededRandom(view.seed, `controls of ${cause.id} in ${all.join()}`).permutation(all.length)
  const controls = Math.max(CONTROLS.least, Math.ceil(CONTROLS.share * all.length))
  return new Set(Array.from(order.subarray(controls), (at) => all[at]!))
}

/** Splits a group of a spared cause in two: the controls as they were, and the others with at most the cause's risk. */
function parted(group: Group, family: Family, leniency: Leniency | undefined): Group[] {
  if (leniency === undefined) return [group]
  const { cause, members } = leniency
  const part = (isSpared: boolean, more: Partial<Group>): Group => {
    const places = Array.from(group.members.keys()).filter((at) => members.has(group.members[at]!) === isSpared)
    return {
      ...group,
      ...more,
      members: Int32Array.from(places, (at) => group.members[at]!),
      posterior: Float64Array.from(places, (at) => group.posterior[at]!),
    }
  }
  const most = priorAgainst(family) + Math.log(cause.risk / (1 - cause.risk))
  const rest = part(true, { evidence: Math.min(group.evidence, most) })
  return [part(false, {}), rest].filter(({ members: of }) => of.length > 0)
}

/** Adds a likeness, by which the next such campaign is recognised, to campaigns that have no trigger. */
export function withLikeness(campaigns: readonly Campaign[], view: WindowView): Campaign[] {
  return campaigns.map((campaign) => {
    if (!WITH_CAUSES.includes(campaign.family) || campaign.trigger !== undefined) return campaign
    const likeness = likenessOf(view, campaign.members)
    return likeness === null ? campaign : { ...campaign, likeness }
  })
}

/** The traits by which a campaign of these members would be recognised; null where there are none. */
function traitsOf(view: WindowView, family: Family, { label, trigger, members }: Group): Traits | null {
  const name = label < 0 ? undefined : view.labels?.names[label]
  const shared = { family, ...(name !== undefined && { label: name }) }
  if (trigger !== undefined) return { ...shared, trigger }
  const likeness = likenessOf(view, Array.from(members))
  return likeness === null ? null : { ...shared, likeness }
}

/** A relative channel's log-odds less the family's shift, except for records that are drawn as controls. */
function shiftedOdds(view: WindowView, { info, detection, logOdds }: Channel, shifts: Recalibration['shifts']) {
  const nats = shifts.find(({ family }) => family === info.family)?.nats ?? 0
  if (nats === 0 || detection.scale === 'absolute') return logOdds
  const random = seededRandom(view.seed, `controls of ${info.family}`)
  return logOdds.map((l) => (random.next() < CONTROLS.share ? l : l - nats))
}

function noteOf({ summary, released, people }: SparedCause, count: number): string {
  const who = people === 1 ? '1 person' : `${people} people`
  return `verdicts: ${count} records have little risk for what ${who} released ${released} times: ${summary}`
}
