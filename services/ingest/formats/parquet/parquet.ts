import { extname } from 'node:path'
import type { FormatReader } from '../format.ts'
import type { ColumnFormat } from './decoder.ts'
import { readRows } from './rows.ts'

/** The worker has the same extension as this file: sources run as `.ts`, the published package as compiled code. */
const PARQUET: ColumnFormat = {
  worker: new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
  file: 'a Parquet file',
  group: 'a row group',
}

/**
 * Apache Parquet, one row group at a time. Timestamps become ISO 8601 text, bytes become tensors, longs become numbers if that
 * is exact. Decoded in a separate thread with limits, so that a hostile file does not harm the process: the file counts as
 * broken at that place. Throws `unavailable` if the machine is too busy, or has too little memory, to decide: no rows are lost.
 */
export const parquetReader: FormatReader = {
  name: 'parquet',
  recognises: (name, head) =>
    /\.(parquet|pq)$/i.test(name) || Buffer.from(head.subarray(0, 4)).equals(Buffer.from('PAR1')),
  read: (file, from, limits) => readRows(file, from, limits, PARQUET),
}
