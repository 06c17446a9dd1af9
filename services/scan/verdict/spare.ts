import { seededRandom } from '#core/random.ts'
import type { Campaign, Family, Spared } from '#core/score.ts'
import type { Channel } from '../calibrate/channel.ts'
import type { Group } from '../detector.ts'
import { likenessOf } from '../memory/likeness.ts'
import { isSameCause, type Recalibration, type SparedCause, type Traits } from '../memory/verdicts.ts'
import type { WindowView } from '../view/window-view.ts'
import { absoluteOdds, priorAgainst } from './fuse.ts'

/** Of what would be spared so much is held all the same, and nobody is told which: what people say of it keeps the estimate honest. */
const CONTROLS = { share: 0.1, least: 2 }

/** The families whose groups share something that the next of their kind can be known by. */
const WITH_CAUSES: readonly Family[] = ['trigger', 'flood']

export interface Recalibrated {
  readonly channels: Channel[]
  readonly spared: Spared[]
  readonly notes: string[]
}

/**
 * What is said of a window, with what people have judged before: a group of a cause that they released again and again has no more risk than they leave
 * possible, and a family that they found harmless by itself needs more to hold a record alone. Controls are left as they were. A family or cause
 * that nobody judged is left alone.
 */
export function recalibrate(
  view: WindowView,
  channels: readonly Channel[],
  { causes, shifts }: Recalibration,
): Recalibrated {
  if (causes.length === 0 && shifts.length === 0) return { channels: [...channels], spared: [], notes: [] }
  const found = new Map<SparedCause, Set<number>>()
  const judged = channels.map((channel): Channel => {
    const { info, detection } = channel
    const shifted = { ...channel, logOdds: shiftedOdds(view, channel, shifts) }
    if (!WITH_CAUSES.includes(info.family)) return shifted
    const spare = (group: Group) => sparedGroup(view, info.family, group, causes, found)
    const [groups, extremes] = [detection.groups.flatMap(spare), channel.extremes.flatMap(spare)]
    const logOdds =
      detection.scale === 'absolute' ? absoluteOdds({ ...detection, groups }, info.family) : shifted.logOdds
    return { ...shifted, logOdds, extremes, detection: { ...detection, groups } }
  })
  return {
    channels: judged,
    spared: [...found].map(([{ id }, members]) => ({ cause: id, members: [...members].sort((a, b) => a - b) })),
    notes: [...found].map(([cause, members]) => noteOf(cause, members.size)),
  }
}

/** A group of a spared cause in two: the controls as they were, and the others with no more risk than the cause has. */
function sparedGroup(
  view: WindowView,
  family: Family,
  group: Group,
  causes: readonly SparedCause[],
  found: Map<SparedCause, Set<number>>,
): Group[] {
  const traits = traitsOf(view, family, group)
  const cause = traits === null ? undefined : causes.find((one) => isSameCause(one, traits))
  if (cause === undefined) return [group]
  const size = group.members.length
  const order = seededRandom(view.seed, `controls of ${cause.id} in ${group.members.join()}`).permutation(size)
  const isControl = new Set(order.subarray(0, Math.max(CONTROLS.least, Math.ceil(CONTROLS.share * size))))
  const part = (control: boolean, more: Partial<Group>): Group => {
    const places = Array.from(group.members.keys()).filter((at) => isControl.has(at) === control)
    return {
      ...group,
      ...more,
      members: Int32Array.from(places, (at) => group.members[at]!),
      posterior: Float64Array.from(places, (at) => group.posterior[at]!),
    }
  }
  const most = priorAgainst(family) + Math.log(cause.risk / (1 - cause.risk))
  const rest = part(false, { evidence: Math.min(group.evidence, most) })
  const members = found.get(cause) ?? new Set<number>()
  for (const i of rest.members) members.add(i)
  found.set(cause, members)
  return [part(true, {}), rest].filter(({ members: of }) => of.length > 0)
}

/** The campaigns with what their next one would be known by, where it is no trigger. */
export function withLikeness(campaigns: readonly Campaign[], view: WindowView): Campaign[] {
  return campaigns.map((campaign) => {
    if (!WITH_CAUSES.includes(campaign.family) || campaign.trigger !== undefined) return campaign
    const likeness = likenessOf(view, campaign.members)
    return likeness === null ? campaign : { ...campaign, likeness }
  })
}

/** What a campaign of these members would be known by; null where there is nothing. */
function traitsOf(view: WindowView, family: Family, { label, trigger, members }: Group): Traits | null {
  const name = label < 0 ? undefined : view.labels?.names[label]
  const shared = { family, ...(name !== undefined && { label: name }) }
  if (trigger !== undefined) return { ...shared, trigger }
  const likeness = likenessOf(view, Array.from(members))
  return likeness === null ? null : { ...shared, likeness }
}

/** Controls are drawn among the records that would be spared. */
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
