import { parentPort } from 'node:worker_threads'
import type { ImageReply, ImageRequest } from './decoder.ts'
import { decodeJpeg } from './jpeg.ts'
import { ImageTooLarge, ImageUnread, type Pixels } from './pixels.ts'
import { decodePng, isPng } from './png.ts'
import { reduced } from './reduce.ts'

parentPort?.on('message', (request: ImageRequest) => {
  const reply = answer(request)
  const transfer = reply.kind === 'pixels' ? [reply.pixels.data.buffer] : []
  parentPort?.postMessage(reply, transfer)
})

function answer({ bytes, limit, shape }: ImageRequest): ImageReply {
  try {
    const pixels = isPng(bytes) ? decodePng(bytes, limit) : decodeJpeg(bytes, limit)
    if (pixels === null) return { kind: 'broken' }
    const size = { height: pixels.shape[0]!, width: pixels.shape[1]! }
    const seen: Pixels = shape === undefined ? pixels : { shape, data: reduced(pixels, shape) }
    return { kind: 'pixels', pixels: seen, size }
  } catch (error) {
    if (error instanceof ImageUnread) return { kind: 'unread', what: error.message }
    return { kind: error instanceof ImageTooLarge ? 'too_large' : 'broken' }
  }
}
