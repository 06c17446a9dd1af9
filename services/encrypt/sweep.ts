import { datasetIn, folderPath, isPool, windowIn } from '#core/layout.ts'
import type { Vault } from '#core/vault.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import type { WindowCatalog, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Store } from './store.ts'

/**
 * Discards the staging objects of committed windows: what a crash between commit and discard left, and what attempts to stage a
 * window left under other names. Also discards what a window gave to its dataset's pool, once so many later windows are
 * committed that no pool reaches it. Objects of unknown windows are kept, because their row may be about to be written. Returns
 * the number of discarded objects.
 */
export async function sweepStaging(
  store: Store,
  vault: Pick<Vault, 'discard'>,
  windows: Pick<WindowCatalog, 'get' | 'list'>,
): Promise<number> {
  let discarded = 0
  for await (const path of store.list(folderPath('staging'))) {
    const row = await windows.get(windowIn(path))
    if (row?.state !== 'committed' || (await isPooled(path, row, windows))) continue
    await vault.discard(path)
    discarded += 1
  }
  return discarded
}

/**
 * Whether a window's object still belongs to its dataset's pool: until more than `POOL_KEPT_WINDOWS` later windows are
 * committed.
 */
export async function isPooled(
  path: string,
  { dataset, ordinal }: WindowRow,
  windows: Pick<WindowCatalog, 'list'>,
): Promise<boolean> {
  if (!isPool(path) || datasetIn(path) !== dataset) return false
  const beyond = { dataset, state: 'committed', after: ordinal + POOL_KEPT_WINDOWS, limit: 1 } as const
  return (await windows.list(beyond)).length === 0
}
