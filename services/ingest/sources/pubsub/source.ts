import { AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import type { Unpack } from '../../messages/message.ts'
import type { Source } from '../../source.ts'
import { checkSubscription } from './check.ts'
import type { PubSubConfig } from './config.ts'
import { createPubSubClient, type PubSubConnection } from './client.ts'
import { LaneReading } from './lane.ts'

export interface PubSubSourceOptions extends PubSubConnection, Pick<PubSubConfig, 'subscription' | 'contributor'> {
  readonly name: string
  readonly unpack: Unpack
  /** How many streams read the subscription at once, each under its own lease. */
  readonly lanes?: PubSubConfig['lanes'] | undefined
  /**
   * The most that a lane may hold unacknowledged, read or not. It must be more than a window, because a window is acknowledged
   * as a whole.
   */
  readonly maxOutstanding?: { readonly messages?: number | undefined; readonly bytes?: number | undefined } | undefined
  /** For how long a message is not delivered again while its window fills and is staged. */
  readonly maxExtensionSeconds?: number | undefined
}

export interface PubSubSource extends Source {
  readonly live: true
  /** Acknowledgements that failed so far: their messages are delivered again, and then dropped. */
  readonly failedAcks: number
  /** The state of the subscription, in lines for people. Never throws. */
  check(): Promise<readonly CheckLine[]>
  lagMs(shard: string): number | null
  close(): Promise<void>
}

const MiB = 1024 * 1024
const DEFAULT_LANES = 4
const MOST_LANES = 64
const DEFAULT_MESSAGES = 20_000
const DEFAULT_BYTES = 96 * MiB
const DEFAULT_EXTENSION_SECONDS = 3600

/**
 * Messages of a Pub/Sub subscription, which has neither shards nor positions. Shards are lanes, each a streaming pull; the
 * service distributes the messages among them. The partition is the subscription and the position is a message's id, whatever
 * its lane; marks are chained over what a lane read (`nextMark`). Every message may be delivered again, on any lane, until its
 * acknowledgement has arrived, and is delivered again if that fails: items are `redeliverable`. Messages of an ordering key come
 * in order, on one lane while any of them are outstanding; redelivered ones come in order too.
 *
 * A message is acknowledged once the mark of its last item is staged; a failed acknowledgement is only counted. What a lane
 * reads ahead is bounded by `maxOutstanding` and one answer of the service. Dead-letter policies count every delivery, including
 * those that a restart causes.
 *
 * Reading ends at once with `not_found`, `denied`, `invalid`, and with `unavailable` or `throttled` if streams keep breaking.
 * Throws `invalid` for invalid options.
 */
export function createPubSubSource(options: PubSubSourceOptions): PubSubSource {
  const { name, unpack, lanes = DEFAULT_LANES, maxOutstanding = {}, maxExtensionSeconds } = options
  const subscription = fullName(options)
  const partition = subscription.slice(subscription.lastIndexOf('/') + 1)
  checkWhole('lanes', lanes, MOST_LANES)
  const { messages = DEFAULT_MESSAGES, bytes = DEFAULT_BYTES } = maxOutstanding
  checkWhole('maxOutstanding.messages', messages)
  checkWhole('maxOutstanding.bytes', bytes)
  if (maxExtensionSeconds !== undefined) checkWhole('maxExtensionSeconds', maxExtensionSeconds)
  const client = createPubSubClient(options)
  const readings = new Map<string, LaneReading>() // the latest reading of each lane
  let failedAcks = 0

  const open = (shard: string): LaneReading => {
    const reading = new LaneReading({
      client,
      subscription,
      partition,
      unpack,
      contributor: options.contributor,
      maxOutstanding: { messages, bytes },
      maxExtensionSeconds: maxExtensionSeconds ?? DEFAULT_EXTENSION_SECONDS,
      onFailedAcks: (count) => (failedAcks += count),
    })
    readings.set(shard, reading)
    return reading
  }

  return {
    name,
    live: true,
    get failedAcks() {
      return failedAcks
    },
    shards: async () => Array.from({ length: lanes }, (_, lane) => ({ id: `lane-${lane}` })),
    read: (shard, positions, readOptions) => open(shard).read(positions.get(partition) ?? '', readOptions),
    async acknowledge(shard, positions) {
      const mark = positions.get(partition)
      if (mark !== undefined) await readings.get(shard)?.acknowledge(mark)
    },
    lagMs: (shard) => readings.get(shard)?.lagMs ?? null,
    check: () => checkSubscription(client, subscription, options),
    async close() {
      await Promise.all([...readings.values()].map((reading) => reading.close()))
      await client.close()
    },
  }
}

function fullName({ project, subscription }: PubSubSourceOptions): string {
  const full = subscription.includes('/') ? subscription : `projects/${project}/subscriptions/${subscription}`
  if (!/^projects\/[a-z][a-z0-9.:-]*\/subscriptions\/[A-Za-z][\w.~+%-]{2,254}$/.test(full)) {
    throw new AppError('invalid', `${full} is not the name of a Pub/Sub subscription`)
  }
  return full
}

function checkWhole(what: string, value: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return
  throw new AppError(
    'invalid',
    `${what} is to be a whole number from 1${most < 1e6 ? ` to ${most}` : ''}, not ${value}`,
  )
}
