import { FormatError } from '../formats/format.ts'
import { cutObject, textOf } from './json-cut.ts'

/** The contents of a CloudEvent, without its envelope. */
export interface EventData {
  readonly bytes: Uint8Array
  /** In lower case; null if the event has none. */
  readonly contentType: string | null
  /** The event's attributes, as `ce-source`, `ce-id` and so on. */
  readonly attributes: ReadonlyMap<string, string>
}

/** Whether a JSON object looks like a CloudEvent: it has `specversion` and data. */
export function looksLikeEvent(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!view.includes('"specversion"') || !view.includes('"data')) return false
  try {
    const members = cutObject(bytes)
    return textOf(members.get('specversion')) !== null && (members.has('data') || members.has('data_base64'))
  } catch {
    return false
  }
}

/**
 * Opens an event in structured mode (CloudEvents JSON format 1.0.2, section 3.1). Its data are returned as their original bytes.
 * Throws FormatError: `missing_part` if there are none.
 */
export function openEvent(bytes: Uint8Array): EventData {
  const members = cutObject(bytes)
  const attributes = new Map<string, string>()
  for (const [name, value] of members) {
    const text = name === 'data' || name === 'data_base64' ? null : textOf(value)
    if (text !== null) attributes.set(`ce-${name.toLowerCase()}`, text)
  }
  if (!attributes.has('ce-specversion')) throw new FormatError('undecodable', 'a CloudEvent without specversion')
  const [data, packed] = [members.get('data'), members.get('data_base64')]
  const contentType = attributes.get('ce-datacontenttype')?.toLowerCase() ?? null
  if (data !== undefined && packed !== undefined) throw new FormatError('undecodable', 'a CloudEvent with data twice')
  if (packed !== undefined) return { bytes: unpackBase64(packed), contentType, attributes }
  if (data === undefined) throw new FormatError('missing_part', 'a CloudEvent without data')
  const text = contentType === null || isJson(contentType) ? null : textOf(data)
  if (text === null) return { bytes: data, contentType: 'application/json', attributes }
  return { bytes: Buffer.from(text, 'utf8'), contentType, attributes }
}

/**
 * A message's attributes under the names of CloudEvents' HTTP and Pub/Sub bindings (`ce-…`), including those that the AMQP
 * binding calls `cloudEvents:…` or `cloudEvents_…`.
 */
export function eventAttributes(attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const all = new Map(attributes)
  for (const [name, value] of attributes) {
    const own = /^cloudevents[:_](.+)$/.exec(name)?.[1]
    if (own !== undefined && !all.has(`ce-${own}`)) all.set(`ce-${own}`, value)
  }
  return all
}

export function isJson(contentType: string): boolean {
  return /^[^;]*[/+]json\s*(?:;|$)/.test(contentType)
}

function unpackBase64(value: Uint8Array): Uint8Array {
  const text = textOf(value)
  const bytes = text === null ? null : Buffer.from(text, 'base64')
  if (bytes === null || bytes.toString('base64') !== text) {
    throw new FormatError('undecodable', 'a CloudEvent whose data_base64 is not base64')
  }
  return bytes
}
