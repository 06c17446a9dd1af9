import { zlibSync } from 'fflate'

/**
 * A PNG (W3C, Portable Network Graphics, third edition, 2025) with 8 bits per sample: grey, RGB or RGBA. Compressed by fflate
 * and not node:zlib, whose output differs between processors: the same pixels give the same bytes.
 */
export function encodePng(width: number, height: number, channels: 1 | 3 | 4, pixels: Uint8Array): Uint8Array {
  if (pixels.length !== width * height * channels) throw new RangeError('pixels do not fit the image')
  const stride = width * channels
  const scanlines = new Uint8Array((stride + 1) * height) // each begins with its filter type, 0 for none
  for (let y = 0; y < height; y++) scanlines.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, channels === 1 ? 0 : channels === 3 ? 2 : 6], 8)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(scanlines, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ])
}

/** The image as a `data:` URI. */
export function pngUri(width: number, height: number, channels: 1 | 3 | 4, pixels: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(encodePng(width, height, channels, pixels)).toString('base64')}`
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(Buffer.from(type, 'latin1'), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (CRC[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
