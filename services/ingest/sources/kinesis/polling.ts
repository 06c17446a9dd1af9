import type { _Record } from '@aws-sdk/client-kinesis'
import { isAppError } from '#core/errors.ts'
import { EXPIRED_ITERATOR } from './errors.ts'
import { getRecords, iteratorAt, type ShardReader } from './shard.ts'

/** The speed at which one reader may read a shard. */
export interface Pace {
  readonly readsPerSecond: number
  readonly bytesPerSecond: number
}

/** The limits of a shard for all its readers together (Amazon Kinesis Data Streams Developer Guide, Quotas and limits). */
export const SHARD_PACE: Pace = { readsPerSecond: 5, bytesPerSecond: 2_000_000 }

const LONGEST_IDLE_MS = 1000

/**
 * Records of a shard by `GetRecords`, one answer after the other; the next is requested only when the last one was consumed.
 * Keeps to the shard's limits, and slows down while nothing comes. An expired iterator is renewed after the last record.
 */
export function pollingReader(maxRecords: number, pace: Pace): ShardReader {
  return async function* (reading) {
    const { caller, signal } = reading
    let place = reading.start
    let empty = 0
    let iterator = await iteratorAt(reading)
    while (iterator !== undefined && !signal.aborted) {
      const asked = performance.now()
      const answer = await getRecords(reading, iterator, maxRecords).catch(nullIfExpired)
      if (answer === null) {
        iterator = await iteratorAt({ ...reading, start: place })
        continue
      }
      const { records, behindMs, next } = answer
      yield { records, behindMs }

      const last = records.at(-1)?.SequenceNumber
      if (last !== undefined) place = { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: last }
      iterator = next
      empty = records.length === 0 && behindMs === 0 ? empty + 1 : 0
      const spent = performance.now() - asked
      if (iterator !== undefined) await caller.pause(intervalAfter(records, empty, pace) - spent, signal)
    }
  }
}

function nullIfExpired(error: unknown): null {
  if (isAppError(error, 'invalid') && error.reason === EXPIRED_ITERATOR) return null
  throw error
}

/** Milliseconds between the starts of two requests. */
function intervalAfter(records: readonly _Record[], empty: number, { readsPerSecond, bytesPerSecond }: Pace): number {
  const bytes = records.reduce((sum, { Data, PartitionKey = '' }) => sum + (Data?.length ?? 0) + PartitionKey.length, 0)
  const shortest = 1000 / readsPerSecond
  const idle = empty === 0 ? 0 : Math.min(LONGEST_IDLE_MS, shortest * 2 ** (empty - 1))
  return Math.max(shortest, idle, (bytes / bytesPerSecond) * 1000)
}
