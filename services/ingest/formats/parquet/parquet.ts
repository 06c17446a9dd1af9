import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DecodedArray } from 'hyparquet'
import { AppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { broken, FormatError, type FormatItem, type FormatReader } from '../format.ts'

/** With this file's extension: sources run as they are, the published package as compiled. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
/** Rows that are handed over at a time. */
const BATCH = 4096
/** Rows are held a row group at a time: one above this is refused, whatever its header promises. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024
const MAX_GROUP_VALUES = 100_000_000
/** What decoding one row group may take: a damaged run length can make the decoder loop and allocate without end. */
const MAX_HEAP_MIB = 2048
const MAX_SECONDS = 120

/**
 * Apache Parquet, a row group at a time. Timestamps become ISO 8601 text, bytes become tensors, longs numbers while exact.
 * Decoded in a thread of its own, which a hostile file can bring to its limits without harm to the process. Throws
 * `unavailable` when it is: whether the file or a busy machine is the cause cannot be told, so that no rows are given up.
 */
export const parquetReader: FormatReader = {
  name: 'parquet',
  recognises: (name, head) =>
    /\.(parquet|pq)$/i.test(name) || Buffer.from(head.subarray(0, 4)).equals(Buffer.from('PAR1')),
  async *read(file, from, limits) {
    await using decoder = new ParquetDecoder(await file.randomPath(), limits.decodeSeconds ?? MAX_SECONDS)
    const { groups } = await decoder.ask({ kind: 'groups' }, 'groups')
    let start = 0
    for (const { rows, bytes, values } of groups) {
      if (!(rows >= 0 && bytes >= 0 && values >= 0)) throw damaged()
      const end = start + rows
      if (from < end) {
        if (bytes > MAX_GROUP_BYTES || Math.max(rows, values) > MAX_GROUP_VALUES) {
          throw new FormatError(
            'too_large',
            'a row group of more than 512 MiB or 100 million values: write smaller ones',
          )
        }
        for (let row = Math.max(start, from); row < end; row += BATCH) {
          const stop = Math.min(end, row + BATCH)
          const { columns } = await decoder.ask({ kind: 'read', start, end, row, stop }, 'columns')
          yield rowItems(columns, row, stop, limits.itemBytes)
        }
      }
      start = end
    }
  },
}

export type ParquetRequest =
  | { readonly kind: 'groups' }
  /** Rows `row` to `stop` of the row group that goes from `start` to `end`. */
  | {
      readonly kind: 'read'
      readonly start: number
      readonly end: number
      readonly row: number
      readonly stop: number
    }

export type ParquetReply =
  | {
      readonly kind: 'groups'
      readonly groups: readonly { readonly rows: number; readonly bytes: number; readonly values: number }[]
    }
  | { readonly kind: 'columns'; readonly columns: readonly ParquetColumn[] }
  /** A column is shorter than its row group. */
  | { readonly kind: 'short' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'unavailable' }

export interface ParquetColumn {
  readonly name: string
  readonly values: DecodedArray
}

class ParquetDecoder {
  readonly #worker: Worker
  readonly #path: string
  readonly #seconds: number
  #settle: (reply: ParquetReply) => void = () => {}

  constructor(path: string, seconds: number) {
    this.#path = path
    this.#seconds = seconds
    this.#worker = new Worker(WORKER, {
      workerData: { path },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    })
    this.#worker.on('message', (reply: ParquetReply) => this.#settle(reply))
    this.#worker.on('error', () => this.#settle({ kind: 'unavailable' })) // out of memory, above all
    this.#worker.on('exit', () => this.#settle({ kind: 'unavailable' }))
  }

  /** The reply that is due. Throws `FormatError` where the file's bytes are why there is none, else `unavailable`. */
  async ask<Kind extends 'groups' | 'columns'>(
    request: ParquetRequest,
    kind: Kind,
  ): Promise<Extract<ParquetReply, { kind: Kind }>> {
    const reply = await this.#reply(request)
    if (reply.kind === kind) return reply as Extract<ParquetReply, { kind: Kind }>
    if (reply.kind === 'unavailable')
      throw new AppError('unavailable', `${this.#path} cannot be decoded within the time and memory there is`)
    if (reply.kind === 'short') throw new FormatError('missing_part', 'a column that is shorter than its row group')
    throw damaged()
  }

  #reply(request: ParquetRequest): Promise<ParquetReply> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle({ kind: 'unavailable' }), this.#seconds * 1000)
      this.#settle = (reply) => {
        clearTimeout(timer)
        resolve(reply)
      }
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage(request)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}

function rowItems(columns: readonly ParquetColumn[], row: number, stop: number, limit: number): FormatItem[] {
  const items: FormatItem[] = []
  for (let index = row; index < stop; index++) {
    const entries: [string, Value][] = []
    let bytes = 0
    for (const { name, values } of columns) {
      const value = toValue(values[index - row])
      bytes += name.length + sizeOf(value)
      entries.push([name, value])
    }
    const fields: Fields = Object.fromEntries(entries)
    const body =
      bytes > limit ? broken('too_large', `a row of ${bytes} bytes`) : { kind: 'fields' as const, fields, bytes }
    items.push({ index, body })
  }
  return items
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value.toString() // text keeps what a number would lose
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return new Tensor('u8', [value.length], new Uint8Array(value))
  if (Array.isArray(value)) return value.map(toValue)
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, toValue)
  if (typeof value !== 'object') return null
  return Object.fromEntries<Value>(Object.entries(value).map(([key, item]) => [key, toValue(item)]))
}

function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Tensor) return value.data.byteLength
  if (Array.isArray(value)) return value.reduce<number>((sum, item: Value) => sum + sizeOf(item), 0)
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + sizeOf(item), 0)
}

function damaged(): FormatError {
  return new FormatError('undecodable', 'a Parquet file that is damaged or cut short')
}
