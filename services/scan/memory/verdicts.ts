import type { Campaign, Family } from '#core/score.ts'
import type { ScoredRecord, Sidecar } from '#core/sidecar.ts'
import { logTailOfBinomial } from '../numeric/binomial.ts'
import { alikeness } from './repeats/likeness.ts'
import { partsOf, shareParts } from './trigger-parts.ts'

/** People's verdicts on held records, as a memory keeps them. All numbers are sums; none fades. */
export interface Verdicts {
  /** The causes of campaigns that people judged, the last judged at the end. */
  readonly causes: readonly JudgedCause[]
  readonly families: readonly JudgedFamily[]
  /**
   * After each window behind which people judged some: how many windows' findings were released and rejected so far.
   */
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
  /** The same for records that belong to no cause: only their own scores speak against them. */
  readonly alone: readonly Tally[]
}

/** How many windows' findings of one kind a person released, and how many rejected. */
export interface Tally {
  readonly name: string
  readonly released: number
  readonly rejected: number
}

/** One person's verdict on one window, as far as it was read at once. */
export interface Verdict {
  readonly reviewer: string
  readonly said: 'released' | 'rejected'
  readonly records: ReadonlySet<string>
  /** False where it is taken back. */
  readonly stands: boolean
}

/**
 * A cause that people released again and again: its next campaign gets at most the risk that the releases leave
 * possible.
 */
export interface SparedCause extends Traits {
  readonly id: string
  readonly summary: string
  /** The highest share of it that may be poison. */
  readonly risk: number
  /** Campaigns that were released, and by how many people. */
  readonly released: number
  readonly people: number
}

/** The corrections of a scan by people's verdicts. */
export interface Recalibration {
  readonly causes: readonly SparedCause[]
  /** For each judged family: by how many nats a record's log-odds are reduced before its family alone holds it. */
  readonly shifts: readonly { readonly family: Family; readonly nats: number }[]
}

/** The probability of the upper bounds on a share of poison. */
const SURE = 0.95
/** A cause is spared below this risk: a record held at it is as likely innocent as not. */
const SPARED = 0.5
/** The least risk of a cause. */
const LEAST_RISK = 0.1
/** The most releases of one cause by one person that count, and how many releases one rejection outweighs. */
const MOST_OF_ONE = 8
const REJECTION = 8
/** The most nats by which one person, and all people together, make a harmless family less sensitive. */
const SHIFT = { one: 1, all: 2 }
/**
 * A verdict releases a cause or family only where it releases at least this share of its records: one released record
 * shows nothing about the others.
 */
const MOST_OF_IT = 0.5
/** Traits with at least this share in common belong to one cause. */
export const SAME = 0.7
const KEPT = { causes: 256, curve: 32 }

export const NO_VERDICTS: Verdicts = { causes: [], families: [], curve: [] }
export const NOTHING_JUDGED: Recalibration = { causes: [], shifts: [] }

/**
 * The verdicts with one more verdict on a window. Pure: the same verdicts on the same windows in the same order give
 * the same result.
 */
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

/** The verdicts with their sums after a window added to the curve. */
export function withCurve(verdicts: Verdicts, through: number): Verdicts {
  const sums = verdicts.families.flatMap(({ by }) => by)
  const total = (of: 'released' | 'rejected') => sums.reduce((sum, tally) => sum + tally[of], 0)
  const curve = [...verdicts.curve, [through, total('released'), total('rejected')] as const]
  return { ...verdicts, curve: curve.slice(-KEPT.curve) }
}

/** The corrections that the verdicts make to a scan. */
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

/** Whether the cause of a campaign is one that people released so often that it is spared, by these verdicts. */
export function harmlessBy(verdicts: Verdicts = NO_VERDICTS): (campaign: Traits) => boolean {
  const { causes } = recalibration(verdicts)
  return (campaign) => causes.some((cause) => isSameCause(cause, campaign))
}

/**
 * The share of poison among what a family held, by people's verdicts: the mean of a beta posterior, and the interval
 * with nine tenths of it.
 */
export function precisionOf({ by }: Pick<JudgedFamily, 'by'>) {
  const released = by.reduce((sum, tally) => sum + tally.released, 0)
  const rejected = by.reduce((sum, tally) => sum + tally.rejected, 0)
  const [a, b] = [1 + rejected, 1 + released]
  return { released, rejected, mean: a / (a + b), low: betaQuantile(a, b, 1 - SURE), high: betaQuantile(a, b, SURE) }
}

/**
 * Whether two campaigns share a cause: the same family and label, and the same trigger or, without one, a like
 * likeness.
 */
export function isSameCause(a: Traits, b: Traits): boolean {
  if (a.family !== b.family || a.label !== b.label) return false
  if (a.trigger !== undefined || b.trigger !== undefined)
    return shareParts(a.trigger, b.trigger, SAME) === true && isSameBehaviour(a.trigger, b.trigger)
  return a.likeness !== undefined && b.likeness !== undefined && alikeness(a.likeness, b.likeness) >= SAME
}

/**
 * Whether two triggers have the same behaviour: a release of one answer to a prompt does not cover another answer to
 * it.
 */
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

/**
 * Whether a verdict is about these members: one rejected member is enough to call them poison; at least half must be
 * released to call them harmless.
 */
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

/** The highest share of a cause that may be poison, at least LEAST_RISK. */
function riskOf(by: readonly Tally[]): number {
  const released = by.reduce((sum, tally) => sum + Math.min(MOST_OF_ONE, tally.released), 0)
  const rejected = by.reduce((sum, tally) => sum + tally.rejected, 0)
  return Math.max(LEAST_RISK, betaQuantile(1 + REJECTION * rejected, 1 + released, SURE))
}

function shiftOf({ released, rejected }: Tally): number {
  const high = betaQuantile(1 + rejected, 1 + released, SURE)
  return Math.min(SHIFT.one, Math.max(0, Math.log((1 - high) / high)))
}

/**
 * The quantile of a beta distribution with whole parameters, by bisection: P(X ≤ x) is the probability of a or more
 * successes in a + b − 1 trials of rate x.
 */
function betaQuantile(a: number, b: number, probability: number): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 40; step++) {
    const x = (low + high) / 2
    if (logTailOfBinomial(a + b - 1, a, x) < Math.log(probability)) low = x
    else high = x
  }
  return (low + high) / 2
}
