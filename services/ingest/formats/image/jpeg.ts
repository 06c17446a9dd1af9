import { decode } from 'jpeg-js'
import { checkSize, ImageUnread, type ImageSize, type Pixels } from './pixels.ts'

const MAX_MEMORY_MIB = 1024

interface Frame {
  readonly width: number
  readonly height: number
  readonly channels: number
}

export function isJpeg(head: Uint8Array): boolean {
  return head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff
}

/**
 * Decodes a JPEG (ITU-T T.81, baseline or progressive, 8 bits): grey as one channel, colours as red, green and blue, CMYK
 * converted to these. Its orientation and colour profile are not applied. Null if it is damaged. Before decoding it throws
 * `ImageUnread` for other kinds of JPEG, and `ImageTooLarge` if its pixels would take more than `limit` bytes.
 */
export function decodeJpeg(bytes: Uint8Array, limit: number): Pixels | null {
  const frame = frameOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  if (frame === null) return null
  const { width, height, channels } = frame
  checkSize(width, height, channels === 1 ? 1 : 3, limit)
  try {
    const decoded = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: Math.max(1, Math.ceil((width * height) / 1e6)),
      maxMemoryUsageInMB: MAX_MEMORY_MIB,
    })
    if (decoded.width !== width || decoded.height !== height || decoded.data.length !== width * height * 3) return null
    if (channels !== 1) return { shape: [height, width, 3], data: new Uint8Array(decoded.data) }
    return { shape: [height, width], data: Uint8Array.from({ length: width * height }, (_, i) => decoded.data[3 * i]!) }
  } catch {
    return null // the decoder's own message might quote the file
  }
}

/** The size of a JPEG by its header; null if these bytes do not include it, or the kind is not supported. */
export function sizeOfJpeg(head: Uint8Array): ImageSize | null {
  try {
    const frame = frameOf(Buffer.from(head.buffer, head.byteOffset, head.length))
    return frame && { height: frame.height, width: frame.width, pixelBytes: frame.channels === 1 ? 1 : 3 }
  } catch (error) {
    if (error instanceof ImageUnread) return null
    throw error
  }
}

/** The kind of JPEG, by its start-of-frame marker, if it is not supported; else null. */
function kindOf(marker: number): string | null {
  if (marker < 0xc3 || marker > 0xcf || marker === 0xc4 || marker === 0xc8 || marker === 0xcc) return null
  if (marker === 0xc3) return 'a lossless JPEG'
  return marker > 0xc8 ? 'a JPEG with arithmetic coding' : 'a hierarchical JPEG'
}

/** The contents of the only start-of-frame segment; null if there is none before the first scan. Throws `ImageUnread`. */
function frameOf(file: Buffer): Frame | null {
  if (!isJpeg(file)) return null
  for (let at = 2; at + 10 <= file.length;) {
    if (file[at] !== 0xff) return null
    const marker = file[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === 0xc0 || marker === 0xc1 || marker === 0xc2) {
      const [bits, height, width, channels] = [
        file[at + 4]!,
        file.readUInt16BE(at + 5),
        file.readUInt16BE(at + 7),
        file[at + 9]!,
      ]
      if (bits !== 8) throw new ImageUnread(`a JPEG of ${bits} bits a sample`)
      if (![1, 3, 4].includes(channels)) throw new ImageUnread(`a JPEG of ${channels} channels`)
      return width > 0 && height > 0 ? { width, height, channels } : null
    }
    const kind = kindOf(marker)
    if (kind !== null) throw new ImageUnread(kind)
    if (marker === 0xda || marker === 0xd9) return null
    at += 2 + file.readUInt16BE(at + 2)
  }
  return null
}
