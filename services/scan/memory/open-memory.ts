import { isAppError, isRetryable } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { memoryContext, memoryPath, windowContext } from '#core/layout.ts'
import { decodeSidecar, type MemoryRef } from '#core/sidecar.ts'
import type { Vault } from '#core/vault.ts'
import type { WindowCatalog, WindowRow } from '#runtime/catalog/catalog.ts'
import { decodeMemory, encodeMemory, foldMemory, lastTeacherOf, type Lesson, type Memory } from './memory.ts'

export interface MemoryDeps {
  readonly catalog: { readonly windows: Pick<WindowCatalog, 'list'> }
  readonly vault: Pick<Vault, 'open' | 'put'>
  /** Scans an earlier window that nobody has scanned yet; the row that it then has. */
  readonly scanFirst: (window: string) => Promise<WindowRow>
}

export interface OpenedMemory {
  readonly memory: Memory
  readonly ref: MemoryRef
}

/**
 * The memory that a window is judged with, where one is made after every so many windows; null where nobody could teach it.
 * Made from the sidecars where it is not there yet. Throws what is worth another try.
 */
export async function openMemory(window: WindowRow, every: number, deps: MemoryDeps): Promise<OpenedMemory | null> {
  const { dataset, contract } = window
  const through = lastTeacherOf(window.ordinal, every)
  if (through === 0) return null
  let { memory, missing } = await newestMemory(dataset, through, every, deps)
  for (let from = missing; from < through; from += every) {
    const rows = await deps.catalog.windows.list({ dataset, after: from, upTo: from + every })
    const lessons: Lesson[] = []
    for (const row of rows) lessons.push(await lessonOf(row, deps))
    if (lessons.length === 0) break
    memory = foldMemory(dataset, memory, lessons)
    await keep(memory, deps)
  }
  if (memory === null || memory.contract !== contract || memory.history.windows === 0) return null
  return { memory, ref: { through: memory.through, sha256: sha256Hex(encodeMemory(memory)) } }
}

/** The last memory there is up to `through`, and the place from which lessons are missing. */
async function newestMemory(dataset: string, through: number, every: number, deps: MemoryDeps) {
  for (let at = through; at > 0; at -= every) {
    const memory = await openIfThere(dataset, at, deps)
    if (memory !== null) return { memory, missing: at }
  }
  return { memory: null, missing: 0 }
}

/** Null where there is none, and where nothing opens what is there: the sidecars make it again. */
async function openIfThere(dataset: string, through: number, { vault }: MemoryDeps): Promise<Memory | null> {
  try {
    const memory = decodeMemory(await vault.open(memoryPath(dataset, through), memoryContext(dataset, through)))
    return memory.dataset === dataset && memory.through === through ? memory : null
  } catch (error) {
    if (isRetryable(error)) throw error
    return null
  }
}

/** A copy for whoever comes next; without it they fold the same one again. */
async function keep(memory: Memory, { vault }: MemoryDeps): Promise<void> {
  const { dataset, through } = memory
  try {
    await vault.put(memoryPath(dataset, through), memoryContext(dataset, through), encodeMemory(memory))
  } catch (error) {
    if (isRetryable(error)) throw error
  }
}

/** A window that cannot be scanned, or whose sidecar cannot be opened, for good teaches nothing. */
async function lessonOf(row: WindowRow, deps: MemoryDeps): Promise<Lesson> {
  const { ordinal, contract } = row
  try {
    const scanned = row.state === 'staged' ? await deps.scanFirst(row.id) : row
    if (scanned.scores === null) return { ordinal, contract, taught: null }
    const { path, sha256 } = scanned.scores
    const sidecar = decodeSidecar(await deps.vault.open(path, windowContext(row, 'json+zstd'), sha256))
    return { ordinal, contract, taught: sidecar.taught ?? null }
  } catch (error) {
    if (!isForGood(error)) throw error
    return { ordinal, contract, taught: null }
  }
}

/** What neither time nor an operator mends: a permission may be granted, a key enabled, but not one that was destroyed. */
function isForGood(error: unknown): boolean {
  if (!isAppError(error)) return true
  return isAppError(error, 'denied') ? error.reason === 'key_destroyed' : !isRetryable(error)
}
