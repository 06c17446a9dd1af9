import type { _Record } from '@aws-sdk/client-kinesis'
import type { Message, Unpack } from '../../messages/message.ts'
import type { SourceItem } from '../../source.ts'
import { belongsTo, disaggregate } from './aggregate.ts'
import { positionOf, takenOf, type Place } from './place.ts'
import type { ListedShard } from './shard.ts'

export interface ItemOptions {
  readonly unpack: Unpack
  /** Uses partition keys as contributors. */
  readonly contributor?: 'partition-key' | undefined
}

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map()

/** The items of a record in order, with aggregated records split; without the items that `place` covers. */
export function* itemsOf(
  record: _Record,
  shard: Pick<ListedShard, 'id' | 'range'>,
  place: Place | null,
  { unpack, contributor }: ItemOptions,
): Generator<SourceItem> {
  const sequence = record.SequenceNumber!
  const parts = partsOf(record, shard)
  for (const [order, { user, partitionKey, data }] of parts.entries()) {
    const taken = takenOf(place, sequence, user)
    if (taken === Number.POSITIVE_INFINITY) continue
    const message: Message = {
      partition: shard.id,
      position: positionOf(sequence, user),
      bytes: data,
      attributes: NO_ATTRIBUTES,
      ...(contributor === 'partition-key' ? { contributor: partitionKey } : {}),
    }
    const items = unpack(message)
    for (const [index, item] of items.entries()) {
      if (index < taken) continue
      const isLast = order === parts.length - 1 && index === items.length - 1
      // a reader that has a record's last item has all of it, and need not read it again
      yield isLast && user !== null ? { ...item, mark: sequence } : item
    }
  }
}

interface Part {
  /** The index of a user record; null if the record is not aggregated. */
  readonly user: number | null
  readonly partitionKey: string
  readonly data: Uint8Array
}

function partsOf(
  { Data: data = new Uint8Array(0), PartitionKey: partitionKey = '' }: _Record,
  shard: Pick<ListedShard, 'range'>,
) {
  const users = disaggregate(data)
  if (users === null) return [{ user: null, partitionKey, data }] satisfies Part[]
  return users
    .filter((user) => belongsTo(user, shard.range))
    .map(({ index, partitionKey, data }): Part => ({ user: index, partitionKey, data }))
}
