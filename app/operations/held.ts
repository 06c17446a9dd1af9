import { AppError } from '#core/errors.ts'
import { labelOf, type Provenance } from '#core/record.ts'
import type { Campaign, Issue } from '#core/score.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { LOOKED, lookSubject, type HeldRow } from '#runtime/catalog/console/held.ts'
import { attachmentsOf, type Attachment } from '#present/attachments.ts'
import { quotedIn } from '#present/quoted.ts'
import { sampleOf, type Sample } from '#present/sample.ts'
import { readFlagged, readWindow } from '../read-window.ts'
import { contractToRead } from '../contract-archive.ts'
import type { SigningSystem } from '../system.ts'
import { nearestAdmitted, type Neighbour } from './neighbours.ts'

/** A held record as it is shown to a person. */
export interface OpenedHeld {
  readonly sample: Sample
  /** Strongest first. */
  readonly issues: readonly Issue[]
  readonly campaign: Pick<Campaign, 'id' | 'summary'> | null
  /** Why no detector scanned its window; null if it was scanned. */
  readonly unscanned: string | null
  readonly provenance: Provenance
  /** What else it contains that can be played or saved. */
  readonly attachments: readonly Attachment[]
}

/**
 * Opens a held record for a person; the audit entry is written before they see it. Throws `conflict` before its window is
 * committed, `corrupt` if stored data does not verify.
 */
export async function openHeld(system: SigningSystem, row: HeldRow): Promise<OpenedHeld> {
  const { record, scored, sidecar, contract } = await readHeld(system, row)
  const campaign = sidecar.campaigns.find(({ members }) => members.includes(row.index))
  await system.catalog.audit.append(system.actor, LOOKED, lookSubject(row), { dataset: row.dataset })
  return {
    sample: sampleOf(record, contract.features, campaign?.trigger ?? quotedIn(scored.issues)),
    issues: scored.issues,
    campaign: campaign === undefined ? null : { id: campaign.id, summary: campaign.summary },
    unscanned: sidecar.unscanned ?? null,
    provenance: record.provenance,
    attachments: attachmentsOf(record, contract.features),
  }
}

/**
 * The bytes at this index of a held record's attachments; audited, and throws, like `openHeld`. Throws `not_found` if there are
 * none.
 */
export async function openAttachment(system: SigningSystem, row: HeldRow, at: number): Promise<Attachment> {
  const { record, contract } = await readHeld(system, row)
  const attachment = attachmentsOf(record, contract.features)[at]
  if (attachment === undefined) throw new AppError('not_found', `the record holds no bytes ${at}`)
  await system.catalog.audit.append(system.actor, LOOKED, lookSubject(row), { dataset: row.dataset, attachment: at })
  return attachment
}

async function readHeld(system: SigningSystem, row: HeldRow) {
  const window = await windowOf(system, row)
  const { sidecar, records } = await readFlagged(system, window, row.decision)
  const record = records.get(row.record)
  const scored = sidecar.records[row.index]
  if (record === undefined || scored === undefined)
    throw new AppError('corrupt', `window ${row.window} does not hold its record ${row.index}`)
  return { record, scored, sidecar, contract: await contractToRead(system, window) }
}

/** The admitted records nearest to a held one; audited, and throws, like `openHeld`. */
export async function openNeighbours(system: SigningSystem, row: HeldRow): Promise<readonly Neighbour[]> {
  const window = await windowOf(system, row)
  const opened = await readWindow(system, window)
  const record = opened.records[row.index]
  if (record === undefined || opened.sidecar.unscanned !== undefined) return []
  const contract = await contractToRead(system, window)
  await system.catalog.audit.append(system.actor, LOOKED, lookSubject(row), { dataset: row.dataset, neighbours: true })
  return nearestAdmitted([record], opened, contract)[0] ?? []
}

/**
 * A record of a committed window by its index, held or admitted; audited like `openHeld`. Throws `not_found`, and `conflict`
 * before the window is committed.
 */
export async function openOfWindow(
  system: SigningSystem,
  window: WindowRow,
  index: number,
): Promise<{ readonly record: string; readonly label: string | null; readonly sample: Sample }> {
  const { records, sidecar } = await readWindow(system, window)
  const record = records[index]
  const scored = sidecar.records[index]
  if (record === undefined || scored === undefined)
    throw new AppError('not_found', `window ${window.id} has no record ${index}`)
  const contract = await contractToRead(system, window)
  const place = lookSubject({ window: window.id, index })
  await system.catalog.audit.append(system.actor, LOOKED, place, { dataset: window.dataset })
  return {
    record: record.id,
    label: labelOf(record, contract),
    sample: sampleOf(record, contract.features, quotedIn(scored.issues)),
  }
}

async function windowOf({ catalog }: SigningSystem, { window: id }: HeldRow) {
  const window = await catalog.windows.get(id)
  if (window === null) throw new AppError('corrupt', `the catalog has no window ${id}`)
  return window
}
