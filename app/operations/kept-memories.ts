import { AppError, isAppError } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { isOfLaterVersion } from '#core/later-version.ts'
import { folderPath, memoryIn, memoryPath } from '#core/layout.ts'
import { holdLease, type HeldLease } from '#runtime/waiting/lease.ts'
import type { Store } from '#services/encrypt/store.ts'
import { forgottenFor } from '#services/scan/memory/kept/forgotten.ts'
import { encodeMemory, lastTeacherOf } from '#services/scan/memory/memory.ts'
import { openKept, type OpenedMemory } from '#services/scan/memory/kept/open-memory.ts'
import { outlived, type KeptMemory } from '#services/scan/memory/kept/retention.ts'
import { datasetOf, type System } from '../system.ts'

type Opening = Pick<System, 'config' | 'contracts' | 'vault' | 'catalog'>

/**
 * The last stored memory of a dataset (up to window `upTo`, if given) that is valid for windows staged now; null if there is
 * none, or nothing opens it. Makes none, writes nothing and lists nothing, because reviewers have no right to. Throws
 * `conflict` if a newer version wrote it, and errors that are worth a retry.
 */
export async function newestKept(system: Opening, dataset: string, upTo?: number): Promise<OpenedMemory | null> {
  const found = await newestStored(system, dataset, upTo)
  if (found !== null && 'error' in found) throw found.error
  return found
}

/** A stored memory that a newer version wrote, and the error that opening it gave. */
export interface NewerMemory {
  readonly through: number
  readonly path: string
  readonly error: AppError
}

/** The same, but returns where a memory of a newer version is instead of throwing. */
export async function newestStored(
  system: Opening,
  dataset: string,
  upTo?: number,
): Promise<OpenedMemory | NewerMemory | null> {
  const { memory: remembers } = datasetOf(system, dataset).dataset
  if (remembers === false) return null
  const { every } = remembers
  const forgotten = forgottenFor(Infinity, await system.catalog.memories.marks(dataset))
  for (let through = upTo ?? (await lastOrdinal(system, dataset)); through > 0; through--) {
    if (through % every !== 0 || forgotten.has(through)) continue
    try {
      const memory = await openKept(dataset, through, forgotten, system)
      if (memory !== null) return { memory, ref: { through, sha256: sha256Hex(encodeMemory(memory)) } }
    } catch (error) {
      if (!isAppError(error) || !isOfLaterVersion(error)) throw error
      return { through, path: memoryPath(dataset, through, forgotten.era(through)), error }
    }
  }
  return null
}

/**
 * The ordinals of the windows up to which memories of a dataset are stored that are valid for a window of this ordinal (default:
 * one staged now), sorted.
 */
export async function keptMemories(
  { store, catalog }: Pick<System, 'store' | 'catalog'>,
  dataset: string,
  ordinal = Infinity,
): Promise<number[]> {
  const forgotten = forgottenFor(ordinal, await catalog.memories.marks(dataset))
  return (await listMemories(store, dataset))
    .filter(({ through, era }) => !forgotten.has(through) && era === forgotten.era(through))
    .map(({ through }) => through)
    .sort((a, b) => a - b)
}

export async function lastOrdinal({ catalog }: Pick<System, 'catalog'>, dataset: string): Promise<number> {
  return (await catalog.windows.last(dataset))?.ordinal ?? 0
}

/**
 * How many memories of a dataset are stored, and how many of them are no longer used. Throws `conflict` where a newer version
 * wrote the one that decides it, and errors that are worth a retry.
 */
export async function storedMemories(system: Opening & Pick<System, 'store'>, dataset: string) {
  const stored = await listMemories(system.store, dataset)
  return { memories: stored.length, outlived: (await outlivedOf(system, dataset, stored)).length }
}

/**
 * Removes the memories of a dataset that no scan, recall or rollback needs any more. They are removed one by one, so an
 * interrupted removal continues next time. Returns how many were removed. Throws `conflict` (`lease_held`) while a memory is
 * rolled back or another process removes.
 */
export async function pruneMemories(system: System, dataset: string): Promise<number> {
  const { store, catalog, actor, step } = system
  await using held = await marking(system, dataset)
  const gone = await outlivedOf(system, dataset, await listMemories(store, dataset))
  if (gone.length === 0) return 0
  // first, so that nothing is removed without an entry in the log
  const last = Math.max(...gone.map(({ through }) => through))
  await step('prune.log', () => catalog.audit.append(actor, 'memory.pruned', dataset, { memories: gone.length, last }))
  for (const { through, era } of gone) {
    held.check()
    await step('prune.memory', () => store.delete(memoryPath(dataset, through, era)))
  }
  return gone.length
}

/** Keeps others from removing memories of a dataset or rolling back to one. Throws `conflict` (`lease_held`). */
export async function marking({ catalog, actor, events }: System, dataset: string): Promise<HeldLease> {
  const held = await holdLease(catalog.sources, 'memory', dataset, { owner: `${actor} ${process.pid}`, events })
  if (held !== null) return held
  throw new AppError('conflict', `another process removes memories of ${dataset}, or goes back to one`, {
    reason: 'lease_held',
  })
}

/**
 * The memories that are no longer used. The memory needed for the first unscanned window decides; a memory that nothing opens
 * does not count.
 */
async function outlivedOf(system: Opening, dataset: string, stored: readonly KeptMemory[]): Promise<KeptMemory[]> {
  const { memory: remembers } = datasetOf(system, dataset).dataset
  if (remembers === false) return []
  const { every } = remembers
  const [waiting] = await system.catalog.windows.list({ dataset, state: 'staged', limit: 1 })
  const upTo = waiting === undefined ? undefined : lastTeacherOf(waiting.ordinal, every)
  const base = await newestKept(system, dataset, upTo)
  if (base === null) return []
  const marks = await system.catalog.memories.marks(dataset)
  return outlived(stored, { base: base.ref.through, every, marks })
}

/** The stored memories of a dataset, valid or not. */
export async function listMemories(store: Pick<Store, 'list'>, dataset: string): Promise<KeptMemory[]> {
  const found: KeptMemory[] = []
  for await (const path of store.list(folderPath('scores', dataset))) {
    const kept = memoryIn(path)
    if (kept !== null) found.push(kept)
  }
  return found
}
