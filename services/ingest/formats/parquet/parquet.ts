import { extname } from 'node:path'
import type { FormatReader } from '../format.ts'
import type { ColumnFormat } from './decoder.ts'
import { readRows } from './rows.ts'

/** The worker has this file's extension: sources run as they are, the published package as compiled. */
const PARQUET: ColumnFormat = {
  worker: new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
  file: 'a Parquet file',
  group: 'a row group',
}

/**
 * Apache Parquet, a row group at a time. Timestamps become ISO 8601 text, bytes become tensors, longs numbers while exact.
 * Decoded in a thread of its own, which a hostile file can bring to its limits without harm to the process: the file is
 * broken there. Throws `unavailable` where the machine is too busy, or has too little memory, to tell: no rows are given up.
 */
export const parquetReader: FormatReader = {
  name: 'parquet',
  recognises: (name, head) =>
    /\.(parquet|pq)$/i.test(name) || Buffer.from(head.subarray(0, 4)).equals(Buffer.from('PAR1')),
  read: (file, from, limits) => readRows(file, from, limits, PARQUET),
}
