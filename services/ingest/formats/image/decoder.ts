import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '#core/errors.ts'
import { atMost } from '#runtime/waiting/at-most.ts'
import { limitOf } from '../computing.ts'
import { FormatError, type FormatLimits } from '../format.ts'
import type { Pixels } from './pixels.ts'

/** The worker has the same extension as this file: sources run as `.ts`, the published package as compiled code. */
const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
const MAX_HEAP_MIB = 512
/** Seconds of computing for one image, and how many times as long it may take on a busy machine. */
const [SECONDS, PATIENCE] = [20, 8]
/** The most bytes of decoded pixels of an image that is reduced: 40 megapixels in colour. */
const DECODED_BYTES = 120e6

export interface ImageRequest {
  readonly bytes: Uint8Array
  /** The most bytes of pixels. */
  readonly limit: number
  /** The shape that the image is brought to; if absent, it stays as it is. */
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

/** One thread for all images of this process, because starting a thread takes longer than decoding an image. */
let thread: Worker | null = null
const inTurn = atMost(1)

/**
 * The pixels of a PNG or a JPEG, decoded in a separate thread. Throws `FormatError` if the image is damaged or would take more
 * memory or computing than allowed, and `unavailable` if the machine is too busy to decide that.
 */
export async function decodeImage(bytes: Uint8Array, limits: FormatLimits): Promise<Pixels> {
  return (await decoded({ bytes, limit: limits.itemBytes }, limits)).pixels
}

/** Like `decodeImage`, but also brings the image to a shape in that thread, and returns its original size. */
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
    worker.on('error', () => {}) // the thread is being ended: its errors no longer matter
    await worker.terminate()
  }
  return reply
}

/** Starts a thread that does not keep the process running. */
function startThread(): Worker {
  const worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } })
  worker.unref()
  return worker
}
