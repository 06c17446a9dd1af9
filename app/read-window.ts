import type { Decision } from '#core/decision.ts'
import { AppError, isAppError } from '#core/errors.ts'
import { decodeHeld, decodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { decodeSidecar, type Sidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { subjectIn, windowContext } from '#core/layout.ts'
import type { SigningSystem } from './system.ts'

type Opening = Pick<SigningSystem, 'vault' | 'chain' | 'store'>

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
  { vault, chain, store }: Opening,
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
    const path = subject.name
    try {
      return { path, bytes: await vault.open(path, windowContext(row, codec), subject.digest.sha256) }
    } catch (error) {
      throw isAppError(error, 'not_found') && !(await store.exists(path)) ? goneError(row, path, error) : error
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

/** What a window committed is in the store no more: nobody who asked for it named anything wrong. */
function goneError({ id }: Pick<WindowRow, 'id'>, path: string, cause: unknown): AppError {
  return new AppError(
    'not_found',
    `${path}, which the signed link of window ${id} names, is gone from the store: put it back from a backup; \`credence verify\` names what else is gone`,
    { cause, reason: 'object_gone' },
  )
}
