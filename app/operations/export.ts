import { createHash, type Hash } from 'node:crypto'
import type { Contract } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import type { Link } from '#services/encrypt/chain/chain.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { exportCsv } from '#services/encrypt/export/csv.ts'
import { exportJsonl } from '#services/encrypt/export/jsonl.ts'
import { streamNpz } from '#services/encrypt/export/npz.ts'
import { streamParquet } from '#services/encrypt/export/parquet.ts'
import { datasetOf, type SigningSystem } from '../system.ts'

export const EXPORT_FORMATS = ['jsonl', 'csv', 'parquet', 'npz'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** The action of the audit entry about an export. */
export const EXPORTED = 'dataset.exported'

export interface ExportOptions {
  readonly dataset: string
  readonly format: ExportFormat
  /** JSONL with ids and provenance in addition to the fields. */
  readonly whole?: boolean
}

export interface Exported {
  readonly records: number
  /** The number of recalled records, which are left out. */
  readonly recalled: number
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string
  /** The number of CSV cells that got an apostrophe in front, so that no spreadsheet takes them for a formula. */
  readonly guarded: number
}

/**
 * The admitted records of a dataset, each after its signature, chain, digest and tags were verified. Trust them only after the
 * last one: only the end of the chain shows what was revoked, and that nothing was cut off. Throws `not_found` for an unknown
 * dataset, `corrupt` if something does not verify.
 */
export function admittedRecords(
  system: SigningSystem,
  dataset: string,
  links = system.chain.links(dataset),
): AsyncIterable<DataRecord> {
  datasetOf(system, dataset)
  return exportAdmitted(dataset, { vault: system.vault, links })
}

/**
 * Passes the encoded admitted records to `write`, and adds an entry to the audit log once it took all of them. If `write` fails,
 * or the records do not verify to the end, there is no entry. Throws `not_found` (`unsigned`) before the first link, `invalid`
 * for a table as npz and for arrays as csv, and as `admittedRecords` does.
 */
export async function exportDataset(
  system: SigningSystem,
  { dataset, format, whole = false }: ExportOptions,
  write: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<Exported> {
  const { contract } = datasetOf(system, dataset)
  await checkBegun(system, dataset)
  let [records, guarded] = [0, 0]
  let seen = createSeen()
  const open = () => {
    records = 0
    seen = createSeen()
    return counted(admittedRecords(system, dataset, seen.watch(system.chain.links(dataset))), () => records++)
  }
  const hash = createHash('sha256')
  const encoded =
    format === 'csv' ? exportCsv(open, { onGuarded: () => guarded++ }) : encode(format, open, contract, whole)
  await write(hashed(encoded, hash))
  const sha256 = hash.digest('hex')
  const { through, head, recalled } = seen
  // the export's contents follow from the chain up to that link, by which a recall finds them again
  const detail = { records, format, through, head, sha256 }
  await system.catalog.audit.append(system.actor, EXPORTED, dataset, detail)
  return { records, recalled: recalled.size, sha256, guarded }
}

/** Records how far the exported chain reached, and what was recalled by then. */
function createSeen() {
  const seen = {
    through: 0,
    head: '',
    recalled: new Set<string>(),
    async *watch(links: AsyncIterable<Link>): AsyncGenerator<Link> {
      for await (const link of links) {
        const { kind, recalled = [] } = link.statement.predicate
        seen.through = link.ordinal
        seen.head = link.sha256
        for (const id of recalled) seen.recalled[kind === 'recall' ? 'add' : 'delete'](id)
        yield link
      }
    },
  }
  return seen
}

/** Throws before the first link: an empty export would suggest that nothing was admitted, although nothing was scanned yet. */
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
