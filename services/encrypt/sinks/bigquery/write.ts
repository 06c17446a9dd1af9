import { AppError, isAppError } from '#core/errors.ts'
import {
  RowRefused,
  batchGone,
  codeOf,
  isGone,
  storageError,
  StorageErrorCode,
  type AppendConnection,
} from './append.ts'
import type { Writer } from './clients.ts'
import type { RowEncoder } from './proto.ts'
import type { SinkRow, Token } from '../../sink.ts'

/** Bytes of rows in a request. The service allows 10 MB, overhead included. */
const REQUEST_BYTES = 8_000_000
const ROW_BYTES = 9_500_000

/**
 * Appends rows from `offset` on, in requests of at most 8 MB. Rows that are there already are skipped, however they were divided
 * into requests before. The service only says whether an offset lies before, at or after the stream's end, so the end is found
 * by search.
 */
export async function appendRows(
  connection: AppendConnection,
  encoder: RowEncoder,
  offset: number,
  rows: readonly SinkRow[],
): Promise<void> {
  const encoded = rows.map((row) => encodeRow(encoder, row))
  const send = async (from: number, to: number) => {
    try {
      return await connection.append({
        writeStream: connection.stream,
        offset: { value: offset + from },
        protoRows: {
          writerSchema: { protoDescriptor: encoder.descriptor },
          rows: { serializedRows: encoded.slice(from, to) },
        },
      })
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error
      const record = recordOf(rows[from + error.index])
      throw new AppError('invalid', `${connection.stream} does not take the row of record ${record}`, {
        cause: error,
        reason: 'row_refused',
      })
    }
  }
  for (const [from, to] of requestsOf(encoded)) {
    const outcome = await send(from, to)
    if (outcome === 'finalized') return // the stream is ended only once all rows are there
    if (outcome === 'beyond') throw missing(connection.stream, offset + from)
    if (outcome === 'exists') await appendRest(send, from, to, () => missing(connection.stream, offset + from))
  }
}

/** Appends those of the rows [from, to) that are not there yet; at least the first is there. */
async function appendRest(
  send: (from: number, to: number) => Promise<string>,
  from: number,
  to: number,
  lost: () => AppError,
): Promise<void> {
  // usually all rows are there, so ask about the last one first
  if ((await send(to - 1, to)) !== 'beyond') return
  let low = from + 1
  let high = to - 2
  while (low <= high) {
    const middle = (low + high) >> 1
    const outcome = await send(middle, to)
    if (outcome === 'exists') low = middle + 1
    else if (outcome === 'beyond') high = middle - 1
    else return
  }
  throw lost()
}

/** Ends the stream and makes its rows visible. May be repeated. */
export async function commitStream(writer: Writer, token: Token, rowCount: number): Promise<void> {
  try {
    const found = await writer.finalize(token)
    if (found !== rowCount) {
      const message = `${token} has ${found} rows, not ${rowCount}: forget it and begin the batch again`
      throw new AppError('corrupt', message, { reason: 'row_count' })
    }
    const { commitTime, streamErrors } = await writer.commit(token)
    const failed = streamErrors?.find((error) => codeOf(error) !== StorageErrorCode.STREAM_ALREADY_COMMITTED)
    if (failed !== undefined) throw storageError(failed, `committing ${token}`)
    if (!commitTime && (streamErrors ?? []).length === 0) {
      throw new AppError('unavailable', `committing ${token}: no commit time`, { reason: 'not_committed' })
    }
  } catch (error) {
    if (isAppError(error, 'corrupt') || !isFinal(error) || !(await isCommitted(writer, token))) {
      throw isGone(error) ? batchGone(token, error) : error
    }
  }
}

/** Whether an error is one that the service reports for a stream that is committed already. */
function isFinal(error: unknown): boolean {
  return isAppError(error, 'invalid') || isAppError(error, 'conflict') || isAppError(error, 'not_found')
}

async function isCommitted(writer: Writer, token: Token): Promise<boolean> {
  try {
    const { commitTime } = await writer.getStream(token)
    return commitTime !== null && commitTime !== undefined
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

function encodeRow(encoder: RowEncoder, row: SinkRow): Uint8Array {
  const bytes = encoder.encode(row)
  if (bytes.length <= ROW_BYTES) return bytes
  const message = `the row of record ${recordOf(row)} has ${bytes.length} bytes; BigQuery takes ${ROW_BYTES}`
  throw new AppError('invalid', message, { reason: 'row_too_large' })
}

/** Ranges of rows, each of which fits into one request. */
function* requestsOf(rows: readonly Uint8Array[]): Generator<[number, number]> {
  let from = 0
  let size = 0
  for (const [index, { length }] of rows.entries()) {
    if (index > from && size + length > REQUEST_BYTES) {
      yield [from, index]
      from = index
      size = 0
    }
    size += length + 8
  }
  if (from < rows.length) yield [from, rows.length]
}

function missing(stream: string, offset: number): AppError {
  return new AppError('conflict', `${stream}: rows before ${offset} are missing: append from row 0`, {
    reason: 'rows_missing',
  })
}

function recordOf(row: SinkRow | undefined): string {
  const record = row?.['_credence_record']
  return typeof record === 'string' ? record : 'unknown'
}
