/**
 * Splits a stream into at most `count` rows of `size` bytes, one batch per chunk. Each row is a copy. An incomplete row at the
 * end is dropped: the caller knows how many rows to expect.
 */
export async function* rowBatches(
  stream: AsyncIterable<Uint8Array>,
  size: number,
  count: number,
): AsyncGenerator<Uint8Array[]> {
  let held: Uint8Array[] = []
  let length = 0
  let left = count
  if (left <= 0) return
  for await (const chunk of stream) {
    held.push(chunk)
    length += chunk.length
    if (length < size) continue
    const bytes = held.length === 1 ? chunk : Buffer.concat(held)
    const rows: Uint8Array[] = []
    let start = 0
    for (; start + size <= bytes.length && left > 0; start += size, left--) {
      rows.push(new Uint8Array(bytes.subarray(start, start + size)))
    }
    yield rows
    if (left <= 0) return
    held = start < bytes.length ? [bytes.subarray(start)] : []
    length = bytes.length - start
  }
}
