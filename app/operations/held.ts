import type { Contract } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import { contributorOf, labelOf, type DataRecord, type Provenance } from '#core/record.ts'
import type { Campaign, Issue, Trigger } from '#core/score.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { LOOKED, lookSubject, type HeldRow } from '#runtime/catalog/console/held.ts'
import { attachmentsOf, type Attachment } from '#present/attachments.ts'
import { quotedIn } from '#present/quoted.ts'
import { allFieldsOf, sampleOf, type Sample } from '#present/sample.ts'
import { readFlagged, readWindow } from '../read-window.ts'
import { contractOf, readingOf, type Reading } from '../contract-archive.ts'
import type { SigningSystem } from '../system.ts'
import { nearestAdmitted, type Neighbour } from './neighbours.ts'
import { recalledOf } from './recalled.ts'

/** A held record as it is shown to a person. */
export interface OpenedHeld {
  readonly sample: Sample
  /** What to know before it is believed: no contract to read it by, or a row of the catalog that says something else. */
  readonly warnings: readonly string[]
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
  const { record, scored, sidecar, contract, warnings } = await readHeld(system, row)
  const campaign = sidecar.campaigns.find(({ members }) => members.includes(row.index))
  await system.catalog.audit.append(system.actor, LOOKED, lookSubject(row), { dataset: row.dataset })
  return {
    sample: sampleBy(contract, record, campaign?.trigger ?? quotedIn(scored.issues)),
    warnings,
    issues: scored.issues,
    campaign: campaign === undefined ? null : { id: campaign.id, summary: campaign.summary },
    unscanned: sidecar.unscanned ?? null,
    provenance: record.provenance,
    attachments: attachmentsOf(record, contract?.features ?? null),
  }
}

/**
 * The bytes at this index of a held record's attachments; audited, and throws, like `openHeld`. Throws `not_found` if there are
 * none.
 */
export async function openAttachment(system: SigningSystem, row: HeldRow, at: number): Promise<Attachment> {
  const { record, contract } = await readHeld(system, row)
  const attachment = attachmentsOf(record, contract?.features ?? null)[at]
  if (attachment === undefined) throw new AppError('not_found', `the record holds no bytes ${at}`)
  await system.catalog.audit.append(system.actor, LOOKED, lookSubject(row), { dataset: row.dataset, attachment: at })
  return attachment
}

/**
 * A held record, read from what its window committed, never from the catalog. Throws `corrupt` if the catalog's row names another
 * record than the place that it names holds.
 */
export async function readHeld(
  system: SigningSystem,
  row: Pick<HeldRow, 'window' | 'index' | 'record' | 'decision' | 'label' | 'contributor'>,
) {
  const window = await windowOf(system, row)
  const { sidecar, records } = await readFlagged(system, window, row.decision)
  const scored = sidecar.records[row.index]
  checkPlace(row, scored)
  const record = records.get(row.record)
  if (record === undefined) throw new AppError('corrupt', `window ${row.window} does not hold its record ${row.index}`)
  const { contract, warnings } = await readingOf(system, window)
  const differing = contract === null ? [] : differencesOf(row, record, contract)
  return { window, record, scored, sidecar, contract, warnings: [...warnings, ...differing] }
}

/**
 * Throws `corrupt` if the place that the catalog's row names holds no record, or another one, which would be shown under this
 * one's name.
 */
function checkPlace<Found extends { readonly id: string }>(
  row: Pick<HeldRow, 'window' | 'record'>,
  found: Found | undefined,
): asserts found is Found {
  if (found?.id !== row.record)
    throw new AppError(
      'corrupt',
      `the catalog's row of this record names ${found === undefined ? 'a place outside' : 'the place of another one of'} window ${row.window}: restore the catalog; \`credence audit verify\` names what else differs`,
      { reason: 'catalog_row' },
    )
}

/** What lists say of a held record by the catalog, which its writer may have changed, and the record says otherwise. */
function differencesOf(
  row: Pick<HeldRow, 'decision' | 'label' | 'contributor'>,
  record: DataRecord,
  contract: Contract,
): string[] {
  if (row.decision === 'admit') return [] // a recall notes neither
  const said = [
    ['label', row.label, labelOf(record, contract)],
    ['contributor', row.contributor, contributorOf(record, contract)],
  ] as const
  return said.flatMap(([what, listed, own]) =>
    listed === own
      ? []
      : [
          `Lists name another ${what} than the record itself, which says ${own ?? 'none'}: the catalog was changed. Restore it; \`credence audit verify\` names what else differs.`,
        ],
  )
}

/** The sample of a record by its contract, or all of its fields where that one cannot be had. */
export function sampleBy(contract: Reading['contract'], record: DataRecord, trigger?: Trigger): Sample {
  return contract === null ? allFieldsOf(record) : sampleOf(record, contract.features, trigger)
}

/**
 * The admitted records nearest to a held one, without those recalled since; audited, and throws, like `openHeld`; throws as `contractOf` does. Throws `corrupt`
 * if the catalog's row names another record than the place that it names holds.
 */
export async function openNeighbours(system: SigningSystem, row: HeldRow): Promise<readonly Neighbour[]> {
  const window = await windowOf(system, row)
  const opened = await readWindow(system, window)
  const record = opened.records[row.index]
  checkPlace(row, record)
  if (opened.sidecar.unscanned !== undefined) return []
  const contract = await contractOf(system, window.dataset, window.contract)
  await system.catalog.audit.append(system.actor, LOOKED, lookSubject(row), { dataset: row.dataset, neighbours: true })
  const recalled = await recalledOf(system, window)
  const admitted = opened.sidecar.records.filter(({ id }) => !recalled.has(id))
  return nearestAdmitted([record], { ...opened, sidecar: { ...opened.sidecar, records: admitted } }, contract)[0] ?? []
}

/**
 * A record of a committed window by its index, held or admitted; audited like `openHeld`. Throws `not_found`, and `conflict`
 * before the window is committed.
 */
export async function openOfWindow(
  system: SigningSystem,
  window: WindowRow,
  index: number,
): Promise<{ readonly record: string; readonly label: string | null } & Pick<OpenedHeld, 'sample' | 'warnings'>> {
  const { records, sidecar } = await readWindow(system, window)
  const record = records[index]
  const scored = sidecar.records[index]
  if (record === undefined || scored === undefined)
    throw new AppError('not_found', `window ${window.id} has no record ${index}`)
  const { contract, warnings } = await readingOf(system, window)
  const place = lookSubject({ window: window.id, index })
  await system.catalog.audit.append(system.actor, LOOKED, place, { dataset: window.dataset })
  return {
    record: record.id,
    label: contract && labelOf(record, contract),
    sample: sampleBy(contract, record, quotedIn(scored.issues)),
    warnings,
  }
}

async function windowOf({ catalog }: SigningSystem, { window: id }: Pick<HeldRow, 'window'>) {
  const window = await catalog.windows.get(id)
  if (window === null) throw new AppError('corrupt', `the catalog has no window ${id}`)
  return window
}
