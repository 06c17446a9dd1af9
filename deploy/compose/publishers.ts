import { PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { EventHubProducerClient } from '@azure/event-hubs'
import type { Message } from './deliveries.ts'
import { kinesisClient, NAMES, PLACES, pubsubClient } from './places.ts'

/** Sends messages; throws when it is not known whether all were taken. */
export type Publish = (messages: readonly Message[]) => Promise<void>

/** Who delivers is the partition key. */
export function eventHubsPublisher(): Publish {
  const client = new EventHubProducerClient(PLACES.eventhubs, NAMES.hub)
  return async (messages) => {
    for (const [partitionKey, group] of Map.groupBy(messages, ({ contributor }) => contributor)) {
      let batch = await client.createBatch({ partitionKey })
      for (const { body } of group) {
        if (batch.tryAdd({ body: Buffer.from(body) })) continue
        await client.sendBatch(batch)
        batch = await client.createBatch({ partitionKey })
        batch.tryAdd({ body: Buffer.from(body) })
      }
      await client.sendBatch(batch)
    }
  }
}

/** Who delivers is the partition key. */
export function kinesisPublisher(): Publish {
  const client = kinesisClient()
  return async (messages) => {
    for (let start = 0; start < messages.length; start += 500) {
      const Records = messages
        .slice(start, start + 500)
        .map(({ contributor, body }) => ({ PartitionKey: contributor, Data: body }))
      const { FailedRecordCount = 0 } = await client.send(new PutRecordsCommand({ StreamName: NAMES.stream, Records }))
      if (FailedRecordCount > 0) throw new Error(`${FailedRecordCount} records were not taken`)
    }
  }
}

/** Who delivers is an attribute. */
export function pubsubPublisher(): Publish {
  const topic = pubsubClient().topic(NAMES.topic, { batching: { maxMilliseconds: 20 } })
  return async (messages) => {
    await Promise.all(
      messages.map(({ contributor, body }) =>
        topic.publishMessage({ data: Buffer.from(body), attributes: { contributor } }),
      ),
    )
  }
}
