import { parentPort } from 'node:worker_threads'
import type { ImageReply, ImageRequest } from './decoder.ts'
import { decodeJpeg } from './jpeg.ts'
import { ImageTooLarge, ImageUnread } from './pixels.ts'
import { decodePng, isPng } from './png.ts'

parentPort?.on('message', (request: ImageRequest) => {
  const reply = answer(request)
  const transfer = reply.kind === 'pixels' ? [reply.pixels.data.buffer] : []
  parentPort?.postMessage(reply, transfer)
})

function answer({ bytes, limit }: ImageRequest): ImageReply {
  try {
    const pixels = isPng(bytes) ? decodePng(bytes, limit) : decodeJpeg(bytes, limit)
    return pixels === null ? { kind: 'broken' } : { kind: 'pixels', pixels }
  } catch (error) {
    if (error instanceof ImageUnread) return { kind: 'unread', what: error.message }
    return { kind: error instanceof ImageTooLarge ? 'too_large' : 'broken' }
  }
}
