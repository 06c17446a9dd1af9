import { folderPath, windowIn } from '#core/layout.ts'
import type { Vault } from '#core/vault.ts'
import type { WindowCatalog } from '#runtime/catalog/catalog.ts'
import type { Store } from './store.ts'

/**
 * Discards the staging objects of committed windows: what a crash between commit and discard left, and what attempts to
 * stage a window left under other names. Objects of windows that the catalog does not know are kept: one may be on its way
 * into it. Returns how many went.
 */
export async function sweepStaging(
  store: Store,
  vault: Pick<Vault, 'discard'>,
  windows: Pick<WindowCatalog, 'get'>,
): Promise<number> {
  let discarded = 0
  for await (const path of store.list(folderPath('staging'))) {
    if ((await windows.get(windowIn(path)))?.state !== 'committed') continue
    await vault.discard(path)
    discarded += 1
  }
  return discarded
}
