import type { _Record } from '@aws-sdk/client-kinesis'
import type { Message, Unpack } from '../../messages/message.ts'
import type { SourceItem } from '../../source.ts'
import { belongsTo, disaggregate } from './aggregate.ts'
import { positionOf, takenOf, type Place } from './place.ts'
import type { ListedShard } from './shard.ts'

export interface ItemOptions {
  readonly unpack: Unpack
  /** Takes partition keys for contributors. */
  readonly contributor?: 'partition-key' | undefined
}

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map()

/** The items of a record in their order, user records taken apart; without those that `place` covers. */
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
      // who has the last item of a record has the record, and need not read it again
      yield isLast && user !== null ? { ...item, mark: sequence } : item
    }
  }
}

interface Part {
  /** Of a user record; null for a record that holds nothing but itself. */
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
