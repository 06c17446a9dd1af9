import { RAW_KEPT } from './format.ts'

const NEWLINE = 0x0a

/** A line's bytes without its end. Of a line above the limit: its beginning, and its whole length in `cut`. */
export interface Line {
  readonly bytes: Uint8Array
  /** The whole length if only the beginning was kept; 0 otherwise. */
  readonly cut: number
}

/**
 * Splits a stream into lines, one batch per chunk. A line above `limit` is not held: its rest is skipped. Empty lines are left
 * out unless `empty` is set.
 */
export async function* lineBatches(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  empty = false,
): AsyncGenerator<Line[]> {
  let parts: Uint8Array[] = []
  let length = 0

  const keep = (bytes: Uint8Array) => {
    const over = length > limit
    length += bytes.length
    if (over) return
    parts.push(bytes)
    if (length > limit) parts = [Buffer.concat(parts).subarray(0, RAW_KEPT)]
  }
  const take = (): Line => {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    const cut = length > limit ? length : 0
    parts = []
    length = 0
    return { bytes, cut }
  }

  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    const lines: Line[] = []
    let start = 0
    for (;;) {
      if (!empty && length === 0) while (buffer[start] === NEWLINE) start++
      const end = buffer.indexOf(NEWLINE, start)
      if (end < 0) break
      keep(buffer.subarray(start, end))
      lines.push(take())
      start = end + 1
    }
    if (start < buffer.length) keep(buffer.subarray(start))
    if (lines.length > 0) yield lines
  }
  if (length > 0) yield [take()]
}

export function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  return true
}
