import type { ReceivedEventData } from '@azure/event-hubs'
import type { Message } from '../../messages/message.ts'

export interface MessageOptions {
  readonly contributor?: 'partition-key' | undefined
}

/**
 * Converts an event to a message. The bytes of data sections are taken as they are and joined; the text of a value section as
 * UTF-8, its bytes as they are, anything else (and a sequence section) as JSON. Attributes are the application properties,
 * `iothub-…` annotations, and `content-type` and `content-encoding`; those of CloudEvents' AMQP binding get the names of its
 * HTTP binding (`ce-…`).
 */
export function toMessage(partition: string, event: ReceivedEventData, { contributor }: MessageOptions): Message {
  const key = contributor === 'partition-key' ? event.partitionKey : null
  return {
    partition,
    position: String(event.sequenceNumber),
    bytes: bytesOf(event),
    attributes: attributesOf(event),
    ...(key === null || key === undefined ? {} : { contributor: key }),
  }
}

function bytesOf(event: ReceivedEventData): Uint8Array {
  const body: unknown = event.body
  const kind = event.getRawAmqpMessage().bodyType
  if (body === null || body === undefined) return new Uint8Array(0)
  if (body instanceof Uint8Array) return body
  if (kind === 'data' && Array.isArray(body)) return Buffer.concat(body as Uint8Array[])
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8')
}

function attributesOf({ properties, systemProperties, contentType }: ReceivedEventData): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  const set = (name: string, value: unknown) => {
    const text = textOf(value)
    if (text !== null) attributes.set(name, text)
  }
  for (const [name, value] of Object.entries(systemProperties ?? {})) {
    if (name.startsWith('iothub-')) set(name.toLowerCase(), value)
  }
  for (const [name, value] of Object.entries(properties ?? {})) {
    set(name.toLowerCase().replace(/^cloudevents[:_]/, 'ce-'), value)
  }
  set('content-encoding', systemProperties?.['contentEncoding'])
  set('content-type', contentType)
  return attributes
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  // events sent over the Kafka protocol have headers of bytes
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return JSON.stringify(value)
}
