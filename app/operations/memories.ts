import { AppError } from '#core/errors.ts'
import { isOfLaterVersion } from '#core/later-version.ts'
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
import {
  keptMemories,
  lastOrdinal,
  listMemories,
  marking,
  newestKept,
  newestStored,
  storedMemories,
} from './kept-memories.ts'
import { admittedOf, stillAdmitted } from './recalls.ts'
import { withSaid } from './repeats.ts'
import { datasetOf, type SigningSystem, type System } from '../system.ts'

/** The state of a dataset's memory, for the windows that are staged from now on. */
export interface MemoryStatus {
  readonly dataset: string
  /** A memory is made after this many windows; null if nothing is remembered. */
  readonly every: number | null
  /** The ordinals of the windows up to which a valid memory is stored: a rollback may go back to these. */
  readonly kept: readonly number[]
  /** How many are stored, and how many of these a prune would remove; null where a newer version alone can tell. */
  readonly stored: { readonly memories: number; readonly outlived: number | null }
  /** The last of them; null if there is none yet, or if a newer version wrote it. */
  readonly newest: {
    readonly through: number
    readonly sha256: string
    /** The number of windows that taught it. */
    readonly windows: number
    readonly channels: number
    /** Whether enough windows taught it for the next ones to be certified. */
    readonly certified: boolean
    /** The number of campaigns that only many windows together have shown, and of their admitted records. */
    readonly campaigns: number
    readonly found: number
    /** The number of windows whose records are in the pool, and what did not fit into it. */
    readonly pool: { readonly windows: number; readonly leftOut: LeftOut }
    /**
     * What repeats over windows more than is usual in the dataset. Nothing is held or recalled for it until a person calls it
     * poison.
     */
    readonly repeats: readonly Repeat[]
    /** Contributors that bring too many of the riskiest records, the most certain first. */
    readonly named: readonly Pick<Named, 'name' | 'says' | 'evidence'>[]
    /** What people's verdicts say about it, and what follows from them. */
    readonly verdicts: JudgedStatus
  } | null
  /** The last of them where a newer version wrote it, which this one cannot read; null otherwise. */
  readonly newer: { readonly through: number; readonly path: string; readonly says: string } | null
  readonly marks: readonly MemoryMark[]
}

export interface Repeat {
  readonly id: string
  readonly summary: string
  readonly records: number
  /** Whether a person called it natural, so that nobody is asked about it. */
  readonly isNatural: boolean
}

/** Verdicts of people on what was held. */
export interface JudgedStatus {
  readonly families: readonly {
    readonly family: Family
    /** The number of windows' findings that were released, and that were rejected. */
    readonly released: number
    readonly rejected: number
    /** The share of them that was poison: the mean of a beta posterior, and its 90 % interval. */
    readonly precision: { readonly mean: number; readonly low: number; readonly high: number }
    /** The additional log-odds that a record needs before the family alone holds it. */
    readonly shift: number
  }[]
  /** Causes whose next campaign is spared, except for the controls. */
  readonly spared: readonly Pick<SparedCause, 'id' | 'family' | 'summary' | 'risk' | 'released' | 'people'>[]
  /** After each window after which people judged findings: how many were judged so far, and how many of those were rejected. */
  readonly curve: readonly { readonly through: number; readonly verdicts: number; readonly rejected: number }[]
}

/** Throws `not_found` for an unknown dataset. */
export async function memoryStatus(system: System, dataset: string): Promise<MemoryStatus> {
  const { memory } = datasetOf(system, dataset).dataset
  const newest = await newestStored(system, dataset)
  const opened = newest !== null && 'memory' in newest ? newest : null
  const newer = newest !== null && 'error' in newest ? newest : null
  const kept = await keptMemories(system, dataset)
  return {
    dataset,
    every: memory === false ? null : memory.every,
    // going back to one of a newer version changes nothing for this one
    kept: newer === null ? kept : kept.filter((through) => through < newer.through),
    stored: await countedMemories(system, dataset),
    newest: opened === null ? null : summaryOf({ ...opened, memory: await withSaid(system, opened.memory) }),
    newer: newer === null ? null : { through: newer.through, path: newer.path, says: newer.error.message },
    marks: await system.catalog.memories.marks(dataset),
  }
}

/** How many memories are stored; no number of those that a prune would remove where a newer version wrote what decides it. */
async function countedMemories(system: System, dataset: string): Promise<MemoryStatus['stored']> {
  try {
    return await storedMemories(system, dataset)
  } catch (error) {
    if (!isOfLaterVersion(error)) throw error
    return { memories: (await listMemories(system.store, dataset)).length, outlived: null }
  }
}

/** What a dataset's newest memory has learned from people, and what repeats in it; null if none is stored. */
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
        places: leftOut('places'),
        keys: leftOut('keys'),
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
 * Makes the memory begin anew: windows that are staged from now on are taught only by each other. Windows that are staged
 * already are judged as before. Throws `not_found` for a dataset without windows.
 */
export function resetMemory(system: System, dataset: string, reason: string): Promise<MemoryMark> {
  datasetOf(system, dataset)
  return system.catalog.memories.mark(dataset, { keeps: 0, reason, actor: system.actor })
}

/**
 * Like a reset, but keeps what the windows up to `to` taught. So it also undoes a reset, as long as no window was staged since.
 * Throws `not_found` (`no_memory`) if no memory is stored up to there, `conflict` (`lease_held`) while memories are removed.
 */
export async function rollBackMemory(
  system: System,
  dataset: string,
  { to, reason }: { readonly to: number; readonly reason: string },
): Promise<MemoryMark> {
  datasetOf(system, dataset)
  await using _ = await marking(system, dataset)
  // a mark after the last window has no window after it yet: this one replaces it
  const kept = await keptMemories(system, dataset, await lastOrdinal(system, dataset))
  if (!kept.includes(to)) {
    const there = kept.length === 0 ? 'none is kept' : `there are those up to ${kept.join(', ')}`
    throw new AppError('not_found', `${dataset} has no memory up to window ${to}: ${there}`, { reason: 'no_memory' })
  }
  return system.catalog.memories.mark(dataset, { keeps: to, reason, actor: system.actor })
}

/** An admitted record that later windows have shown to belong to a campaign. */
export interface SuggestedRecall {
  readonly record: string
  /** The ordinal of its window. */
  readonly window: number
  readonly campaign: string
  /** The log-odds that it belongs to the campaign. */
  readonly logOdds: number
}

/**
 * What the memory would recall and nobody has recalled yet, the most certain first; a person decides. Records of campaigns that
 * people are only asked about are included only if that campaign is named.
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

/** A suggested recall with the row that it adds to the catalog. */
export interface FoundRecord extends SuggestedRecall {
  readonly admitted: NewAdmitted
}

/**
 * What a memory has found among admitted records, in committed windows; `waiting` says whether it has also found some in windows
 * that are not committed yet.
 */
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
