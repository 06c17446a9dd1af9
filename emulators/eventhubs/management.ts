import rhea, { type Message } from 'rhea'
import { AmqpRefusal } from './amqp.ts'
import type { PartitionLog } from './partition-log.ts'

export interface HubState {
  readonly name: string
  readonly createdMs: number
  readonly groups: readonly string[]
  readonly partitions: readonly PartitionLog[]
}

const ARRAY_OF_STRINGS = 0xa1

/** Answers a READ of `$management`: a hub's properties, or those of one of its partitions. */
export function describe(hub: HubState, request: Record<string, unknown>): object {
  const { types } = rhea
  const type = String(request['type'])
  if (type === 'com.microsoft:eventhub') {
    return {
      name: hub.name,
      type,
      created_at: types.wrap_timestamp(hub.createdMs),
      partition_count: hub.partitions.length,
      partition_ids: types.wrap_array(
        hub.partitions.map((_, index) => String(index)),
        ARRAY_OF_STRINGS,
        undefined,
      ),
      georeplication_factor: 1,
    }
  }
  if (type !== 'com.microsoft:partition') {
    throw new AmqpRefusal('com.microsoft:argument-error', `The type '${type}' is not supported.`)
  }
  const log = partitionOf(hub, String(request['partition']))
  const { sequenceNumber, offset, enqueuedMs } = log.end
  return {
    name: hub.name,
    type,
    partition: String(request['partition']),
    begin_sequence_number: types.wrap_long(log.isEmpty && log.last < 0 ? -1 : log.first),
    last_enqueued_sequence_number: types.wrap_long(sequenceNumber),
    last_enqueued_offset: offset,
    last_enqueued_time_utc: types.wrap_timestamp(enqueuedMs),
    is_partition_empty: log.isEmpty,
  }
}

export function partitionOf(hub: HubState, id: string): PartitionLog {
  const log = /^\d+$/.test(id) ? hub.partitions[Number(id)] : undefined
  if (log) return log
  const description = `The specified partition is invalid for an EventHub partition sender or receiver. It should be between 0 and ${hub.partitions.length - 1}.`
  throw new AmqpRefusal('com.microsoft:argument-out-of-range', description)
}

export interface Answer {
  readonly status: number
  readonly description: string
  readonly condition?: string
  readonly body?: object
}

/** The answer to a request, as the links of `$cbs` and `$management` send it. */
export function toReply(request: Message, { status, description, condition, body }: Answer): object {
  return {
    correlation_id: request['message_id'],
    application_properties: {
      'status-code': rhea.types.wrap_int(status),
      'status-description': description,
      ...(condition === undefined ? {} : { 'error-condition': condition }),
    },
    body,
  }
}

const STATUS: Readonly<Record<string, number>> = {
  'amqp:not-found': 404,
  'amqp:unauthorized-access': 401,
  'com.microsoft:server-busy': 503,
  'com.microsoft:argument-error': 400,
  'com.microsoft:argument-out-of-range': 400,
  'com.microsoft:entity-disabled': 400,
}

export function toRefusal({ condition, message }: AmqpRefusal): Answer {
  return { status: STATUS[condition] ?? 500, description: message, condition }
}
