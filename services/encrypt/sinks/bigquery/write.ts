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

/** A request has at most 10 MB, its overhead included. */
const REQUEST_BYTES = 8_000_000
const ROW_BYTES = 9_500_000

/**
 * Appends rows from `offset` on, in requests of at most 8 MB. Rows that are there are passed over, however they were cut when
 * they came: the service tells only whether an offset lies before, at or behind the stream's end, so that end is searched for.
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
    if (outcome === 'finalized') return // all rows are there: only then was the stream ended
    if (outcome === 'beyond') throw missing(connection.stream, offset + from)
    if (outcome === 'exists') await appendRest(send, from, to, () => missing(connection.stream, offset + from))
  }
}

/** The rows of [from, to) that are not there yet, where at least the first is. */
async function appendRest(
  send: (from: number, to: number) => Promise<string>,
  from: number,
  to: number,
  lost: () => AppError,
): Promise<void> {
  // mostly all of them are there: ask about the last
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

/** Ends the stream and shows its rows. What was done before is found done. */
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

/** What a service may say of a stream that it has committed already. */
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

/** Ranges of rows that fit a request each. */
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
