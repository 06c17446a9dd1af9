import { linesAt } from '../pool/pool.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import type { Memory } from '../memory.ts'
import { openPart, type MemoryDeps } from './open-memory.ts'

/** How many of the newest windows teach. */
const REACH = 16

/** Missing parts are reported where the pool is scanned, not here. */
const UNSAID = { emit: () => {} }

/**
 * Lines of the records from which the window's labels are predicted: those of the memory's newest windows that teach,
 * without members of campaigns. None where memories are made so rarely that what windows gave may be removed before all
 * windows that would learn from it are scanned: one scan would find it and another not.
 */
export async function openReference(
  { pools = [], members = [] }: Memory,
  window: Pick<WindowRow, 'dataset' | 'contract'>,
  every: number,
  { vault }: Pick<MemoryDeps, 'vault'>,
): Promise<Uint8Array> {
  const reach = Math.max(0, Math.min(REACH, POOL_KEPT_WINDOWS - 4 * every))
  const known = new Set(members.map(({ window: ordinal, index }) => `${ordinal}/${index}`))
  const parts = pools.slice(pools.length - Math.min(reach, pools.length)).map(async (part) => {
    const taught = new Set(part.teaches?.filter((index) => !known.has(`${part.ordinal}/${index}`)))
    const bytes = taught.size === 0 ? null : await openPart(part, window, { vault, events: UNSAID })
    const places = [...part.members.keys()].filter((at) => taught.has(part.members[at]!))
    return bytes === null ? new Uint8Array(0) : linesAt(bytes, places)
  })
  return Buffer.concat(await Promise.all(parts))
}
