import type { KinesisClient, StartingPosition } from '@aws-sdk/client-kinesis'
import { AppError, isAppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import type { Unpack } from '../../messages/message.ts'
import type { Source } from '../../source.ts'
import { createKinesisCaller, type RetryCalls } from './caller.ts'
import { checkKinesis } from './check.ts'
import { createKinesisClient, serviceClock, type KinesisConnection } from './client.ts'
import type { KinesisConfig } from './config.ts'
import { findConsumer } from './consumer.ts'
import { fanOutReader } from './fan-out.ts'
import { itemsOf } from './items.ts'
import { parsePlace, resumeAt } from './place.ts'
import { pollingReader, SHARD_PACE, type Pace } from './polling.ts'
import { getRecords, iteratorAt, listShards, type Batch, type ListedShard } from './shard.ts'

export interface KinesisSourceOptions extends KinesisConnection, Pick<KinesisConfig, 'start' | 'contributor'> {
  readonly name: string
  /** Required for the mode `fan-out`. */
  readonly consumer?: KinesisConfig['consumer'] | undefined
  readonly unpack: Unpack
  /** The most records of one answer; they are held in memory. */
  readonly maxRecords?: number | undefined
  /** A slower pace, for example for shards that other consumers poll too. */
  readonly pace?: Pace | undefined
  /** Retries transient errors: throttling, and a service that does not answer. If absent, these are thrown. */
  readonly retry?: RetryCalls | undefined
  /** Used instead of a client made from the options; closed with the source. */
  readonly client?: KinesisClient | undefined
  /** Endpoint of the service that reports the caller's identity in `check`; if absent, the region's own. */
  readonly identityEndpoint?: string | undefined
}

export interface KinesisSource extends Source {
  readonly live: true
  /** With the catalog's positions, also reports how far they are behind. */
  check(positions?: (shard: string) => Promise<ReadonlyMap<string, string>>): Promise<readonly CheckLine[]>
  close(): Promise<void>
}

const MAX_RECORDS = 10_000

const once: RetryCalls = (work) => work()

/**
 * A Kinesis data stream, polled or by enhanced fan-out. Each of its shards is both a shard and a partition here. A shard ends
 * for good when it is split or merged, and is read before the resulting shards. Positions are sequence numbers: `<sequence>`,
 * and `<sequence>:<n>` for user record `n` of an aggregated record. User records that belong to another shard by their hash key
 * are skipped, because their producer sent them to that shard too.
 *
 * If there is no position, `TRIM_HORIZON` begins with the oldest record; a date with the first record since; `LATEST` with the
 * first one since this source first listed its shards, by the service's clock to the second. A shard whose parents still exist
 * begins with its oldest record under `LATEST`, because it may have been created while nobody was reading. A process that dies
 * before it staged anything begins with a later `LATEST`; with a date nothing is lost.
 *
 * Throws, on creation, `invalid` for wrong options; later `denied` (`permission`, `credentials`, `stream_key`), `not_found`,
 * `invalid`, and, unless `retry` handles them, `throttled` and `unavailable`.
 */
export function createKinesisSource(options: KinesisSourceOptions): KinesisSource {
  const { name, stream, mode, consumer, maxRecords = MAX_RECORDS, pace = SHARD_PACE, retry = once } = options
  if (mode === 'fan-out' && !consumer) throw new AppError('invalid', `${stream}: fan-out needs the name of a consumer`)
  const client = options.client ?? createKinesisClient(options)
  const now = serviceClock(client)
  const caller = createKinesisCaller(client, stream, retry)
  const closing = new AbortController()
  const lags = new Map<string, number>()
  let latest: Date | null = null
  let listed: ReadonlyMap<string, ListedShard> = new Map()
  let consumerArn: Promise<string> | null = null

  const list = async (signal: AbortSignal): Promise<readonly ListedShard[]> => {
    const shards = await listShards(caller, signal)
    latest ??= now()
    listed = new Map(shards.map((shard) => [shard.id, shard]))
    return shards
  }

  const describe = async (id: string, signal: AbortSignal): Promise<ListedShard> => {
    if (!listed.has(id)) await list(signal)
    const shard = listed.get(id)
    if (shard) return shard
    throw new AppError('not_found', `${stream} has no ${id}, or no longer`, { reason: 'no_shard' })
  }

  const beginning = ({ parents }: ListedShard): StartingPosition => {
    if (options.start instanceof Date) return { Type: 'AT_TIMESTAMP', Timestamp: options.start }
    if (options.start === 'TRIM_HORIZON' || parents.length > 0) return { Type: 'TRIM_HORIZON' }
    return { Type: 'AT_TIMESTAMP', Timestamp: latest! }
  }

  const findConsumerOnce = (): Promise<string> => {
    consumerArn ??= findConsumer(caller, consumer!, closing.signal).catch((error: unknown) => {
      consumerArn = null
      throw error
    })
    return consumerArn
  }
  const reader = mode === 'fan-out' ? fanOutReader(findConsumerOnce) : pollingReader(maxRecords, pace)

  return {
    name,
    live: true,
    shards: async () => (await list(closing.signal)).map(({ id, parents }) => ({ id, after: parents })),

    async *read(id, positions, { signal: ends }) {
      const signal = AbortSignal.any([ends, closing.signal])
      const mark = positions.get(id)
      const place = mark === undefined ? null : parsePlace(mark)
      try {
        const shard = await describe(id, signal)
        const start = place === null ? beginning(shard) : resumeAt(place)
        for await (const batch of reader({ caller, shard: id, start, signal })) {
          lags.set(id, batch.behindMs)
          for (const record of batch.records) {
            lags.set(id, lagAt(record.ApproximateArrivalTimestamp, batch))
            for (const item of itemsOf(record, shard, place, options)) {
              if (signal.aborted) return
              yield item
            }
          }
        }
      } catch (error) {
        if (isAppError(error, 'not_found')) consumerArn = null // a consumer that is registered again has another ARN
        if (!signal.aborted) throw error
      }
    },

    async *reread(id, wanted, _positions, report) {
      const positions = wanted.get(id)
      if (!positions) return
      const shard = await describe(id, closing.signal)
      const sequences = new Set([...positions].map((position) => parsePlace(position).sequence))
      for (const sequence of sequences) {
        try {
          const reading = { caller, shard: id, signal: closing.signal }
          const start = { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: sequence } as const
          const iterator = await iteratorAt({ ...reading, start })
          const { records } = iterator === undefined ? { records: [] } : await getRecords(reading, iterator, 1)
          for (const record of records.filter(({ SequenceNumber }) => SequenceNumber === sequence)) {
            for (const item of itemsOf(record, shard, null, options)) if (positions.has(item.position)) yield item
          }
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          report(error)
        }
      }
    },

    lagMs: (id) => lags.get(id) ?? null,
    check: (positions) =>
      checkKinesis({ ...options, client, signal: closing.signal, ...(positions ? { positions } : {}) }),
    async close() {
      closing.abort()
      client.destroy()
    },
  }
}

/** How far a record of this batch is behind the shard's newest one. */
function lagAt(arrived: Date | undefined, { records, behindMs }: Batch): number {
  const last = records.at(-1)?.ApproximateArrivalTimestamp
  return last && arrived ? Math.max(0, last.getTime() - arrived.getTime()) + behindMs : behindMs
}
