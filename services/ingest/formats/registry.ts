import { arrowReader } from './arrow/arrow.ts'
import { csvReader } from './csv/csv.ts'
import type { FormatName, FormatReader } from './format.ts'
import { idxReader } from './idx.ts'
import { imageReader } from './image/image.ts'
import { jsonTableReader } from './json-tables.ts'
import { jsonReader } from './json-values.ts'
import { jsonlReader } from './jsonl.ts'
import { npyReader } from './numpy/npy.ts'
import { npzReader } from './numpy/npz.ts'
import { parquetReader } from './parquet/parquet.ts'
import { webDatasetReader } from './tar/webdataset.ts'
import { isMisnamed } from './unread.ts'
import { emailReader, textReader } from './whole.ts'

/** Every supported format, the most specific first: the first that recognises a file reads it. */
export const FORMATS: readonly FormatReader[] = [
  idxReader,
  imageReader,
  npyReader,
  npzReader,
  parquetReader,
  arrowReader,
  webDatasetReader,
  jsonTableReader,
  jsonlReader,
  jsonReader,
  csvReader,
  emailReader,
  textReader,
]

/** The reader for a file with this name and beginning; undefined if none recognises it, or if it begins as what is not read. */
export function formatOf(name: string, head: Uint8Array): FormatReader | undefined {
  const reader = FORMATS.find((reader) => reader.recognises(name, head))
  return reader !== undefined && isMisnamed(reader.name, head) ? undefined : reader
}

export function formatNamed(name: FormatName): FormatReader | undefined {
  return FORMATS.find((reader) => reader.name === name)
}
