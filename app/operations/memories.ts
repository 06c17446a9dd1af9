import { isRetryable } from '#core/errors.ts'
import { folderPath, memoryContext, memoryPath } from '#core/layout.ts'
import { sha256Hex } from '#core/hash.ts'
import type { OpenedMemory } from '#services/scan/memory/open-memory.ts'
import { decodeMemory, encodeMemory, type Memory } from '#services/scan/memory/memory.ts'
import type { System } from '../system.ts'

/**
 * The furthest memory that is kept of a dataset; null where there is none yet, or nothing opens it. Makes none, and writes nothing.
 * Throws what is worth another try.
 */
export async function newestKept(
  system: Pick<System, 'store' | 'vault'>,
  dataset: string,
): Promise<OpenedMemory | null> {
  for (const through of (await keptMemories(system, dataset)).toReversed()) {
    const memory = await openKept(system, dataset, through)
    if (memory !== null) return { memory, ref: { through, sha256: sha256Hex(encodeMemory(memory)) } }
  }
  return null
}

/** Null where it does not open for good: it is a cache, which the sidecars make again. */
async function openKept({ vault }: Pick<System, 'vault'>, dataset: string, through: number): Promise<Memory | null> {
  try {
    const memory = decodeMemory(await vault.open(memoryPath(dataset, through), memoryContext(dataset, through)))
    return memory.dataset === dataset && memory.through === through ? memory : null
  } catch (error) {
    if (isRetryable(error)) throw error
    return null
  }
}

/** The windows up to which memories of a dataset are kept, by ordinal. */
async function keptMemories({ store }: Pick<System, 'store'>, dataset: string): Promise<number[]> {
  const found: number[] = []
  for await (const path of store.list(folderPath('scores', dataset))) {
    const through = Number(/\/memory\.(\d{8})$/.exec(path)?.[1] ?? 0)
    if (through > 0) found.push(through)
  }
  return found.sort((a, b) => a - b)
}
