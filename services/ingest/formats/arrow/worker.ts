import { parentPort, workerData } from 'node:worker_threads'
import zlib from 'node:zlib'
import { CompressionType, setCompressionCodec, tableFromIPC } from '@uwdata/flechette'
import { isMachine, openStored } from '../stored-bytes.ts'
import type { Column, ColumnReply, ColumnRequest } from '../parquet/decoder.ts'
import { ownRows } from '../parquet/own-rows.ts'
import { lz4Decompress } from './lz4-frame.ts'
import { arrowMessages, type ArrowMessage } from './messages.ts'

/** The largest announced size of a buffer that is accepted: a buffer may announce any size. */
const MAX_BUFFER_BYTES = 512 * 1024 * 1024

const bytes = await openStored((workerData as { readonly stored: string | Uint8Array }).stored)

setCompressionCodec(CompressionType.ZSTD, {
  encode: (bytes) => zlib.zstdCompressSync(bytes),
  decode: (bytes) => new Uint8Array(zlib.zstdDecompressSync(bytes, { maxOutputLength: MAX_BUFFER_BYTES })),
})
setCompressionCodec(CompressionType.LZ4_FRAME, {
  encode: (bytes) => bytes, // unused: nothing is written here
  decode: (bytes) => lz4Decompress(bytes, MAX_BUFFER_BYTES),
})

let messages: readonly ArrowMessage[] | undefined
/** The record batch that was decoded last. */
let group: { readonly start: number; readonly columns: readonly Column[] } | undefined

async function serve(request: ColumnRequest): Promise<void> {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(await answer(request))
}

parentPort?.on('message', (request: ColumnRequest) => void serve(request))

async function answer(request: ColumnRequest): Promise<ColumnReply> {
  try {
    messages ??= await arrowMessages(bytes.size, (start, end) => bytes.read(start, end))
    if (request.kind === 'read') return await readBatch(messages, request)
    const batches = messages.filter(({ kind }) => kind === 'batch')
    return {
      kind: 'groups',
      groups: batches.map(({ start, end, rows }) => ({ rows, bytes: end - start, values: rows })),
    }
  } catch (error) {
    return { kind: isMachine(error) ? 'unavailable' : 'broken' } // the message might quote the file
  }
}

async function readBatch(
  messages: readonly ArrowMessage[],
  { start, row, stop }: ColumnRequest & { kind: 'read' },
): Promise<ColumnReply> {
  if (group?.start !== start) {
    group = undefined
    const columns = await decodeBatch(messages, start)
    if (columns === null) return { kind: 'short' }
    group = { start, columns }
  }
  return { kind: 'columns', ...ownRows(group.columns, row - start, stop - start) }
}

/**
 * The columns of the batch that begins with this row, decoded with the schema and the dictionaries before it; null if a column
 * is too short.
 */
async function decodeBatch(messages: readonly ArrowMessage[], first: number): Promise<Column[] | null> {
  let row = 0
  const at = messages.findIndex(({ kind, rows }) => {
    if (kind !== 'batch') return false
    row += rows
    return row > first
  })
  const batch = messages[at]!
  const before = messages.slice(0, at).filter(({ kind }) => kind !== 'batch')
  const parts = await Promise.all(
    [...before, batch].map(async ({ start, end, bytes: own }) => own ?? bytes.read(start, end)),
  )
  const table = tableFromIPC(parts, { useDate: true, useBigInt: true })
  const columns = table.names.map((name, k) => ({ name, values: table.getChildAt(k).toArray() as Column['values'] }))
  return columns.some(({ values }) => values.length < batch.rows) ? null : columns
}
