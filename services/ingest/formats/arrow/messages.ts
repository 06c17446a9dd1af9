/** One message of an Arrow stream: its place in the file and its metadata. */
export interface ArrowMessage {
  readonly kind: 'schema' | 'dictionary' | 'batch'
  readonly start: number
  /** The offset after its body. */
  readonly end: number
  /** The rows of a record batch. */
  readonly rows: number
  /** The message itself, where it stands so nowhere in the file. */
  readonly bytes?: Uint8Array
}

export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>

const MAGIC = 'ARROW1'
const CONTINUES = 0xffffffff
/** The largest metadata in bytes: enough for a million columns; usual ones take a few KiB. */
const MAX_METADATA = 64 * 1024 * 1024
/** The version of metadata since Arrow 1.0. */
const METADATA_V5 = 4
const KINDS: Readonly<Record<number, ArrowMessage['kind']>> = { 1: 'schema', 2: 'dictionary', 3: 'batch' }

/**
 * The messages of a stream, or of a file, which is a stream between a magic word and a footer (Arrow Columnar Format 1.5,
 * “Serialization and Interprocess Communication”). Polars begins a file with a schema that is no message: such a file is read by its
 * footer. Throws RangeError if the bytes are neither.
 */
export async function arrowMessages(size: number, read: ReadBytes): Promise<ArrowMessage[]> {
  const isFile = Buffer.from(await read(0, Math.min(size, MAGIC.length))).toString('latin1') === MAGIC
  const begin = isFile ? 8 : 0
  const isByFooter =
    isFile && begin + 4 <= size && viewOf(await read(begin, begin + 4)).getUint32(0, true) !== CONTINUES
  const found = isByFooter ? await messagesByFooter(size, read) : await messagesFrom(begin, size, read)
  if (found[0]?.kind !== 'schema') throw new RangeError('no schema')
  return found
}

async function messagesFrom(begin: number, size: number, read: ReadBytes): Promise<ArrowMessage[]> {
  const found: ArrowMessage[] = []
  let at = begin
  while (at + 8 <= size) {
    const message = await messageAt(at, size, read)
    if (message === null) break
    if (message.kind !== undefined) found.push({ ...message, kind: message.kind })
    at = message.end
  }
  return found
}

/** The message that begins at `at`; null at the end of a stream. */
async function messageAt(at: number, size: number, read: ReadBytes) {
  const prefix = viewOf(await read(at, at + 8))
  const isMarked = prefix.getUint32(0, true) === CONTINUES
  const length = prefix.getInt32(isMarked ? 4 : 0, true)
  if (length === 0) return null
  const metadata = at + (isMarked ? 8 : 4)
  if (length < 0 || length > MAX_METADATA || metadata + length > size) throw new RangeError('a message beyond the file')
  const { kind, body, rows } = announced(viewOf(await read(metadata, metadata + length)))
  const end = metadata + length + body
  if (!(body >= 0 && rows >= 0 && end <= size)) throw new RangeError('a body beyond the file')
  return { kind, start: at, end, rows }
}

/** Bytes of a block of the footer: the offset of a message, the length of its metadata and of its body. */
const BLOCK_BYTES = 24

/** The messages that a file's footer lists: the schema, the dictionaries, then the record batches. */
async function messagesByFooter(size: number, read: ReadBytes): Promise<ArrowMessage[]> {
  const end = size - MAGIC.length - 4
  const length = end > 0 ? viewOf(await read(end, end + 4)).getInt32(0, true) : 0
  if (length <= 0 || length > MAX_METADATA || length > end) throw new RangeError('no footer')
  const footer = await read(end - length, end)
  const view = viewOf(footer)
  const root = view.getUint32(0, true)
  const schema = fieldAt(view, root, 1, (at) => at + view.getUint32(at, true))
  const messages: ArrowMessage[] = [{ kind: 'schema', start: 0, end: 0, rows: 0, bytes: schemaMessage(footer, schema) }]
  for (const [field, kind] of [[2, 'dictionary'] as const, [3, 'batch'] as const]) {
    const list = fieldAt(view, root, field, (at) => at + view.getUint32(at, true))
    const count = list === 0 ? 0 : view.getUint32(list, true)
    for (let k = 0; k < count; k++) {
      const offset = Number(view.getBigInt64(list + 4 + k * BLOCK_BYTES, true))
      if (!(offset >= 0 && offset + 8 <= size)) throw new RangeError('a block beyond the file')
      const message = await messageAt(offset, size, read)
      if (message?.kind !== kind) throw new RangeError('a block that is no message')
      messages.push({ ...message, kind })
    }
  }
  return messages
}

/** Bytes of a message before its header: where its table lies, the layout of that table, and the table. */
const ENVELOPE = 32

/** A message whose header is the schema of a footer, which is copied with the offsets that it has within it. */
function schemaMessage(footer: Uint8Array, schema: number): Uint8Array {
  const length = Math.ceil((ENVELOPE + footer.length) / 8) * 8
  const bytes = new Uint8Array(8 + length)
  const view = viewOf(bytes)
  view.setUint32(0, CONTINUES, true)
  view.setInt32(4, length, true)
  view.setUint32(8, 16, true) // the table, 16 bytes on
  const layout = [12, 12, 4, 6, 8, 0] // sizes of layout and table; version, kind, header, and no body
  for (const [k, value] of layout.entries()) view.setUint16(12 + 2 * k, value, true)
  view.setInt32(24, 12, true) // the layout, 12 bytes back
  view.setInt16(28, METADATA_V5, true)
  view.setUint8(30, 1) // the kind of a schema
  view.setUint32(32, ENVELOPE - 24 + schema, true) // from here to the schema
  bytes.set(footer, 8 + ENVELOPE)
  return bytes
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
