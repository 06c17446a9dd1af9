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
  /** How many streams read the subscription at once, each under a lease of its own. */
  readonly lanes?: PubSubConfig['lanes'] | undefined
  /**
   * What a lane may hold unacknowledged, read or not. Has to be more than a window, for a window is acknowledged whole.
   */
  readonly maxOutstanding?: { readonly messages?: number | undefined; readonly bytes?: number | undefined } | undefined
  /** For how long a message is kept from being delivered again while its window fills and is staged. */
  readonly maxExtensionSeconds?: number | undefined
}

export interface PubSubSource extends Source {
  readonly live: true
  /** Acknowledgements that failed so far: their messages come again, and are dropped then. */
  readonly failedAcks: number
  /** How the subscription stands, in lines for people. Never throws. */
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
 * Messages of a Pub/Sub subscription. Pub/Sub has neither shards nor positions: shards are lanes, each a streaming pull over
 * which the service spreads the messages; the partition is the subscription and the position a message's id, whichever lane
 * it came by; marks are chained over what a lane read (`nextMark`). Everything may be delivered again, on any lane, until its
 * acknowledgement has arrived, and again when it has not: items say `redeliverable`. Messages of an ordering key come in
 * their order, to one lane while any of them are outstanding; those that come again, come in order again.
 *
 * A message is acknowledged once the mark of its last item is staged; a failed acknowledgement is counted, no more. What a
 * lane has read ahead is bounded by `maxOutstanding` and one answer of the service. Dead-letter policies count every delivery,
 * also those that a restart causes.
 *
 * Reading ends with `not_found`, `denied`, `invalid` at once, and with `unavailable` or `throttled` when streams keep breaking.
 * Throws `invalid` for options that make no sense.
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
  const readings = new Map<string, LaneReading>() // the latest of each lane
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
