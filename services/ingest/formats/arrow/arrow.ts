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
 * Apache Arrow IPC, as a stream (the form in which Hugging Face stores datasets on disk) or as a file (Feather 2), one record
 * batch at a time. Values are converted as for Parquet, and decoded in a separate thread as well.
 */
export const arrowReader: FormatReader = {
  name: 'arrow',
  recognises: (name, head) =>
    /\.(arrow|arrows|feather)$/i.test(name) || Buffer.from(head.subarray(0, 6)).equals(Buffer.from('ARROW1')),
  read: (file, from, limits) => readRows(file, from, limits, ARROW),
}
