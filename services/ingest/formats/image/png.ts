import { inflateSync } from 'node:zlib'
import { checkSize, type ImageSize, type Pixels } from './pixels.ts'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const [GREY, PALETTE, GREY_ALPHA] = [0, 3, 4]
/** The start and step of each of the seven passes of an interlaced image: x, y, dx, dy. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

interface Header {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly color: number
  readonly interlaced: boolean
}

export function isPng(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 8)).equals(SIGNATURE)
}

/** The size of a PNG by its header; null if it has none. */
export function sizeOfPng(head: Uint8Array): ImageSize | null {
  const file = Buffer.from(head.buffer, head.byteOffset, head.length)
  if (!isPng(file) || file.toString('latin1', 12, 16) !== 'IHDR') return null
  const header = headerOf(file.subarray(16, 16 + file.readUInt32BE(8)))
  return header && { height: header.height, width: header.width, pixelBytes: bytesAPixel(header) }
}

/**
 * Decodes a PNG (W3C, third edition): samples unchanged with 8 or 16 bits each, palettes and fewer bits as 8, grey with
 * transparency as four channels. A transparency that is opaque everywhere is left out. Null if it is damaged. Throws
 * `ImageTooLarge`, before anything is unpacked, if the pixels would take more than `limit` bytes.
 */
export function decodePng(bytes: Uint8Array, limit: number): Pixels | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!isPng(file)) return null
  let header: Header | null = null
  const data: Uint8Array[] = []
  let [palette, alpha]: [Uint8Array, Uint8Array | null] = [new Uint8Array(), null]
  for (let at = 8; at + 12 <= file.length;) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    const chunk = file.subarray(at + 8, at + 8 + length)
    if (chunk.length < length) return null
    if (type === 'IHDR') header = headerOf(chunk)
    if (header === null) return null
    if (type === 'PLTE') palette = chunk
    if (type === 'tRNS' && header.color === PALETTE) alpha = chunk
    if (type === 'IDAT') data.push(chunk)
    if (type === 'IEND') break
    at += 12 + length
  }
  if (header === null || (header.color === PALETTE && palette.length < 3)) return null
  const { width, height, color } = header
  checkSize(width, height, bytesAPixel(header), limit)
  const samples = unpack(header, Buffer.concat(data))
  if (samples === null) return null
  if (color === PALETTE) return opaque(coloured(samples, palette, alpha), width, height, 4)
  if (color === GREY_ALPHA) return opaque(spread(samples), width, height, 4)
  return opaque(samples, width, height, CHANNELS[color]!)
}

function bytesAPixel({ depth, color }: Header): number {
  const most = color === PALETTE || color === GREY_ALPHA ? 4 : CHANNELS[color]!
  return most * (depth === 16 ? 2 : 1)
}

function headerOf(chunk: Buffer): Header | null {
  if (chunk.length !== 13) return null
  const [width, height] = [chunk.readUInt32BE(0), chunk.readUInt32BE(4)]
  const [depth = 0, color = -1, compression, filter, interlace = 2] = chunk.subarray(8)
  const isDepth = color === GREY ? [1, 2, 4, 8, 16] : color === PALETTE ? [1, 2, 4, 8] : [8, 16]
  const isKnown = CHANNELS[color] !== undefined && isDepth.includes(depth) && compression === 0 && filter === 0
  if (!isKnown || interlace > 1 || width === 0 || height === 0) return null
  return { width, height, depth, color, interlaced: interlace === 1 }
}

type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

/** All samples in the order of the pixels; null if the data is damaged or too short. */
function unpack({ width, height, depth, color, interlaced }: Header, packed: Buffer): Samples | null {
  const channels = CHANNELS[color]!
  const passes = (interlaced ? ADAM7 : [[0, 0, 1, 1] as const]).map(([x, y, dx, dy]) => ({
    x,
    y,
    dx,
    dy,
    columns: Math.ceil((width - x) / dx),
    rows: Math.ceil((height - y) / dy),
  }))
  const lineBytes = (columns: number) => (columns > 0 ? Math.ceil((columns * channels * depth) / 8) : 0)
  const needed = passes.reduce((sum, { columns, rows }) => sum + (columns > 0 ? rows * (1 + lineBytes(columns)) : 0), 0)
  let lines: Buffer
  try {
    lines = inflateSync(packed, { maxOutputLength: needed + 64 })
  } catch {
    return null // damaged, or more data than the header states
  }
  if (lines.length < needed) return null
  const samples = depth === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels)
  const pixelBytes = Math.max(1, (channels * depth) >> 3)
  const scale = color === PALETTE || depth >= 8 ? 1 : 255 / (2 ** depth - 1)
  let at = 0
  for (const { x, y, dx, dy, columns, rows } of passes) {
    const length = lineBytes(columns)
    let before: Uint8Array = new Uint8Array(length)
    const lineCount = columns > 0 ? rows : 0
    for (let row = 0; row < lineCount; row++) {
      const line = new Uint8Array(lines.buffer, lines.byteOffset + at + 1, length)
      if (!unfilter(lines[at]!, line, before, pixelBytes)) return null
      at += 1 + length
      before = line
      for (let column = 0; column < columns; column++) {
        const to = ((y + row * dy) * width + x + column * dx) * channels
        for (let channel = 0; channel < channels; channel++) {
          samples[to + channel] = sampleAt(line, column * channels + channel, depth) * scale
        }
      }
    }
  }
  return samples
}

function sampleAt(line: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return line[index]!
  if (depth === 16) return (line[2 * index]! << 8) | line[2 * index + 1]!
  const bit = index * depth
  return (line[bit >> 3]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1)
}

/** Undoes a line's filter in place; false for an unknown filter. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, step: number): boolean {
  if (filter === 0 || filter > 4) return filter === 0
  for (let i = 0; i < line.length; i++) {
    const left = i >= step ? line[i - step]! : 0
    const up = above[i]!
    const corner = i >= step ? above[i - step]! : 0
    const guess = filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : paeth(left, up, corner)
    line[i] = line[i]! + guess
  }
  return true
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

function coloured(indices: Samples, palette: Uint8Array, alpha: Uint8Array | null): Samples {
  const out = new Uint8Array(indices.length * 4)
  for (const [i, index] of indices.entries()) {
    for (let channel = 0; channel < 3; channel++) out[4 * i + channel] = palette[3 * index + channel] ?? 0
    out[4 * i + 3] = alpha?.[index] ?? 255
  }
  return out
}

function spread(pairs: Samples): Samples {
  const out = pairs instanceof Uint16Array ? new Uint16Array(pairs.length * 2) : new Uint8Array(pairs.length * 2)
  for (let i = 0; i < pairs.length; i += 2) out.set([pairs[i]!, pairs[i]!, pairs[i]!, pairs[i + 1]!], 2 * i)
  return out
}

function opaque(samples: Samples, width: number, height: number, channels: number): Pixels {
  const full = samples instanceof Uint16Array ? 0xffff : 0xff
  const shape = (count: number) => (count === 1 ? [height, width] : [height, width, count])
  if (channels !== 4) return { shape: shape(channels), data: samples }
  for (let i = 3; i < samples.length; i += 4) if (samples[i] !== full) return { shape: shape(4), data: samples }
  const data = full === 0xff ? new Uint8Array(width * height * 3) : new Uint16Array(width * height * 3)
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[3 * i + c] = samples[4 * i + c]!
  return { shape: shape(3), data }
}
