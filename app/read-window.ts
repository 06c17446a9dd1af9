import type { Decision } from '#core/decision.ts'
import { AppError } from '#core/errors.ts'
import { decodeHeld, decodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { decodeSidecar, type Sidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { subjectIn, windowContext } from '#core/layout.ts'
import type { SigningSystem } from './system.ts'

type Opening = Pick<SigningSystem, 'vault' | 'chain'>

/** A committed window, opened: its scores, and its records by index; both are verified by its manifest. */
export interface OpenedWindow {
  readonly row: Pick<WindowRow, 'id' | 'ordinal'>
  readonly sidecar: Sidecar
  /** n records in the window's order. */
  readonly records: readonly DataRecord[]
}

/** Opens what a window committed, for a command that shows it to a person. Throws `conflict` before it is committed. */
export async function readWindow(system: Opening, row: WindowRow): Promise<OpenedWindow> {
  const { sidecar, byId } = await openZones(system, row, ['clean', 'quarantine'])
  const records = sidecar.records.map(({ id }) => {
    const record = byId.get(id)
    if (record === undefined)
      throw new AppError('corrupt', `window ${row.id} has a score for a record that is not there`)
    return record
  })
  return { row, sidecar, records }
}

/**
 * The same for the held records of a window, by record id, so that reviewers need no right to admitted ones. For records that
 * the scan admitted (`admit`) and that were recalled later, the admitted object is opened.
 */
export async function readFlagged(
  system: Opening,
  row: WindowRow,
  decision: Decision,
): Promise<{ readonly sidecar: Sidecar; readonly records: ReadonlyMap<string, DataRecord> }> {
  const { sidecar, byId } = await openZones(system, row, [decision === 'admit' ? 'clean' : 'quarantine'])
  return { sidecar, records: byId }
}

/** The admitted records of a window, verified by its manifest. Throws `conflict` before it is committed. */
export async function readAdmitted(system: Opening, row: WindowRow): Promise<readonly DataRecord[]> {
  return [...(await openZones(system, row, ['clean'])).byId.values()]
}

/** Only the scores, which contain no record. */
export async function readScores(system: Opening, row: WindowRow): Promise<Sidecar> {
  return (await openZones(system, row, [])).sidecar
}

async function openZones(
  { vault, chain }: Opening,
  row: WindowRow,
  zones: readonly ('clean' | 'quarantine')[],
): Promise<{ readonly sidecar: Sidecar; readonly byId: ReadonlyMap<string, DataRecord> }> {
  const link = await chain.find(row.dataset, { kind: 'window', window: row.id })
  if (link === null || row.scores === null)
    throw new AppError('conflict', `window ${row.id} is ${row.state}, not committed: run \`credence run\` first`)
  const { contract } = link.statement.predicate
  if (contract !== undefined && contract.sha256 !== row.contract)
    throw new AppError(
      'corrupt',
      `the catalog names another contract for window ${row.id} than its signed link: restore the catalog; \`credence audit verify\` names what else differs`,
      { reason: 'catalog_row' },
    )
  const open = async (zone: 'scores' | 'clean' | 'quarantine', codec: 'json+zstd' | 'jsonl+zstd') => {
    const subject = subjectIn(link.statement.subject, zone)
    if (subject === null) return null
    return {
      path: subject.name,
      bytes: await vault.open(subject.name, windowContext(row, codec), subject.digest.sha256),
    }
  }
  const scores = await open('scores', 'json+zstd')
  if (scores === null) throw new AppError('corrupt', `the manifest of window ${row.id} names no scores`)
  const sidecar = decodeSidecar(scores.bytes, scores.path)
  const byId = new Map<string, DataRecord>()
  for (const zone of zones) {
    const opened = await open(zone, 'jsonl+zstd')
    if (opened === null) continue
    const { bytes } = opened
    const found = zone === 'clean' ? decodeRecords(bytes) : decodeHeld(bytes).map(({ record }) => record)
    for (const record of found) byId.set(record.id, record)
  }
  return { sidecar, byId }
}
