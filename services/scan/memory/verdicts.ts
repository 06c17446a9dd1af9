import type { Campaign, Family } from '#core/score.ts'
import type { ScoredRecord, Sidecar } from '#core/sidecar.ts'
import { alikeness } from './repeats/likeness.ts'
import { partsOf, shareParts } from './trigger-parts.ts'

/** What people said of what was held, as a memory keeps it. Sums: nothing of it fades. */
export interface Verdicts {
  /** Causes of campaigns that somebody judged, those judged last at the end. */
  readonly causes: readonly JudgedCause[]
  readonly families: readonly JudgedFamily[]
  /** Windows that were judged so far after each window behind which people judged some: released, rejected. */
  readonly curve: readonly (readonly [through: number, released: number, rejected: number])[]
}

export type Traits = Pick<Campaign, 'family' | 'label' | 'trigger' | 'likeness'>

export interface JudgedCause extends Traits {
  readonly id: string
  readonly summary: string
  readonly by: readonly Tally[]
}

export interface JudgedFamily {
  readonly family: Family
  readonly by: readonly Tally[]
  /** Of records that nothing but themselves spoke against. */
  readonly alone: readonly Tally[]
}

/** How many windows' findings of one kind a person released, and how many they rejected. */
export interface Tally {
  readonly name: string
  readonly released: number
  readonly rejected: number
}

/** What one person said of one window, all of it that was heard at once. */
export interface Verdict {
  readonly reviewer: string
  readonly said: 'released' | 'rejected'
  readonly records: ReadonlySet<string>
  /** False where it is taken back. */
  readonly stands: boolean
}

/** A cause that people released again and again: its next campaign is judged with the share of poison that they leave possible. */
export interface SparedCause extends Traits {
  readonly id: string
  readonly summary: string
  /** The most of it that may be poison. */
  readonly risk: number
  /** Campaigns that were released, and by how many people. */
  readonly released: number
  readonly people: number
}

/** What verdicts change of a scan. */
export interface Recalibration {
  readonly causes: readonly SparedCause[]
  /** Log-odds that a record has to have more before its family alone holds it; nobody judged those that are not named. */
  readonly shifts: readonly { readonly family: Family; readonly nats: number }[]
}

/** The share of poison is what it is at most with this probability. */
const SURE = 0.95
/** From here on a cause is spared: what is held at this risk is as likely innocent as not. */
const SPARED = 0.5
/** No cause is taken for more innocent than this. */
const LEAST_RISK = 0.1
/** Campaigns that one person's releases count for, of one cause; and releases that one rejection outweighs. */
const MOST_OF_ONE = 8
const REJECTION = 8
/** Nats by which one person, and all together, make a family that was judged harmless less sensitive. */
const SHIFT = { one: 1, all: 2 }
/** Of what a verdict is about so much has to be released: one innocent that was picked says nothing of the others. */
const MOST_OF_IT = 0.5
/** Traits with so much in common are of one cause. */
export const SAME = 0.7
const KEPT = { causes: 256, curve: 32 }

export const NO_VERDICTS: Verdicts = { causes: [], families: [], curve: [] }
export const NOTHING_JUDGED: Recalibration = { causes: [], shifts: [] }

/** The verdicts with what people said of one window. Pure: whoever hears the same of the same windows in the same order has the same. */
export function withVerdict(before: Verdicts, sidecar: Sidecar, verdict: Verdict): Verdicts {
  const { reviewer, said, records, stands } = verdict
  const change: Change = { name: reviewer, said, by: stands ? 1 : -1 }
  const judged = sidecar.records.filter(({ id }) => records.has(id))
  const held = sidecar.records.filter(({ decision }) => decision !== 'admit')
  const ofCause = new Set<number>()
  const reached = new Set<string>()
  let causes = [...before.causes]
  for (const campaign of sidecar.campaigns.filter(hasTraits)) {
    for (const i of campaign.members) ofCause.add(i)
    if (!isSaidOf(said, campaign.members, judged)) continue
    causes = withCause(causes, campaign, change)
    reached.add(causes.at(-1)!.id)
  }
  if (said === 'rejected') {
    const places = new Set(judged.map(({ index }) => index))
    for (const { cause, members } of sidecar.spared ?? []) {
      const known = causes.find(({ id }) => id === cause)
      if (known !== undefined && !reached.has(cause) && members.some((i) => places.has(i)))
        causes = withCause(causes, known, change)
    }
  }
  let families = [...before.families]
  for (const family of new Set(judged.flatMap(familyOf))) {
    const of = held.filter((record) => familyOf(record)[0] === family)
    const alone = of.filter(({ index }) => !ofCause.has(index)).map(({ index }) => index)
    const all = of.map(({ index }) => index)
    if (!isSaidOf(said, all, judged)) continue
    const known = families.find((one) => one.family === family) ?? { family, by: [], alone: [] }
    const now = {
      family,
      by: tallied(known.by, change),
      alone: isSaidOf(said, alone, judged) ? tallied(known.alone, change) : known.alone,
    }
    families = [...families.filter((one) => one !== known), now]
  }
  families.sort((a, b) => (a.family < b.family ? -1 : 1))
  return { ...before, causes: causes.slice(-KEPT.causes), families }
}

/** The verdicts with where their sums stand after a window. */
export function withCurve(verdicts: Verdicts, through: number): Verdicts {
  const sums = verdicts.families.flatMap(({ by }) => by)
  const total = (of: 'released' | 'rejected') => sums.reduce((sum, tally) => sum + tally[of], 0)
  const curve = [...verdicts.curve, [through, total('released'), total('rejected')] as const]
  return { ...verdicts, curve: curve.slice(-KEPT.curve) }
}

/** What a scan makes of them. */
export function recalibration({ causes, families }: Verdicts): Recalibration {
  return {
    causes: causes.flatMap((cause) => {
      const risk = riskOf(cause.by)
      if (risk >= SPARED) return []
      const { by, ...traits } = cause
      const releasing = by.filter(({ released }) => released > 0)
      const released = releasing.reduce((sum, tally) => sum + tally.released, 0)
      return [{ ...traits, risk, released, people: releasing.length }]
    }),
    shifts: families.flatMap(({ family, alone }) => {
      const nats = alone.reduce((sum, tally) => sum + shiftOf(tally), 0)
      return nats > 0 ? [{ family, nats: Math.min(SHIFT.all, nats) }] : []
    }),
  }
}

/** How much of what a family held was poison, as people judged it: the mean of a beta posterior, and where nine in ten of it lie. */
export function precisionOf({ by }: Pick<JudgedFamily, 'by'>) {
  const released = by.reduce((sum, tally) => sum + tally.released, 0)
  const rejected = by.reduce((sum, tally) => sum + tally.rejected, 0)
  const [a, b] = [1 + rejected, 1 + released]
  return { released, rejected, mean: a / (a + b), low: betaQuantile(a, b, 1 - SURE), high: betaQuantile(a, b, SURE) }
}

/** Whether two campaigns share a cause: their trigger or, without one, what their members are like; and family and label. */
export function isSameCause(a: Traits, b: Traits): boolean {
  if (a.family !== b.family || a.label !== b.label) return false
  if (a.trigger !== undefined || b.trigger !== undefined)
    return shareParts(a.trigger, b.trigger, SAME) === true && isSameBehaviour(a.trigger, b.trigger)
  return a.likeness !== undefined && b.likeness !== undefined && alikeness(a.likeness, b.likeness) >= SAME
}

/** Whether two triggers bring the same: what was released after a prompt says nothing of another answer to it. */
function isSameBehaviour(a: Traits['trigger'], b: Traits['trigger']): boolean {
  const [ours, theirs] = [a, b].map((trigger) => (trigger?.kind === 'tokens' ? (trigger.behaviour ?? []) : []))
  return ours!.length === theirs!.length && ours!.every((one) => theirs!.includes(one))
}

function hasTraits({ trigger, likeness }: Traits): boolean {
  return likeness !== undefined || (trigger !== undefined && partsOf(trigger) !== null)
}

interface Change {
  readonly name: string
  readonly said: Verdict['said']
  readonly by: 1 | -1
}

/** Anything of it that was rejected says that it is poison; most of it has to be released to say that it is none. */
function isSaidOf(said: Verdict['said'], members: readonly number[], judged: readonly ScoredRecord[]): boolean {
  const places = new Set(judged.map(({ index }) => index))
  const named = members.filter((i) => places.has(i)).length
  return named > 0 && (said === 'rejected' || named >= MOST_OF_IT * members.length)
}

function familyOf({ issues }: ScoredRecord): Family[] {
  return issues.slice(0, 1).map(({ family }) => family)
}

function withCause(causes: readonly JudgedCause[], campaign: Traits & { id: string; summary: string }, change: Change) {
  const known = causes.find((cause) => isSameCause(cause, campaign))
  const { id, summary, family, label, trigger, likeness } = known ?? campaign
  const cause: JudgedCause = {
    id,
    summary,
    family,
    ...(label !== undefined && { label }),
    ...(trigger !== undefined && { trigger }),
    ...(likeness !== undefined && { likeness }),
    by: tallied(known?.by ?? [], change),
  }
  return [...causes.filter((one) => one !== known), cause]
}

function tallied(by: readonly Tally[], { name, said, by: step }: Change): Tally[] {
  const known = by.find((tally) => tally.name === name) ?? { name, released: 0, rejected: 0 }
  const now = { ...known, [said]: Math.max(0, known[said] + step) }
  return [...by.filter((tally) => tally !== known), now].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The most of a cause that may be poison. */
function riskOf(by: readonly Tally[]): number {
  const released = by.reduce((sum, tally) => sum + Math.min(MOST_OF_ONE, tally.released), 0)
  const rejected = by.reduce((sum, tally) => sum + tally.rejected, 0)
  return Math.max(LEAST_RISK, betaQuantile(1 + REJECTION * rejected, 1 + released, SURE))
}

function shiftOf({ released, rejected }: Tally): number {
  const high = betaQuantile(1 + rejected, 1 + released, SURE)
  return Math.min(SHIFT.one, Math.max(0, Math.log((1 - high) / high)))
}

/** Quantile of a beta distribution of whole parameters, by bisection: it lies below x as often as of a + b − 1 throws a or more succeed. */
function betaQuantile(a: number, b: number, probability: number): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 40; step++) {
    const x = (low + high) / 2
    if (binomialTail(a + b - 1, a, x) < probability) low = x
    else high = x
  }
  return (low + high) / 2
}

function binomialTail(throws: number, least: number, rate: number): number {
  let log = throws * Math.log1p(-rate)
  let sum = 0
  for (let k = 0; k <= throws; k++) {
    if (k >= least) sum += Math.exp(log)
    log += Math.log(((throws - k) / (k + 1)) * (rate / (1 - rate)))
  }
  return sum
}
