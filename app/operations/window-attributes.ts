import { labelOf } from '#core/record.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { readWindow } from '../read-window.ts'
import { contractToRead } from '../contract-archive.ts'
import type { SigningSystem } from '../system.ts'

export type Attribute = 'label' | 'contributor'

/** The action of the audit entry; its subject is the window. */
const OPENED = 'window.attribute.opened'

/**
 * The label or the contributor of each record of a committed window, in order; null if it has none. The audit entry is written
 * before the person sees them. Throws `conflict` before the window is committed.
 */
export async function openAttribute(
  system: SigningSystem,
  window: WindowRow,
  attribute: Attribute,
): Promise<readonly (string | null)[]> {
  const { records } = await readWindow(system, window)
  const contract = await contractToRead(system, window)
  await system.catalog.audit.append(system.actor, OPENED, window.id, { dataset: window.dataset, attribute })
  return records.map((record) =>
    attribute === 'label' ? labelOf(record, contract) : (record.provenance.contributor ?? null),
  )
}
