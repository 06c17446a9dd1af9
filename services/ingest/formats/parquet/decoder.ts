import { Worker } from 'node:worker_threads'
import type { DecodedArray } from 'hyparquet'
import { AppError } from '#core/errors.ts'
import { limitOf } from '../computing.ts'
import { FormatError, type FormatLimits, type InputFile } from '../format.ts'

/** A columnar format with groups of rows, and the thread that decodes it. */
export interface ColumnFormat {
  readonly worker: URL
  /** Names for errors: `a Parquet file`, `a row group`. */
  readonly file: string
  readonly group: string
}

/** Heap limit of a decoding thread: a damaged run length can make it loop and allocate without end. */
const MAX_HEAP_MIB = 2048
/** Seconds of computing for one row group: `least` plus one per MiB of the file, and no more than `most`. */
const SECONDS = { least: 15, most: 120 }
const MIB = 1024 * 1024
/**
 * How many times as long as its computing time a thread may take. Beyond that, the machine is too busy to say anything about the
 * file.
 */
const PATIENCE = 8

export type ColumnRequest =
  | { readonly kind: 'groups' }
  /** Asks for rows `row` to `stop` of the row group from `start` to `end`. */
  | {
      readonly kind: 'read'
      readonly start: number
      readonly end: number
      readonly row: number
      readonly stop: number
    }

export type ColumnReply =
  | {
      readonly kind: 'groups'
      readonly groups: readonly { readonly rows: number; readonly bytes: number; readonly values: number }[]
    }
  /** The first `rows` of the requested rows, at least one: values may be larger than the file states. */
  | { readonly kind: 'columns'; readonly columns: readonly Column[]; readonly rows: number }
  /** A column is shorter than its row group. */
  | { readonly kind: 'short' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'unavailable' }
  /** The file took all the computing or memory that is allowed. */
  | { readonly kind: 'exhausted' }

export interface Column {
  readonly name: string
  readonly values: DecodedArray
}

export interface ColumnDecoder extends AsyncDisposable {
  /** Returns the reply to a request. Throws `FormatError` if the file is the reason that there is none, else `unavailable`. */
  ask<Kind extends 'groups' | 'columns'>(
    request: ColumnRequest,
    kind: Kind,
  ): Promise<Extract<ColumnReply, { kind: Kind }>>
}

/** Starts a thread that decodes one file. Throws as `whereabouts` does. */
export async function createColumnDecoder(
  file: InputFile,
  limits: FormatLimits,
  format: ColumnFormat,
): Promise<ColumnDecoder> {
  const stored = await file.whereabouts()
  const size = typeof stored === 'string' ? await sizeOf(file) : stored.length
  const seconds = limits.decodeSeconds ?? Math.min(SECONDS.most, SECONDS.least + size / MIB)
  const worker = new Worker(format.worker, {
    workerData: { stored },
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  })
  let settle: (reply: ColumnReply) => void = () => {}
  worker.on('message', (reply: ColumnReply) => settle(reply))
  worker.on('error', (error: NodeJS.ErrnoException) =>
    settle({ kind: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'exhausted' : 'unavailable' }),
  )
  worker.on('exit', () => settle({ kind: 'unavailable' }))
  const reply = async (request: ColumnRequest) => {
    const done = new AbortController()
    const replied = new Promise<ColumnReply>((resolve) => {
      settle = resolve
    })
    const limit = limitOf(worker, { seconds, patience: limits.decodePatience ?? PATIENCE }, done.signal)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(request)
    return Promise.race([replied, limit]).finally(() => done.abort())
  }
  return {
    async ask(request, kind) {
      const found = await reply(request)
      if (found.kind === kind) return found as Extract<ColumnReply, { kind: typeof kind }>
      if (found.kind === 'unavailable')
        throw new AppError(
          'unavailable',
          `${typeof stored === 'string' ? stored : file.name} could not be decoded: this machine has no time or memory for it now`,
        )
      if (found.kind === 'exhausted') {
        const what = `${format.group} that takes more than ${Math.round(seconds)} s of computing, or 2 GiB, to decode`
        throw new FormatError('too_large', `${what}: it is damaged, or to be written as smaller ones`)
      }
      if (found.kind === 'short') throw new FormatError('missing_part', `a column that is shorter than ${format.group}`)
      throw damaged(format)
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

async function sizeOf(file: InputFile): Promise<number> {
  const random = await file.random()
  await random.close()
  return random.size
}

export function damaged({ file }: ColumnFormat): FormatError {
  return new FormatError('undecodable', `${file} that is damaged or cut short`)
}
