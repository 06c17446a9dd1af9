import { z } from 'zod'
import { AppError, isAppError } from '#core/errors.ts'
import type { Batch, Sink, SinkRow, Token } from '../sink.ts'

/** A batch that is being filled, as the catalog stores it. */
export const openBatchSchema = z.strictObject({ into: z.enum(['admitted', 'revoked']), token: z.string() })
export type OpenBatch = z.infer<typeof openBatchSchema>

/** Where the open batch of a delivery is stored. */
export interface Progress {
  /** The open batch of the link that is being delivered. */
  open(): OpenBatch | null
  /** Throws `conflict` if another process has taken over the delivery. */
  keep(batch: OpenBatch): Promise<void>
}

const ROWS_AT_ONCE = 500
/** Attempts for a batch: an error that recurs this often is not transient. */
const ATTEMPTS = 3

/**
 * Puts all rows of a link into one of a sink's tables, once: under the stored token, or under a new one that is stored before
 * any row is sent. If the service has forgotten the batch, or it ended with other rows than these, a new batch is begun unless
 * the link's rows are there. Throws `corrupt` (`partial_batch`) if only some of them are there, and what the sink and `keep`
 * throw.
 */
export async function deliverBatch(
  sink: Sink,
  batch: Batch,
  rows: readonly SinkRow[],
  progress: Progress,
): Promise<void> {
  const begin = async (): Promise<Token> => {
    const token = await sink.open(batch)
    await progress.keep({ into: batch.into, token })
    return token
  }
  const known = progress.open()
  let token = known?.into === batch.into ? known.token : await begin()
  for (let attempt = 1; ; attempt++) {
    try {
      for (let offset = 0; offset < rows.length; offset += ROWS_AT_ONCE) {
        await sink.append(token, offset, rows.slice(offset, offset + ROWS_AT_ONCE))
      }
      await sink.commit(token, rows.length)
      return
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error
      if (isAppError(error, 'conflict') && error.reason === 'rows_missing') continue // begin again with row 0, in the same batch
      if (!isLost(error)) throw error
      const there = await sink.count(batch)
      if (there === rows.length) return
      if (there > 0) {
        const message = `${sink.name} shows ${there} of the ${rows.length} rows of link ${batch.ordinal}`
        throw new AppError('corrupt', message, { reason: 'partial_batch' })
      }
      token = await begin()
    }
  }
}

/**
 * Whether the batch can never be committed. One that ended with the wrong number of rows cannot, since every deliverer asks for
 * the same number.
 */
function isLost(error: unknown): boolean {
  return (
    (isAppError(error, 'not_found') && error.reason === 'batch_gone') ||
    (isAppError(error, 'corrupt') && error.reason === 'row_count')
  )
}
