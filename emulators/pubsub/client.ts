import type { CreateSubscriptionOptions, PubSub, Topic } from '@google-cloud/pubsub'
import type { Unpack } from '#services/ingest/messages/message.ts'
import { createPubSubClient } from '#services/ingest/sources/pubsub/client.ts'
import {
  createPubSubSource,
  type PubSubSource,
  type PubSubSourceOptions,
} from '#services/ingest/sources/pubsub/source.ts'

export const PROJECT = 'credence-test'
export const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/records`
export const TOPIC = `projects/${PROJECT}/topics/records`

/** A topic `records` and a subscription `records` to it, made and written to by the official client. */
export interface Records {
  readonly client: PubSub
  readonly topic: Topic
  /** Publishes messages under an ordering key ('' for none), in their order; their ids. */
  readonly send: (
    orderingKey: string,
    messages: readonly (string | Uint8Array)[],
    attributes?: Attributes,
  ) => Promise<string[]>
}

export type Attributes = Readonly<Record<string, string>>

export async function createRecords(endpoint: string, options: CreateSubscriptionOptions = {}): Promise<Records> {
  const client = createPubSubClient({ project: PROJECT, endpoint, emulator: true })
  await client.createTopic('records')
  const topic = client.topic('records', { messageOrdering: true, batching: { maxMilliseconds: 1 } })
  await topic.createSubscription('records', options)
  const send = (orderingKey: string, messages: readonly (string | Uint8Array)[], attributes: Attributes = {}) =>
    Promise.all(
      messages.map((message) => {
        const data = Buffer.from(message)
        // a message has to hold something: one without bytes has an attribute
        const some = data.length === 0 ? { empty: 'yes' } : {}
        return topic.publishMessage({
          data,
          attributes: { ...some, ...attributes },
          ...(orderingKey && { orderingKey }),
        })
      }),
    )
  return { client, topic, send }
}

/** A source over the subscription, as a process makes it that has just started. */
export function openSource(endpoint: string, unpack: Unpack, options: Partial<PubSubSourceOptions> = {}): PubSubSource {
  const connection = { project: PROJECT, endpoint, emulator: true }
  return createPubSubSource({ name: 'stream', subscription: 'records', lanes: 2, ...connection, unpack, ...options })
}
