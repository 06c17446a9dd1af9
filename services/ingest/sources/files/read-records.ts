import { basename } from 'node:path'
import type { Contract } from '#core/contract.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import { createPreparer, type Prepared } from '../../record/prepare.ts'
import { readingOf } from './reading.ts'
import { createFileSource, type FileSourceOptions } from './source.ts'

export interface ReadRecordsOptions extends Pick<FileSourceOptions, 'path' | 'format' | 'include' | 'exclude'> {
  /** At most this many items. */
  readonly limit?: number
  readonly signal?: AbortSignal
}

/** Everything in a file or a folder, in the order of the input. */
export interface ReadRecords {
  /** Records and dead letters; an item's index here is its place in the input. */
  readonly items: readonly Prepared[]
  /** Whether the limit left items unread. */
  readonly truncated: boolean
}

const NO_FILE = new Tensor('u8', [0], new Uint8Array())

/**
 * Decodes, sanitizes and validates a file or a folder in memory. Of images of any size only the reduced image is kept, not the
 * file. Writes nothing and does not compare ids. Throws `not_found`, `denied`, `unavailable`, and `invalid` if the contract's
 * schema is wrong.
 */
export async function readRecords(
  root: string,
  contract: Contract,
  { limit = Infinity, signal = new AbortController().signal, ...options }: ReadRecordsOptions = {},
): Promise<ReadRecords> {
  const name = basename(root)
  const source = createFileSource({ name, root, ...readingOf(contract), ...options })
  const file = contract.features.kind === 'image' ? contract.features.delivered : undefined
  // ten thousand photographs do not fit into memory, and nothing reads more of them than the reduced image
  const lean = (record: DataRecord): DataRecord =>
    file === undefined ? record : { ...record, fields: { ...record.fields, [file]: NO_FILE } }
  const preparer = createPreparer(contract, { dataset: name, source: name })
  const items: Prepared[] = []
  for await (const item of source.read('all', new Map(), { signal })) {
    if (items.length >= limit) return { items, truncated: true }
    const prepared = preparer.prepare(item)
    // the original item is only needed if an id is taken, and ids are not compared here
    items.push(prepared.kind === 'record' ? { ...prepared, record: lean(prepared.record), item: null } : prepared)
  }
  return { items, truncated: false }
}
