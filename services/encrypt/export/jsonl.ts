import { recordLine } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { canonicalJson } from '#core/value.ts'

const CHUNK_BYTES = 64 * 1024

/**
 * One line of canonical JSON per record, in UTF-8: only its fields, or (`whole`) its id, fields and provenance. A tensor is
 * `{"$tensor":"u8","shape":[28,28],"data":"<base64>"}`. The same records give the same bytes.
 */
export async function* exportJsonl(
  records: AsyncIterable<DataRecord>,
  { whole = false }: { readonly whole?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  let lines: Buffer[] = []
  let size = 0
  for await (const record of records) {
    const line = Buffer.from(`${whole ? recordLine(record) : canonicalJson(record.fields)}\n`, 'utf8')
    lines.push(line)
    size += line.length
    if (size >= CHUNK_BYTES) {
      yield Buffer.concat(lines)
      lines = []
      size = 0
    }
  }
  if (lines.length > 0) yield Buffer.concat(lines)
}
