import type { KinesisClient, Shard, SubscribeToShardEvent, SubscribeToShardEventStream } from '@aws-sdk/client-kinesis'

type EventStream = AsyncIterable<SubscribeToShardEventStream>

/**
 * The emulator goes on sending empty events from a shard that was split or merged; the service ends the subscription with an
 * event that names the children. This adds that event, from what the emulator itself says of its shards.
 */
export function endShards(client: KinesisClient, shards: () => Promise<readonly Shard[]>): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { ShardId } = args.input as { ShardId?: string }
      const output = result.output as { EventStream?: EventStream }
      if (output.EventStream === undefined || ShardId === undefined) return result
      const childrenOf = async () =>
        (await shards()).filter((shard) => [shard.ParentShardId, shard.AdjacentParentShardId].includes(ShardId))
      output.EventStream = ended(output.EventStream, childrenOf)
      return result
    },
    { step: 'initialize', name: 'endShards', override: true },
  )
}

async function* ended(stream: EventStream, childrenOf: () => Promise<readonly Shard[]>): EventStreamGenerator {
  for await (const part of stream) {
    const event = part.SubscribeToShardEvent
    const children = event && event.Records?.length === 0 ? await childrenOf() : []
    if (event && children.length > 0) {
      yield { SubscribeToShardEvent: lastEvent(event, children) }
      return
    }
    yield part
  }
}

type EventStreamGenerator = AsyncGenerator<SubscribeToShardEventStream>

function lastEvent(event: SubscribeToShardEvent, children: readonly Shard[]): SubscribeToShardEvent {
  return {
    ...event,
    ContinuationSequenceNumber: undefined,
    ChildShards: children.map(({ ShardId, ParentShardId, AdjacentParentShardId, HashKeyRange }) => ({
      ShardId,
      ParentShards: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined),
      HashKeyRange,
    })),
  }
}
