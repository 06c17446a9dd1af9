import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  type _Record,
  type Shard,
  type StartingPosition,
} from '@aws-sdk/client-kinesis'
import type { HashKeyRange } from './aggregate.ts'
import type { KinesisCaller } from './caller.ts'

/** Records of one answer, and how far the last of them is behind the shard's newest. */
export interface Batch {
  readonly records: readonly _Record[]
  readonly behindMs: number
}

export interface ShardReading {
  readonly caller: KinesisCaller
  readonly shard: string
  readonly start: StartingPosition
  readonly signal: AbortSignal
}

/** Ends once the shard has ended for good and everything was yielded, or by the signal. */
export type ShardReader = (reading: ShardReading) => AsyncGenerator<Batch>

export interface ListedShard {
  readonly id: string
  /** The parents that still exist: the shards that were split or merged into it. */
  readonly parents: readonly string[]
  readonly range: HashKeyRange
}

/** All shards that have something to read, including closed ones. */
export async function listShards(caller: KinesisCaller, signal: AbortSignal): Promise<readonly ListedShard[]> {
  const shards: Shard[] = []
  let next: string | undefined
  do {
    const input = next === undefined ? caller.streamParameters : { NextToken: next }
    const page = await caller.call('ListShards', null, signal, (client, options) =>
      client.send(new ListShardsCommand(input), options),
    )
    shards.push(...(page.Shards ?? []))
    next = page.NextToken
  } while (next !== undefined)
  const ids = new Set(shards.map(({ ShardId }) => ShardId))
  return shards.map(({ ShardId, ParentShardId, AdjacentParentShardId, HashKeyRange }) => ({
    id: ShardId!,
    parents: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined).filter((id) => ids.has(id)),
    range: { from: BigInt(HashKeyRange!.StartingHashKey!), to: BigInt(HashKeyRange!.EndingHashKey!) },
  }))
}

/** An iterator for `getRecords`. */
export async function iteratorAt({ caller, shard, start, signal }: ShardReading): Promise<string | undefined> {
  const { Type, SequenceNumber, Timestamp } = start
  const input = {
    ...caller.streamParameters,
    ShardId: shard,
    ShardIteratorType: Type,
    ...(SequenceNumber === undefined ? {} : { StartingSequenceNumber: SequenceNumber }),
    ...(Timestamp === undefined ? {} : { Timestamp }),
  }
  const answer = await caller.call('GetShardIterator', shard, signal, (client, options) =>
    client.send(new GetShardIteratorCommand(input), options),
  )
  return answer.ShardIterator
}

/** One answer from an iterator, with the next iterator; at the end of the shard there is none. */
export async function getRecords(
  { caller, shard, signal }: Pick<ShardReading, 'caller' | 'shard' | 'signal'>,
  iterator: string,
  limit: number,
): Promise<Batch & { readonly next: string | undefined }> {
  const input = { ...caller.arnParameter, ShardIterator: iterator, Limit: limit }
  const answer = await caller.call('GetRecords', shard, signal, (client, options) =>
    client.send(new GetRecordsCommand(input), options),
  )
  return { records: answer.Records ?? [], behindMs: answer.MillisBehindLatest ?? 0, next: answer.NextShardIterator }
}
