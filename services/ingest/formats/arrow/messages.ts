/** One message of an Arrow stream: its place in the file and its metadata. */
export interface ArrowMessage {
  readonly kind: 'schema' | 'dictionary' | 'batch'
  readonly start: number
  /** The offset after its body. */
  readonly end: number
  /** The rows of a record batch. */
  readonly rows: number
}

export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>

const MAGIC = 'ARROW1'
const CONTINUES = 0xffffffff
/** The largest metadata in bytes: enough for a million columns; usual ones take a few KiB. */
const MAX_METADATA = 64 * 1024 * 1024
const KINDS: Readonly<Record<number, ArrowMessage['kind']>> = { 1: 'schema', 2: 'dictionary', 3: 'batch' }

/**
 * The messages of a stream, or of a file, which is a stream between a magic word and a footer (Arrow Columnar Format 1.5,
 * “Serialization and Interprocess Communication”). Throws RangeError if the bytes are neither.
 */
export async function arrowMessages(size: number, read: ReadBytes): Promise<ArrowMessage[]> {
  const isFile = Buffer.from(await read(0, Math.min(size, MAGIC.length))).toString('latin1') === MAGIC
  const found: ArrowMessage[] = []
  let at = isFile ? 8 : 0
  while (at + 8 <= size) {
    const prefix = viewOf(await read(at, at + 8))
    const isMarked = prefix.getUint32(0, true) === CONTINUES
    const length = prefix.getInt32(isMarked ? 4 : 0, true)
    if (length === 0) break
    const metadata = at + (isMarked ? 8 : 4)
    if (length < 0 || length > MAX_METADATA || metadata + length > size)
      throw new RangeError('a message beyond the file')
    const { kind, body, rows } = announced(viewOf(await read(metadata, metadata + length)))
    const end = metadata + length + body
    if (!(body >= 0 && rows >= 0 && end <= size)) throw new RangeError('a body beyond the file')
    if (kind !== undefined) found.push({ kind, start: at, end, rows })
    at = end
  }
  if (found[0]?.kind !== 'schema') throw new RangeError('no schema')
  return found
}

/** Reads a message's metadata, a table of FlatBuffers. */
function announced(view: DataView) {
  const message = view.getUint32(0, true)
  const kind = KINDS[fieldAt(view, message, 1, (at) => view.getUint8(at))]
  const body = fieldAt(view, message, 3, (at) => Number(view.getBigInt64(at, true)))
  const header = fieldAt(view, message, 2, (at) => at + view.getUint32(at, true))
  // a dictionary's values are a record batch inside it
  const inner = kind === 'dictionary' ? fieldAt(view, header, 1, (at) => at + view.getUint32(at, true)) : header
  const isBatch = kind === 'batch' || kind === 'dictionary'
  const rows = isBatch ? fieldAt(view, inner, 0, (at) => Number(view.getBigInt64(at, true))) : 0
  return { kind, body, rows }
}

/** Reads a field of a table by its number; 0 if it has its default. */
function fieldAt(view: DataView, table: number, field: number, read: (at: number) => number): number {
  const layout = table - view.getInt32(table, true)
  const slot = 4 + 2 * field
  const offset = slot < view.getUint16(layout, true) ? view.getUint16(layout + slot, true) : 0
  return offset === 0 ? 0 : read(table + offset)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
