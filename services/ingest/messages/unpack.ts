import { broken, FormatError, RAW_KEPT } from '../formats/format.ts'
import type { Body, ContentType, SourceItem } from '../source.ts'
import { createAvroUnpacker } from './avro/avro.ts'
import { NO_SCHEMAS, type AvroSchemas } from './avro/registry.ts'
import { bodyOfBytes, unpackLimits } from './bodies.ts'
import { eventAttributes, isJson, looksLikeEvent, openEvent } from './cloud-events.ts'
import { expandByMagic, undoCodings } from './expand.ts'
import { cutList, firstByte, isListAt, isObjectAt, isSeveralLines } from './json-cut.ts'
import type { Message, Unpack } from './message.ts'

export const MESSAGE_FORMATS = ['auto', 'json', 'jsonl', 'avro', 'text'] as const
export type MessageFormat = (typeof MESSAGE_FORMATS)[number]

export interface UnpackOptions {
  /** `auto` decides by the content type or, if that says nothing, by the first bytes. */
  readonly format: MessageFormat
  readonly limits: { readonly itemBytes: number }
  readonly schemas?: AvroSchemas
  /** The attribute that names the contributor, such as `ce-source`; it takes precedence over what the source knows. */
  readonly contributor?: { readonly attribute: string }
}

/** A part of a message, with its attributes. */
interface Part {
  readonly body: Body
  readonly attributes: Attributes
}
type Attributes = ReadonlyMap<string, string>
type Kind = Exclude<MessageFormat, 'auto'> | 'email'

const LONGEST_NAME = 512

/**
 * Unpacks messages: undoes compression, opens CloudEvents (JSON format, one or a batch; binary mode needs no opening), and
 * splits messages with several items. JSON stays bytes for the one decoder; Avro becomes fields.
 */
export function createUnpacker(options: UnpackOptions): Unpack {
  const { format, schemas = NO_SCHEMAS } = options
  const limits = unpackLimits(options.limits.itemBytes)
  const avro = createAvroUnpacker(schemas, limits)
  const contributorFrom = options.contributor?.attribute.toLowerCase()

  const partsOf = (message: Message): Part[] => {
    const attributes = eventAttributes(message.attributes)
    const codings = attributes.get('content-encoding')
    const isTold = codings !== undefined && codings !== ''
    const undone = isTold ? undoCodings(message.bytes, codings, limits.messageBytes) : message.bytes
    const bytes = isTold || format !== 'auto' ? undone : expandByMagic(undone, limits.messageBytes)
    const contentType = attributes.get('content-type')?.trim().toLowerCase() ?? ''
    if (contentType.startsWith('application/cloudevents-batch+json')) {
      return cutList(bytes, limits.items).flatMap((event) => opened(event, attributes))
    }
    if (contentType.startsWith('application/cloudevents+json')) return opened(bytes, attributes)
    return split(bytes, contentType, attributes, format === 'auto')
  }

  const opened = (event: Uint8Array, outer: Attributes): Part[] => {
    try {
      const { bytes, contentType, attributes } = openEvent(event)
      return split(bytes, contentType ?? '', new Map([...outer, ...attributes]), false)
    } catch (error) {
      return [{ body: bodyOfFault(error, event), attributes: outer }]
    }
  }

  /** The items in data. Each may itself be an event if `mayOpen`. */
  const split = (bytes: Uint8Array, contentType: string, attributes: Attributes, mayOpen: boolean): Part[] => {
    const kind = format === 'auto' ? kindOf(bytes, contentType) : format
    const part = (body: Body): Part => ({ body, attributes })
    const json = (value: Uint8Array): Part[] =>
      mayOpen && looksLikeEvent(value)
        ? opened(value, attributes)
        : [part(bodyOfBytes(value, 'application/json', limits))]
    switch (kind) {
      case 'json':
        return isListAt(bytes, firstByte(bytes)) ? cutList(bytes, limits.items).flatMap(json) : json(bytes)
      case 'jsonl':
        return linesOf(bytes).flatMap(json)
      case 'avro':
        return avro.unpack(bytes, schemaIdOf(contentType)).map(part)
      default:
        return [part(bodyOfBytes(bytes, TYPES[kind], limits))]
    }
  }

  const kindOf = (bytes: Uint8Array, contentType: string): Kind => {
    const told = kindByType(contentType)
    if (told !== null && told !== 'json') return told
    if (told === null && avro.recognises(bytes)) return 'avro'
    const first = firstByte(bytes)
    if (isObjectAt(bytes, first)) return isSeveralLines(bytes) ? 'jsonl' : 'json'
    return told === 'json' || isListAt(bytes, first) ? 'json' : 'text'
  }

  const linesOf = (bytes: Uint8Array): Uint8Array[] => {
    const lines: Uint8Array[] = []
    for (let start = 0; start < bytes.length;) {
      const newline = bytes.indexOf(0x0a, start)
      const end = newline < 0 ? bytes.length : newline
      const line = bytes.subarray(start, end)
      if (firstByte(line) < line.length) lines.push(line)
      if (lines.length > limits.items) throw limits.tooMany()
      start = end + 1
    }
    return lines
  }

  const bodyOfFault = (error: unknown, bytes: Uint8Array): Body => {
    const raw = bytes.length > limits.itemBytes ? bytes.subarray(0, RAW_KEPT) : bytes
    if (error instanceof FormatError) return broken(error.reason, error.message, raw)
    return broken('undecodable', 'a message that cannot be read', raw)
  }

  return (message) => {
    let parts: Part[]
    try {
      parts = partsOf(message)
      if (parts.length === 0) throw new FormatError('missing_part', 'a message that holds no item')
      if (parts.length > limits.items) throw limits.tooMany()
    } catch (error) {
      parts = [{ body: bodyOfFault(error, message.bytes), attributes: eventAttributes(message.attributes) }]
    }
    return parts.map(({ body, attributes }, index) => {
      const named = contributorFrom === undefined ? '' : (attributes.get(contributorFrom) ?? '')
      const contributor = named === '' ? message.contributor : named.slice(0, LONGEST_NAME).toWellFormed()
      return { ...placed(message, index, parts.length), ...(contributor === undefined ? {} : { contributor }), body }
    })
  }
}

/** The place of an item: the message's own if it is the only one. */
function placed(message: Message, index: number, count: number): Omit<SourceItem, 'body'> {
  const { partition, position, redeliverable } = message
  return {
    partition,
    position: count === 1 ? position : `${position}/${index}`,
    ...(count > 1 && index === count - 1 ? { mark: position } : {}),
    ...(redeliverable ? { redeliverable } : {}),
  }
}

const TYPES: Readonly<Record<'text' | 'email', ContentType>> = { text: 'text/plain', email: 'message/rfc822' }

/** What a content type says about the data; null if nothing. */
function kindByType(contentType: string): Kind | null {
  const [type = ''] = contentType.split(';', 1)
  const name = type.trim()
  if (/^(?:avro\/|application\/(?:vnd\.apache\.)?avro\b)|[+.]avro$/.test(name)) return 'avro'
  if (/^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines)$/.test(name)) return 'jsonl'
  if (isJson(name)) return 'json'
  if (name === 'message/rfc822') return 'email'
  return name === 'text/plain' ? 'text' : null
}

/** The id of a schema in Event Hubs' registry: `avro/binary+<id>`. */
function schemaIdOf(contentType: string): string | null {
  return /^avro\/binary\+([0-9a-f-]{1,64})/.exec(contentType)?.[1] ?? null
}
