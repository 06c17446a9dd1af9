import { createHash, type Hash } from 'node:crypto'
import type { Contract } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { exportCsv } from '#services/encrypt/export/csv.ts'
import { exportJsonl } from '#services/encrypt/export/jsonl.ts'
import { streamNpz } from '#services/encrypt/export/npz.ts'
import { streamParquet } from '#services/encrypt/export/parquet.ts'
import { datasetOf, type SigningSystem } from '../system.ts'

export const EXPORT_FORMATS = ['jsonl', 'csv', 'parquet', 'npz'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface ExportOptions {
  readonly dataset: string
  readonly format: ExportFormat
  /** JSONL with ids and provenance, not only the fields. */
  readonly whole?: boolean
}

export interface Exported {
  readonly records: number
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string
  /** Cells of a CSV that got an apostrophe in front, so that no spreadsheet takes them for a formula. */
  readonly guarded: number
}

/**
 * The admitted records of a dataset, each after its signature, chain, digest and tags were verified. What was yielded is to be
 * believed once the last came: only the end of the chain tells what was revoked since, and that nothing was cut off. Throws
 * `not_found` for another dataset, `corrupt` where something does not verify.
 */
export function admittedRecords(system: SigningSystem, dataset: string): AsyncIterable<DataRecord> {
  datasetOf(system, dataset)
  return exportAdmitted(dataset, { vault: system.vault, links: system.chain.links(dataset) })
}

/**
 * Hands the admitted records, encoded, to `write`, and leaves an entry in the audit log once it took all of them. A `write`
 * that fails, and bytes that do not verify to the end, leave none. Throws `not_found` (`unsigned`) before the first link, `invalid` for a table as npz and for arrays as csv, and as
 * `admittedRecords` does.
 */
export async function exportDataset(
  system: SigningSystem,
  { dataset, format, whole = false }: ExportOptions,
  write: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<Exported> {
  const { contract } = datasetOf(system, dataset)
  await checkBegun(system, dataset)
  let [records, guarded] = [0, 0]
  const open = () => {
    records = 0
    return counted(admittedRecords(system, dataset), () => records++)
  }
  const hash = createHash('sha256')
  const encoded =
    format === 'csv' ? exportCsv(open, { onGuarded: () => guarded++ }) : encode(format, open, contract, whole)
  await write(hashed(encoded, hash))
  await system.catalog.audit.append(system.actor, 'dataset.exported', dataset, { records, format })
  return { records, sha256: hash.digest('hex'), guarded }
}

/** An empty export would say that nothing was admitted, where nothing was looked at yet. */
async function checkBegun({ chain }: SigningSystem, dataset: string): Promise<void> {
  for await (const _ of chain.links(dataset)) return
  throw new AppError('not_found', `nothing of ${dataset} is committed yet: credence run commits what is delivered`, {
    reason: 'unsigned',
  })
}

function encode(
  format: Exclude<ExportFormat, 'csv'>,
  open: () => AsyncIterable<DataRecord>,
  { features, label }: Contract,
  whole: boolean,
): AsyncIterable<Uint8Array> {
  if (format === 'jsonl') return exportJsonl(open(), { whole })
  if (format === 'parquet') return streamParquet(open)
  if (features.kind === 'table' || features.kind === 'exchange') {
    const what = features.kind === 'table' ? 'a table' : 'an exchange'
    throw new AppError('invalid', `${what} has no one array: export it as jsonl or parquet`, { reason: 'npz_of_table' })
  }
  return streamNpz(open, { x: features.field, y: label })
}

async function* counted(records: AsyncIterable<DataRecord>, onRecord: () => void): AsyncGenerator<DataRecord> {
  for await (const record of records) {
    onRecord()
    yield record
  }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}
