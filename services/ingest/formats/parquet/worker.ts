import { parentPort, workerData } from 'node:worker_threads'
import { parquetMetadataAsync, parquetScan, type FileMetaData } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { isMachine, openStored } from '../stored-bytes.ts'
import type { Column, ColumnReply, ColumnRequest } from './decoder.ts'
import { ownRows } from './own-rows.ts'

/** The largest announced size of a page that is accepted: a page may announce any size. */
const MAX_PAGE_BYTES = 512 * 1024 * 1024

const bytes = await openStored((workerData as { readonly stored: string | Uint8Array }).stored)
const file = {
  byteLength: bytes.size,
  slice: async (start: number, end = bytes.size) =>
    (await bytes.read(start, Math.max(start, Math.min(end, bytes.size)))).buffer,
}
let metadata: FileMetaData | undefined
/** The row group that was decoded last. */
let group: { readonly start: number; readonly columns: readonly Column[] } | undefined

async function serve(request: ColumnRequest): Promise<void> {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(await answer(request))
}
parentPort?.on('message', (request: ColumnRequest) => void serve(request))

async function answer(request: ColumnRequest): Promise<ColumnReply> {
  try {
    metadata ??= await parquetMetadataAsync(file)
    return request.kind === 'groups'
      ? { kind: 'groups', groups: groupsOf(metadata) }
      : await readRows(metadata, request)
  } catch (error) {
    return { kind: isMachine(error) ? 'unavailable' : 'broken' } // the message might quote the file
  }
}

function groupsOf({ row_groups: groups }: FileMetaData) {
  return groups.map(({ num_rows: rows, columns }) => ({
    rows: Number(rows),
    bytes: columns.reduce((sum, column) => sum + Number(column.meta_data?.total_uncompressed_size ?? 0), 0),
    values: columns.reduce((sum, column) => sum + Number(column.meta_data?.num_values ?? 0), 0),
  }))
}

async function readRows(
  metadata: FileMetaData,
  { start, end, row, stop }: ColumnRequest & { kind: 'read' },
): Promise<ColumnReply> {
  if (group?.start !== start) {
    group = undefined
    const columns = await readGroup(metadata, start, end)
    if (!columns) return { kind: 'short' }
    group = { start, columns }
  }
  return { kind: 'columns', ...ownRows(group.columns, row - start, stop - start) }
}

/** The columns of a row group; null if one is shorter than the group. */
async function readGroup(metadata: FileMetaData, start: number, end: number): Promise<Column[] | null> {
  const scan = await parquetScan({ file, metadata, compressors: bounded, geoparquet: false, utf8: false, parsers })
  const columns: Column[] = []
  for (const name of columnNames(metadata)) {
    const values = await scan.readColumn({ column: name, rowStart: start, rowEnd: end })
    if (values.length < end - start) return null
    columns.push({ name, values })
  }
  return columns
}

/** The schema is a tree in prefix order: the children of its root are the columns. */
function columnNames({ schema }: FileMetaData): string[] {
  const names: string[] = []
  const skip = (at: number): number => {
    let next = at + 1
    const children = schema[at]?.num_children ?? 0
    for (let child = 0; child < children && next < schema.length; child++) next = skip(next)
    return next
  }
  for (let at = 1; at < schema.length; at = skip(at)) names.push(schema[at]!.name)
  return names
}

const bounded = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number) => {
      if (outputLength === 0) return new Uint8Array() // of a column without values; LZ4 is taken for damaged there
      if (outputLength > MAX_PAGE_BYTES) throw new RangeError('a page that is too large')
      return decompress(input, outputLength)
    },
  ]),
) as typeof compressors

const UTF8 = new TextDecoder('utf-8', { fatal: true })

const parsers = {
  /**
   * Decodes text. Text that is not UTF-8 is marked as ill-formed, and its bytes follow the mark; decoding the record then
   * refuses it.
   */
  stringFromBytes(bytes: Uint8Array | undefined): string | undefined {
    if (!bytes) return undefined
    try {
      return UTF8.decode(bytes)
    } catch {
      return `\ud800${Buffer.from(bytes).toString('latin1')}`
    }
  },
}
