import rhea, { type Connection, type Message } from 'rhea'

/** What is sent as one transfer that carries many messages (a format of Event Hubs and Service Bus). */
const BATCH_FORMAT = 0x80013700
const DELIVERY_ANNOTATIONS = 0x71

export interface Condition {
  readonly condition: string
  readonly description: string
}

/** What was refused, in AMQP's words. */
export class AmqpRefusal extends Error {
  readonly condition: string

  constructor(condition: string, description: string) {
    super(description)
    this.condition = condition
  }

  toError(): Condition {
    return { condition: this.condition, description: this.message }
  }
}

export interface Sent {
  readonly messages: readonly Message[]
  readonly key: string | undefined
  readonly bytes: number
}

/** The messages of one transfer, and the partition key that they share. */
export function openTransfer(payload: Message | Buffer, format: number | undefined): Sent {
  if (format !== BATCH_FORMAT || !Buffer.isBuffer(payload)) {
    const message = payload as Message
    return { messages: [message], key: keyOf(message), bytes: rhea.message.encode(message).length }
  }
  const outer = decode(payload)
  const body = outer.body as { readonly content: Buffer | readonly Buffer[] }
  const messages = [body.content].flat().map(decode)
  return { messages, key: keyOf(outer) ?? keyOf(messages[0]), bytes: payload.length }
}

function decode(bytes: Buffer): Message {
  return rhea.message.decode(bytes) as unknown as Message
}

function keyOf(message: Message | undefined): string | undefined {
  return (message?.['message_annotations'] as { 'x-opt-partition-key'?: string } | undefined)?.['x-opt-partition-key']
}

export interface EventPlace {
  readonly sequenceNumber: number
  readonly offset: string
  readonly enqueuedMs: number
  readonly key: string | undefined
}

/** The message as receivers are sent it: with its place in the annotations. */
export function encodeEvent(message: Message, { sequenceNumber, offset, enqueuedMs, key }: EventPlace): Buffer {
  return rhea.message.encode({
    ...message,
    delivery_annotations: undefined,
    message_annotations: {
      ...(message['message_annotations'] as object | undefined),
      'x-opt-sequence-number': rhea.types.wrap_long(sequenceNumber),
      'x-opt-offset': offset,
      'x-opt-enqueued-time': rhea.types.wrap_timestamp(enqueuedMs),
      ...(key === undefined ? {} : { 'x-opt-partition-key': key }),
    },
  })
}

export interface RuntimeMetrics {
  readonly sequenceNumber: number
  readonly offset: string
  readonly enqueuedMs: number
}

/** The section that tells a receiver where its partition ends (capability `enable-receiver-runtime-metric`). */
export function metricsSection({ sequenceNumber, offset, enqueuedMs }: RuntimeMetrics): Buffer {
  const { types } = rhea
  const writer = new (types as unknown as { Writer: new () => SectionWriter }).Writer()
  const values = types.wrap_symbolic_map({
    last_enqueued_sequence_number: types.wrap_long(sequenceNumber),
    last_enqueued_offset: offset,
    last_enqueued_time_utc: types.wrap_timestamp(enqueuedMs),
    runtime_info_retrieval_time_utc: types.wrap_timestamp(Date.now()),
  })
  writer.write(types.described_nc(types.wrap_ulong(DELIVERY_ANNOTATIONS), values))
  return writer.toBuffer()
}

interface SectionWriter {
  write(value: unknown): void
  toBuffer(): Buffer
}

interface SectionReader {
  readonly position: number
  read(): unknown
}

/** Puts delivery annotations where they belong: behind the header, which comes first. */
export function withSection(event: Buffer, section: Buffer): Buffer {
  const reader = new (rhea.types as unknown as { Reader: new (bytes: Buffer) => SectionReader }).Reader(event)
  reader.read()
  return Buffer.concat([event.subarray(0, reader.position), section, event.subarray(reader.position)])
}

interface ConnectionInside {
  readonly remote_channel_map: Readonly<Record<number, unknown>>
  on_disposition(frame: { readonly channel: number }): void
  on_flow(frame: { readonly channel: number }): void
}

/**
 * The official clients end a session and still settle what reaches them before the answer. That is no reason to break the
 * connection, as this library would.
 */
export function tolerateLateFrames(connection: Connection): void {
  const inside = connection as unknown as ConnectionInside
  for (const name of ['on_disposition', 'on_flow'] as const) {
    const handle = inside[name].bind(inside)
    inside[name] = (frame) => {
      if (inside.remote_channel_map[frame.channel]) handle(frame)
    }
  }
}
