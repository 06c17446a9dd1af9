import { labelOf } from '#core/record.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { readWindow } from '../read-window.ts'
import { contractOf } from '../contract-archive.ts'
import type { SigningSystem } from '../system.ts'

export type Attribute = 'label' | 'contributor'

/** The action of the audit entry; its subject is the window. */
const OPENED = 'window.attribute.opened'

/**
 * The label or the contributor of each record of a committed window, in order; null if it has none. The audit entry is written
 * before the person sees them. Throws `conflict` before the window is committed, and as `contractOf` does for labels.
 */
export async function openAttribute(
  system: SigningSystem,
  window: WindowRow,
  attribute: Attribute,
): Promise<readonly (string | null)[]> {
  const { records } = await readWindow(system, window)
  const labelled = attribute === 'label' ? await contractOf(system, window.dataset, window.contract) : null
  await system.catalog.audit.append(system.actor, OPENED, window.id, { dataset: window.dataset, attribute })
  return records.map((record) =>
    labelled !== null ? labelOf(record, labelled) : (record.provenance.contributor ?? null),
  )
}
