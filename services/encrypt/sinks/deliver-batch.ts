import { z } from 'zod'
import { AppError, isAppError } from '#core/errors.ts'
import type { Batch, Sink, SinkRow, Token } from '../sink.ts'

/** A batch that rows are put into, as the catalog keeps it. */
export const openBatchSchema = z.strictObject({ into: z.enum(['admitted', 'revoked']), token: z.string() })
export type OpenBatch = z.infer<typeof openBatchSchema>

/** Where the open batch of a delivery is kept. */
export interface Progress {
  /** The batch that is open for the link being delivered. */
  open(): OpenBatch | null
  /** Throws `conflict` where the delivery is somebody else's by now. */
  keep(batch: OpenBatch): Promise<void>
}

const ROWS_AT_ONCE = 500
/** What no service does twice in a row is no passing fault. */
const ATTEMPTS = 3

/**
 * Puts all rows of a link into one of a sink's tables, once: under the token that is kept, or under a new one that is kept before
 * any row goes. A batch that the service has forgotten, or that ended with other than these rows, is begun again unless its
 * rows are there. Throws `corrupt` (`partial_batch`) when some of them are, and what the sink and `keep` throw.
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
      if (isAppError(error, 'conflict') && error.reason === 'rows_missing') continue // from row 0, into the same batch
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
 * Whether nothing more can come of the batch: nobody will ever show one that has ended with the wrong number of rows, since every
 * deliverer asks for the same number.
 */
function isLost(error: unknown): boolean {
  return (
    (isAppError(error, 'not_found') && error.reason === 'batch_gone') ||
    (isAppError(error, 'corrupt') && error.reason === 'row_count')
  )
}
