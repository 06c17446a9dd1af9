import { fc, test } from '#test/support/property.ts'
import { crc32, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodePng } from './png.ts'

/** The chunks of a PNG, their checksums verified. */
function chunksOf(png: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(png)
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001A\n')
  const chunks = new Map<string, Buffer>()
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const body = bytes.subarray(at + 4, at + 8 + length)
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(body))
    chunks.set(body.subarray(0, 4).toString('latin1'), body.subarray(4))
    at += 12 + length
  }
  return chunks
}

describe('a PNG', () => {
  test.prop([fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 3, 4), fc.nat()])(
    'holds the pixels, line by line',
    (width, height, channels, seed) => {
      const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 31 + seed) & 255)
      const chunks = chunksOf(encodePng(width, height, channels, pixels))
      expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND'])
      expect([chunks.get('IHDR')!.readUInt32BE(0), chunks.get('IHDR')!.readUInt32BE(4)]).toEqual([width, height])
      const lines = inflateSync(chunks.get('IDAT')!)
      for (let y = 0; y < height; y++) {
        const line = lines.subarray(y * (width * channels + 1), (y + 1) * (width * channels + 1))
        expect([...line]).toEqual([0, ...pixels.subarray(y * width * channels, (y + 1) * width * channels)])
      }
    },
  )

  it('is refused when the pixels do not fit', () => {
    expect(() => encodePng(2, 2, 1, new Uint8Array(3))).toThrow(RangeError)
  })
})
