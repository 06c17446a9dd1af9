import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '#core/errors.ts'
import { atMost } from '#runtime/waiting/at-most.ts'
import { limitOf } from '../computing.ts'
import { FormatError, type FormatLimits } from '../format.ts'
import type { Pixels } from './pixels.ts'

/** With this file's extension: sources run as they are, the published package as compiled. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
const MAX_HEAP_MIB = 512
/** What one image may take, in seconds of computing, and how many times as long on a busy machine. */
const [SECONDS, PATIENCE] = [20, 8]
/** What an image that is reduced may take before: 40 megapixels in colour. */
const DECODED_BYTES = 120e6

export interface ImageRequest {
  readonly bytes: Uint8Array
  /** How many bytes the pixels may take. */
  readonly limit: number
  /** What the image is brought to; it stays as it is where this is absent. */
  readonly shape?: readonly number[]
}

interface Size {
  readonly height: number
  readonly width: number
}

export type ImageReply =
  | { readonly kind: 'pixels'; readonly pixels: Pixels; readonly size: Size }
  | { readonly kind: 'unread'; readonly what: string }
  | { readonly kind: 'broken' | 'too_large' | 'exhausted' | 'unavailable' }

/** One thread for all images of this process: to start one for each of them would take longer than to decode it. */
let thread: Worker | null = null
const inTurn = atMost(1)

/**
 * The pixels of a PNG or a JPEG, decoded in a thread of its own. Throws `FormatError` where the image is damaged, or would take more
 * memory or computing than it may; `unavailable` where the machine is too busy to tell.
 */
export async function decodeImage(bytes: Uint8Array, limits: FormatLimits): Promise<Pixels> {
  return (await decoded({ bytes, limit: limits.itemBytes }, limits)).pixels
}

/** The same, brought to a shape in that thread, and what size it was. */
export async function reduceImage(
  bytes: Uint8Array,
  shape: readonly number[],
  limits: FormatLimits,
): Promise<Size & { readonly pixels: Pixels }> {
  const { pixels, size } = await decoded({ bytes, limit: DECODED_BYTES, shape }, limits)
  return { ...size, pixels }
}

async function decoded(request: ImageRequest, limits: FormatLimits) {
  const { bytes, limit } = request
  const reply = await inTurn(() => ask(request, limits))
  if (reply.kind === 'pixels') return reply
  if (reply.kind === 'unavailable')
    throw new AppError('unavailable', 'an image could not be decoded: this machine has no time or memory for it now')
  if (reply.kind === 'unread') throw new FormatError('undecodable', `${reply.what}, which is not read`, bytes)
  if (reply.kind === 'broken') throw new FormatError('undecodable', 'an image that is damaged or cut short', bytes)
  const what = reply.kind === 'too_large' ? `pixels of more than ${limit} bytes` : 'too long to decode'
  throw new FormatError('too_large', `an image that takes ${what}`, bytes)
}

async function ask(request: ImageRequest, limits: FormatLimits): Promise<ImageReply> {
  const worker = (thread ??= startThread())
  const done = new AbortController()
  const replied = new Promise<ImageReply>((resolve) => {
    worker.once('message', resolve)
    worker.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'exhausted' : 'unavailable' }),
    )
    worker.once('exit', () => resolve({ kind: 'unavailable' }))
  })
  const seconds = limits.decodeSeconds ?? SECONDS
  const limit = limitOf(worker, { seconds, patience: limits.decodePatience ?? PATIENCE }, done.signal)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(request)
  const reply = await Promise.race([replied, limit])
  done.abort()
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
  if (reply.kind === 'exhausted' || reply.kind === 'unavailable') {
    thread = null
    worker.on('error', () => {}) // it is ended, whatever it still meets
    await worker.terminate()
  }
  return reply
}

/** Ended with the process, which it does not keep going. */
function startThread(): Worker {
  const worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } })
  worker.unref()
  return worker
}
