import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DecodedArray } from 'hyparquet'
import { AppError } from '#core/errors.ts'
import { limitOf } from '../computing.ts'
import { FormatError, type FormatLimits, type InputFile } from '../format.ts'

/** With this file's extension: sources run as they are, the published package as compiled. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
/** A damaged run length can make the decoder loop, and allocate, without end. */
const MAX_HEAP_MIB = 2048
/** What decoding one row group may take, in seconds of computing: so much, and a second for each MiB of the file. */
const SECONDS = { least: 15, most: 120 }
const MIB = 1024 * 1024
/** A thread that got less of the machine than one part in so many says nothing about its file. */
const PATIENCE = 8

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
  /** The file took all the computing or memory that it may. */
  | { readonly kind: 'exhausted' }

export interface ParquetColumn {
  readonly name: string
  readonly values: DecodedArray
}

export interface ParquetDecoder extends AsyncDisposable {
  /** The reply that is due. Throws `FormatError` where the file's bytes are why there is none, else `unavailable`. */
  ask<Kind extends 'groups' | 'columns'>(
    request: ParquetRequest,
    kind: Kind,
  ): Promise<Extract<ParquetReply, { kind: Kind }>>
}

/** A thread that decodes one file. Throws as `randomPath` does. */
export async function createParquetDecoder(file: InputFile, limits: FormatLimits): Promise<ParquetDecoder> {
  const path = await file.randomPath()
  const random = await file.random()
  await random.close()
  const seconds = limits.decodeSeconds ?? Math.min(SECONDS.most, SECONDS.least + random.size / MIB)
  const worker = new Worker(WORKER, {
    workerData: { path },
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  })
  let settle: (reply: ParquetReply) => void = () => {}
  worker.on('message', (reply: ParquetReply) => settle(reply))
  worker.on('error', (error: NodeJS.ErrnoException) =>
    settle({ kind: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'exhausted' : 'unavailable' }),
  )
  worker.on('exit', () => settle({ kind: 'unavailable' }))
  const reply = async (request: ParquetRequest) => {
    const done = new AbortController()
    const replied = new Promise<ParquetReply>((resolve) => {
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
      if (found.kind === kind) return found as Extract<ParquetReply, { kind: typeof kind }>
      if (found.kind === 'unavailable')
        throw new AppError('unavailable', `${path} could not be decoded: this machine has no time or memory for it now`)
      if (found.kind === 'exhausted') {
        const what = `a row group that takes more than ${Math.round(seconds)} s of computing, or 2 GiB, to decode`
        throw new FormatError('too_large', `${what}: it is damaged, or to be written as smaller ones`)
      }
      if (found.kind === 'short') throw new FormatError('missing_part', 'a column that is shorter than its row group')
      throw damaged()
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

export function damaged(): FormatError {
  return new FormatError('undecodable', 'a Parquet file that is damaged or cut short')
}
