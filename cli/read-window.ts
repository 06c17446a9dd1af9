import { AppError } from '#core/errors.ts'
import { decodeHeld, decodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { decodeSidecar, type Sidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { subjectIn, windowContext } from '#services/encrypt/layout.ts'
import type { System } from './system.ts'

/** A committed window, opened: its scores, and its records by place; both as its manifest vouches for them. */
export interface OpenedWindow {
  readonly row: Pick<WindowRow, 'id' | 'ordinal'>
  readonly sidecar: Sidecar
  /** n records in the window's order. */
  readonly records: readonly DataRecord[]
}

/** Opens what a window committed, for a command that shows it to a person. Throws `conflict` before it is committed. */
export async function readWindow(system: Pick<System, 'vault' | 'chain'>, row: WindowRow): Promise<OpenedWindow> {
  const { vault, chain } = system
  const link = await chain.find(row.dataset, { kind: 'window', window: row.id })
  if (link === null || row.scores === null)
    throw new AppError('conflict', `window ${row.id} is ${row.state}, not committed: run \`credence run\` first`)
  const open = async (zone: 'scores' | 'clean' | 'quarantine', codec: 'json+zstd' | 'jsonl+zstd') => {
    const subject = subjectIn(link.statement.subject, zone)
    return subject === null ? null : vault.open(subject.name, windowContext(row, codec), subject.digest.sha256)
  }
  const scores = await open('scores', 'json+zstd')
  if (scores === null) throw new AppError('corrupt', `the manifest of window ${row.id} names no scores`)
  const sidecar = decodeSidecar(scores)
  const clean = await open('clean', 'jsonl+zstd')
  const held = await open('quarantine', 'jsonl+zstd')
  const byId = new Map<string, DataRecord>()
  for (const record of clean === null ? [] : decodeRecords(clean)) byId.set(record.id, record)
  for (const { record } of held === null ? [] : decodeHeld(held)) byId.set(record.id, record)
  const records = sidecar.records.map(({ id }) => {
    const record = byId.get(id)
    if (record === undefined)
      throw new AppError('corrupt', `window ${row.id} has a score for a record that is not there`)
    return record
  })
  return { row, sidecar, records }
}

/** A record's label or contributor as a name; null where it has none. */
export function fieldName(record: DataRecord | undefined, field: string | undefined): string | null {
  const value = field === undefined ? undefined : record?.fields[field]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
