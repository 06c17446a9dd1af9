import { isRetryable, reportOf } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { isOfLaterVersion } from '#core/later-version.ts'
import { memoryContext, memoryPath, poolPath, windowContext } from '#core/layout.ts'
import { decodeSidecar, type MemoryRef, type Sidecar } from '#core/sidecar.ts'
import type { Vault } from '#core/vault.ts'
import { FEWEST_SCANNED } from '#core/window.ts'
import type { WindowCatalog, WindowRow } from '#runtime/catalog/catalog.ts'
import type { MemoryCatalog } from '#runtime/catalog/memory-marks.ts'
import type { Events } from '#runtime/process/events.ts'
import { isForGood } from './for-good.ts'
import { forgottenFor, type Forgotten } from './forgotten.ts'
import { hearRepeats, hearVerdicts, type HearDeps } from '../hear.ts'
import type { GatheredPool } from '../pool/judge-pool.ts'
import { marksIn, type PooledRecord, type PoolVerdict } from '../learn.ts'
import { learnVerdict } from '../learn-verdict.ts'
import {
  decodeMemory,
  encodeMemory,
  foldMemory,
  lastTeacherOf,
  remembered,
  type Lesson,
  type Memory,
  type PooledWindow,
} from '../memory.ts'
import type { PoolRow } from '../places/named.ts'
import { drawn, firstLines, isDue, linesBehind } from '../pool/pool.ts'
import { teachersIn } from '../reference/teachers.ts'

export interface MemoryDeps {
  readonly catalog: {
    readonly windows: Pick<WindowCatalog, 'list' | 'get'>
    readonly memories: Pick<MemoryCatalog, 'marks'>
  } & HearDeps['catalog']
  readonly isGiven: HearDeps['isGiven']
  readonly vault: Pick<Vault, 'open' | 'put'>
  /** Scans an earlier window that is not scanned yet; returns its new row. */
  readonly scanFirst: (window: string) => Promise<WindowRow>
  /** Scans a pool; null where it cannot be scanned. */
  readonly judge: (pool: GatheredPool) => Promise<PoolVerdict | null>
  /** Has one memory made once, for all who need it at the same time. */
  readonly once: (name: string, make: () => Promise<OpenedMemory | null>) => Promise<OpenedMemory | null>
  readonly events: Pick<Events, 'emit'>
}

export interface OpenedMemory {
  readonly memory: Memory
  readonly ref: MemoryRef
}

/**
 * The memory that a window is judged with, where one is made after every `every` windows; null where no window taught
 * it. It is made from the sidecars where it does not exist yet. Throws errors that are worth another try, and `conflict`
 * for a sidecar or a memory that a later version wrote.
 */
export async function openMemory(window: WindowRow, every: number, deps: MemoryDeps): Promise<OpenedMemory | null> {
  const { dataset, contract, ordinal } = window
  const through = lastTeacherOf(ordinal, every)
  if (through === 0) return null
  const forgotten = forgottenFor(ordinal, await deps.catalog.memories.marks(dataset))
  const name = memoryPath(dataset, through, forgotten.era(through))
  const opened = await deps.once(name, () => makeMemory({ dataset, every, forgotten }, through, deps))
  if (opened === null || opened.memory.contract !== contract || opened.memory.history.windows === 0) return null
  return opened
}

/**
 * Makes the last memory that the windows up to this one allow, so that what they show of earlier windows is found
 * although no later window needs it yet. The window is its dataset's last. Throws as `openMemory` does.
 */
export async function catchUp(last: WindowRow, every: number, deps: MemoryDeps): Promise<void> {
  const newest = await newestDue(last, every, deps)
  if (newest === null) return
  const { kept, through, name } = newest
  await deps.once(name, () => makeMemory(kept, through, deps))
}

/** Whether the memory that `catchUp` makes for the dataset's last window is not there yet. */
export async function isBehind(
  last: WindowRow,
  every: number,
  deps: {
    readonly catalog: Pick<MemoryDeps['catalog'], 'memories'>
    readonly exists: (path: string) => Promise<boolean>
  },
): Promise<boolean> {
  const newest = await newestDue(last, every, deps)
  return newest !== null && !(await deps.exists(newest.name))
}

/** The last memory that the windows up to this one allow; null where there is none, or people had its lesson forgotten. */
async function newestDue(
  { dataset, ordinal }: WindowRow,
  every: number,
  { catalog }: { readonly catalog: Pick<MemoryDeps['catalog'], 'memories'> },
) {
  const through = Math.floor(ordinal / every) * every
  const forgotten = forgottenFor(Infinity, await catalog.memories.marks(dataset))
  if (through === 0 || forgotten.has(through)) return null
  const kept: Kept = { dataset, every, forgotten }
  return { kept, through, name: memoryPath(dataset, through, forgotten.era(through)) }
}

/** Which memories: of which dataset, made after how many windows each, and what they leave out. */
interface Kept {
  readonly dataset: string
  readonly every: number
  readonly forgotten: Forgotten
}

/** The memory of the windows up to `through`, made where it does not exist; null where there are no such windows. */
async function makeMemory(kept: Kept, through: number, deps: MemoryDeps): Promise<OpenedMemory | null> {
  const { dataset, every, forgotten } = kept
  let { memory, missing } = await newestMemory(kept, through, deps)
  for (let from = missing; from < through; from += every) {
    const rows = await deps.catalog.windows.list({ dataset, after: from, upTo: from + every })
    if (rows.length === 0) break
    for (const row of rows.filter(({ ordinal }) => !forgotten.has(ordinal))) {
      memory = foldMemory(dataset, memory, [await lessonOf(row, deps)])
      memory = await hearVerdicts(memory, row, { ...deps, forgotten })
      memory = await hearRepeats(memory, row, deps)
      if (isDue(memory)) memory = await learnFromPool(memory, row, deps)
    }
    if (memory !== null && memory.through > from) await keep(memory, forgotten, deps)
  }
  return memory === null ? null : { memory, ref: { through: memory.through, sha256: sha256Hex(encodeMemory(memory)) } }
}

/**
 * The memory with what the pool shows after `last`. A window whose part is gone, or differs from its sidecar's digest,
 * leaves the pool.
 */
async function learnFromPool(memory: Memory, last: WindowRow, deps: MemoryDeps): Promise<Memory> {
  const { pools = [], campaigns, members } = memory
  const counts = drawn(pools)
  const there: PooledWindow[] = []
  const lines: Uint8Array[] = []
  const behind: Uint8Array[] = []
  const pooled: PooledRecord[] = []
  const from: PoolRow[] = []
  for (const [at, part] of pools.entries()) {
    const bytes = await openPart(part, last, deps)
    if (bytes === null) continue
    there.push(part)
    lines.push(firstLines(bytes, counts[at]!))
    behind.push(linesBehind(bytes, part.members.length))
    const held = new Set(part.held)
    for (const index of part.members.slice(0, counts[at])) {
      pooled.push({ window: part.ordinal, index, admitted: !held.has(index) })
      from.push({ part: there.length - 1, index })
    }
  }
  const known = remembered(memory, { pools: there, campaigns, members })
  if (pooled.length < FEWEST_SCANNED) return known
  const verdict = await deps.judge({ last, lines: Buffer.concat(lines), marks: marksIn(known), behind, from })
  if (verdict === null) return known
  return learnVerdict(known, there, pooled, verdict)
}

/** The lines that a window gave; null where they are gone for good, or their digest differs. */
export async function openPart(
  part: PooledWindow,
  last: Pick<WindowRow, 'dataset' | 'contract'>,
  { vault, events }: Pick<MemoryDeps, 'vault' | 'events'>,
): Promise<Uint8Array | null> {
  const { dataset, contract } = last
  const { window, sha256 } = part
  try {
    const context = windowContext({ id: window, dataset, contract }, 'jsonl+zstd')
    const bytes = await vault.open(poolPath(dataset, window, sha256), context)
    if (sha256Hex(bytes) === sha256) return bytes
    events.emit('pool.lost', { dataset, window, code: 'corrupt' })
  } catch (error) {
    if (!isForGood(error)) throw error
    events.emit('pool.lost', { dataset, window, code: reportOf(error).code })
  }
  return null
}

/** The last existing memory up to `through`, and the ordinal after which lessons are missing. */
async function newestMemory({ dataset, every, forgotten }: Kept, through: number, deps: MemoryDeps) {
  for (let at = through; at > 0; at -= every) {
    const memory = await openKept(dataset, at, forgotten, deps)
    if (memory !== null) return { memory, missing: at }
  }
  return { memory: null, missing: 0 }
}

/**
 * A kept memory; null where there is none, or none that opens: the sidecars make it again. Throws `conflict` for one of
 * a later version, since this version would make another one, and errors that are worth another try.
 */
export async function openKept(
  dataset: string,
  through: number,
  forgotten: Forgotten,
  { vault }: { readonly vault: Pick<Vault, 'open'> },
): Promise<Memory | null> {
  const era = forgotten.era(through)
  const path = memoryPath(dataset, through, era)
  try {
    const memory = decodeMemory(await vault.open(path, memoryContext(dataset, through, era)), path)
    return memory.dataset === dataset && memory.through === through ? memory : null
  } catch (error) {
    if (isRetryable(error) || isOfLaterVersion(error)) throw error
    return null
  }
}

/** Stores a memory for later readers. Without it they make the same one again. */
async function keep(memory: Memory, forgotten: Forgotten, { vault }: MemoryDeps): Promise<void> {
  const { dataset, through } = memory
  const era = forgotten.era(through)
  try {
    await vault.put(memoryPath(dataset, through, era), memoryContext(dataset, through, era), encodeMemory(memory))
  } catch (error) {
    if (isRetryable(error)) throw error
  }
}

/**
 * The lesson of a window. It teaches nothing where the window cannot be scanned for good, or its sidecar cannot be
 * opened.
 */
async function lessonOf(row: WindowRow, deps: MemoryDeps): Promise<Lesson> {
  const { ordinal, contract } = row
  try {
    const scanned = row.state === 'staged' ? await deps.scanFirst(row.id) : row
    if (scanned.scores === null) return { ordinal, contract, taught: null }
    const { path, sha256 } = scanned.scores
    const sidecar = decodeSidecar(await deps.vault.open(path, windowContext(row, 'json+zstd'), sha256), path)
    return { ordinal, contract, taught: sidecar.taught ?? null, brought: sidecar.brought, ...partOf(row, sidecar) }
  } catch (error) {
    if (!isForGood(error)) throw error
    return { ordinal, contract, taught: null }
  }
}

/** The window's part of the pool, by its sidecar. */
function partOf({ id, ordinal }: WindowRow, sidecar: Sidecar): Pick<Lesson, 'pool'> {
  const { pool, records } = sidecar
  if (pool === undefined) return {}
  const held = pool.members.filter((index) => records[index]?.decision !== 'admit')
  const teaches = teachersIn(pool.members, sidecar)
  const part = { window: id, ordinal, records: records.length, ...pool, held }
  return { pool: { ...part, ...(teaches.length > 0 && { teaches }) } }
}
