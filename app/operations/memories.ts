import { AppError } from '#core/errors.ts'
import type { Family } from '#core/score.ts'
import type { LeftOut } from '#core/sidecar.ts'
import type { NewAdmitted } from '#runtime/catalog/catalog.ts'
import type { MemoryMark } from '#runtime/catalog/memory-marks.ts'
import { hasTaughtEnough } from '#services/scan/calibrate/history.ts'
import { isOfDrift } from '#services/scan/drift/drift.ts'
import { namedIn, type Named } from '#services/scan/memory/accounts.ts'
import { askedIn, isAsked } from '#services/scan/memory/members.ts'
import { foundIn, type Found, type Memory } from '#services/scan/memory/memory.ts'
import {
  NO_VERDICTS,
  precisionOf,
  recalibration,
  type SparedCause,
  type Verdicts,
} from '#services/scan/memory/verdicts.ts'
import type { OpenedMemory } from '#services/scan/memory/kept/open-memory.ts'
import { readScores } from '../read-window.ts'
import { keptMemories, lastOrdinal, marking, newestKept, storedMemories } from './kept-memories.ts'
import { admittedOf, stillAdmitted } from './recalls.ts'
import { withSaid } from './repeats.ts'
import { datasetOf, type SigningSystem, type System } from '../system.ts'

/** What a dataset's memory is, for the windows that are staged from now on. */
export interface MemoryStatus {
  readonly dataset: string
  /** After how many windows one is made; null where nothing is remembered. */
  readonly every: number | null
  /** Windows up to which one is kept that counts, by ordinal: what a rollback may go back to. */
  readonly kept: readonly number[]
  /** How many are stored, and how many of these a prune would remove. */
  readonly stored: { readonly memories: number; readonly outlived: number }
  /** The furthest of them; null where there is none yet. */
  readonly newest: {
    readonly through: number
    readonly sha256: string
    /** Windows that taught it. */
    readonly windows: number
    readonly channels: number
    /** Whether enough of them did for a window to end certified. */
    readonly certified: boolean
    /** Campaigns that many windows together have shown, and how many records that were admitted they have. */
    readonly campaigns: number
    readonly found: number
    /** Windows whose records are in the pool, and what there was no room for of what they would have given. */
    readonly pool: { readonly windows: number; readonly leftOut: LeftOut }
    /** What repeats itself over windows more than the dataset does otherwise. Nothing is held or recalled for it until a person calls it poison. */
    readonly repeats: readonly Repeat[]
    /** Contributors that bring too many of the riskiest records, the surest first. */
    readonly named: readonly Pick<Named, 'name' | 'says' | 'evidence'>[]
    /** What people's verdicts say of it, and what follows from them. */
    readonly verdicts: JudgedStatus
  } | null
  readonly marks: readonly MemoryMark[]
}

export interface Repeat {
  readonly id: string
  readonly summary: string
  readonly records: number
  /** Whether a person called it natural: nobody is asked about it. */
  readonly isNatural: boolean
}

/** Of what was held, as people judged it. */
export interface JudgedStatus {
  readonly families: readonly {
    readonly family: Family
    /** Windows' findings that were released, and that were rejected. */
    readonly released: number
    readonly rejected: number
    /** How much of it was poison: the mean of a beta posterior, and where nine in ten of it lie. */
    readonly precision: { readonly mean: number; readonly low: number; readonly high: number }
    /** Log-odds that a record needs more before the family alone holds it. */
    readonly shift: number
  }[]
  /** Causes whose next campaign is spared, but for the controls. */
  readonly spared: readonly Pick<SparedCause, 'id' | 'family' | 'summary' | 'risk' | 'released' | 'people'>[]
  /** Findings that were judged so far, and how many of them were rejected, after each window behind which people judged some. */
  readonly curve: readonly { readonly through: number; readonly verdicts: number; readonly rejected: number }[]
}

/** Throws `not_found` for another dataset. */
export async function memoryStatus(system: System, dataset: string): Promise<MemoryStatus> {
  const { memory } = datasetOf(system, dataset).dataset
  const newest = await newestKept(system, dataset)
  return {
    dataset,
    every: memory === false ? null : memory.every,
    kept: await keptMemories(system, dataset),
    stored: await storedMemories(system, dataset),
    newest: newest === null ? null : summaryOf({ ...newest, memory: await withSaid(system, newest.memory) }),
    marks: await system.catalog.memories.marks(dataset),
  }
}

/** What a dataset's newest memory has heard of people, and what repeats itself in it; null where none is kept. */
export async function taughtBy(
  system: SigningSystem,
  dataset: string,
): Promise<Pick<NonNullable<MemoryStatus['newest']>, 'verdicts' | 'repeats'> | null> {
  const newest = await newestKept(system, dataset)
  if (newest === null) return null
  const { verdicts, repeats } = summaryOf({ ...newest, memory: await withSaid(system, newest.memory) })
  return { verdicts, repeats }
}

function summaryOf({ memory, ref }: OpenedMemory): NonNullable<MemoryStatus['newest']> {
  const { history, pools = [], campaigns = [], accounts = [], verdicts = NO_VERDICTS } = memory
  const leftOut = (of: keyof LeftOut) => pools.reduce((sum, pool) => sum + (pool.leftOut?.[of] ?? 0), 0)
  const asked = askedIn(campaigns)
  const found = foundIn(memory)
  return {
    ...ref,
    windows: history.windows,
    channels: Object.keys(history.channels).filter((channel) => !isOfDrift(channel)).length,
    certified: hasTaughtEnough(history),
    campaigns: campaigns.length - asked.size,
    found: found.filter(({ campaign }) => !asked.has(campaign)).length,
    pool: {
      windows: pools.length,
      leftOut: {
        records: leftOut('records'),
        columns: leftOut('columns'),
        prints: leftOut('prints'),
        words: leftOut('words'),
      },
    },
    repeats: campaigns.filter(isAsked).map(({ id, summary, natural }) => ({
      id,
      summary,
      records: found.filter(({ campaign }) => campaign === id).length,
      isNatural: natural !== undefined,
    })),
    named: namedIn(accounts).map(({ name, says, evidence }) => ({ name, says, evidence })),
    verdicts: judgedIn(verdicts),
  }
}

function judgedIn(verdicts: Verdicts): JudgedStatus {
  const { causes, shifts } = recalibration(verdicts)
  return {
    families: verdicts.families.map((judged) => {
      const { released, rejected, ...precision } = precisionOf(judged)
      const shift = shifts.find(({ family }) => family === judged.family)?.nats ?? 0
      return { family: judged.family, released, rejected, precision, shift }
    }),
    spared: causes.map(({ id, family, summary, risk, released, people }) => ({
      id,
      family,
      summary,
      risk,
      released,
      people,
    })),
    curve: verdicts.curve.map(([through, released, rejected]) => ({
      through,
      verdicts: released + rejected,
      rejected,
    })),
  }
}

/**
 * Has the memory begin anew: windows that are staged from now on are taught by one another alone. Windows that are staged already are
 * judged as they would have been. Throws `not_found` for a dataset without windows.
 */
export function resetMemory(system: System, dataset: string, reason: string): Promise<MemoryMark> {
  datasetOf(system, dataset)
  return system.catalog.memories.mark(dataset, { keeps: 0, reason, actor: system.actor })
}

/**
 * The same, but what the windows up to `to` taught stays; so a reset is undone as long as no window was staged since. Throws `not_found` (`no_memory`) where no memory is kept up
 * to there, `conflict` (`lease_held`) while memories are removed.
 */
export async function rollBackMemory(
  system: System,
  dataset: string,
  { to, reason }: { readonly to: number; readonly reason: string },
): Promise<MemoryMark> {
  datasetOf(system, dataset)
  await using _ = await marking(system, dataset)
  // a mark behind the last window has nobody behind it yet: this one takes its place
  const kept = await keptMemories(system, dataset, await lastOrdinal(system, dataset))
  if (!kept.includes(to)) {
    const there = kept.length === 0 ? 'none is kept' : `there are those up to ${kept.join(', ')}`
    throw new AppError('not_found', `${dataset} has no memory up to window ${to}: ${there}`, { reason: 'no_memory' })
  }
  return system.catalog.memories.mark(dataset, { keeps: to, reason, actor: system.actor })
}

/** A record that was admitted, and that the windows behind it have shown to belong to a campaign. */
export interface SuggestedRecall {
  readonly record: string
  /** Ordinal of its window. */
  readonly window: number
  readonly campaign: string
  /** That it belongs to the campaign. */
  readonly logOdds: number
}

/**
 * What the memory would have recalled, and nobody has recalled yet; the surest first. A person decides over it. Of campaigns that a person is only asked about there is something where one is named.
 */
export async function suggestedRecalls(
  system: SigningSystem,
  dataset: string,
  campaign?: string,
): Promise<SuggestedRecall[]> {
  datasetOf(system, dataset)
  const newest = await newestKept(system, dataset)
  if (newest === null) return []
  const asked = askedIn(newest.memory.campaigns)
  const isWanted = (of: Found) => (campaign === undefined ? !asked.has(of.campaign) : of.campaign === campaign)
  const { suggested } = await foundRecords(system, dataset, newest.memory, isWanted)
  const names = suggested.map(({ record }) => record)
  const admitted = new Set(await stillAdmitted(system, dataset, names))
  return suggested
    .filter(({ record }) => admitted.has(record))
    .map(({ record, window, campaign, logOdds }) => ({ record, window, campaign, logOdds }))
    .sort((a, b) => b.logOdds - a.logOdds)
}

/** The same with the row that a recall brings to the catalog. */
export interface FoundRecord extends SuggestedRecall {
  readonly admitted: NewAdmitted
}

/** What a memory has found among what was admitted, in committed windows; `waiting` says whether windows that it has found some in are not committed yet. */
export async function foundRecords(
  system: SigningSystem,
  dataset: string,
  memory: Memory,
  isWanted: (found: Found) => boolean = () => true,
): Promise<{ readonly suggested: FoundRecord[]; readonly waiting: boolean }> {
  const suggested: FoundRecord[] = []
  let waiting = false
  for (const [ordinal, found] of Map.groupBy(foundIn(memory).filter(isWanted), ({ window }) => window)) {
    const [row] = await system.catalog.windows.list({ dataset, after: ordinal - 1, upTo: ordinal, state: 'committed' })
    if (row === undefined) {
      waiting = true
      continue
    }
    const places = new Map(found.map((one) => [one.index, one]))
    for (const admitted of admittedOf(await readScores(system, row), ({ index }) => places.has(index))) {
      const { campaign, logOdds } = places.get(admitted.index)!
      suggested.push({ record: admitted.record, window: ordinal, campaign, logOdds, admitted })
    }
  }
  return { suggested, waiting }
}
