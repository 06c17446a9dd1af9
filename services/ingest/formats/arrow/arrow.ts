import { extname } from 'node:path'
import type { FormatReader } from '../format.ts'
import type { ColumnFormat } from '../parquet/decoder.ts'
import { readRows } from '../parquet/rows.ts'

const ARROW: ColumnFormat = {
  worker: new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
  file: 'an Arrow file',
  group: 'a record batch',
}

/**
 * Apache Arrow IPC, as a stream (which is how Hugging Face keeps datasets on disk) or as a file (Feather 2), a record batch at
 * a time. Values become what Parquet's do; decoded in a thread of its own, likewise.
 */
export const arrowReader: FormatReader = {
  name: 'arrow',
  recognises: (name, head) =>
    /\.(arrow|arrows|feather)$/i.test(name) || Buffer.from(head.subarray(0, 6)).equals(Buffer.from('ARROW1')),
  read: (file, from, limits) => readRows(file, from, limits, ARROW),
}
