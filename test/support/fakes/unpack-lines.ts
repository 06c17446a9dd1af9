import type { Message } from '#services/ingest/messages/message.ts'
import type { Body, SourceItem } from '#services/ingest/source.ts'

/**
 * An `Unpack` for the tests of sources: each line that has something in it is an item; a message without any is one item of
 * no bytes; what is not UTF-8 is broken.
 */
export function unpackLines(message: Message): readonly SourceItem[] {
  const { partition, position, bytes, contributor, redeliverable } = message
  const about = {
    partition,
    ...(contributor === undefined ? {} : { contributor }),
    ...(redeliverable === undefined ? {} : { redeliverable }),
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const body: Body = { kind: 'broken', raw: bytes, reason: 'invalid_utf8', detail: 'not UTF-8' }
    return [{ ...about, position, body }]
  }
  const lines = text.split('\n').filter((line) => line !== '')
  if (lines.length <= 1) return [{ ...about, position, body: jsonBody(Buffer.from(lines[0] ?? '')) }]
  return lines.map((line, index) => ({
    ...about,
    position: `${position}/${index}`,
    ...(index === lines.length - 1 ? { mark: position } : {}),
    body: jsonBody(Buffer.from(line)),
  }))
}

function jsonBody(bytes: Uint8Array): Body {
  return { kind: 'bytes', bytes, contentType: 'application/json' }
}
