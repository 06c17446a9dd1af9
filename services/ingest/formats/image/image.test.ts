import { readFile as file } from 'node:fs/promises'
import { deflateSync, crc32 } from 'node:zlib'
import { fc, test as property } from '#test/support/property.ts'
import { encode } from 'jpeg-js'
import { describe, expect, test } from 'vitest'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { readFile } from '../../sources/files/source.ts'
import type { FormatItem, FormatLimits } from '../format.ts'
import { decodeJpeg } from './jpeg.ts'
import { ImageTooLarge } from './pixels.ts'
import { orientationOf } from './orientation.ts'
import { decodePng } from './png.ts'

const LIMIT = 1024 * 1024

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

interface PngOptions {
  readonly depth?: number
  readonly color?: number
  readonly interlace?: number
  readonly more?: readonly Buffer[]
}

function png(width: number, height: number, lines: Uint8Array, options: PngOptions = {}): Uint8Array {
  const { depth = 8, color = 0, interlace = 0, more = [] } = options
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, color, 0, 0, interlace], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const end = chunk('IEND', new Uint8Array())
  return Buffer.concat([signature, chunk('IHDR', header), ...more, chunk('IDAT', deflateSync(lines)), end])
}

const pixelsOf = (bytes: Uint8Array) => {
  const found = decodePng(bytes, LIMIT)
  return found && { shape: found.shape, data: [...found.data] }
}

async function itemsOf(bytes: Uint8Array, limits: FormatLimits = { itemBytes: LIMIT }): Promise<FormatItem[]> {
  await using folder = await createInputFolder({ 'a.img': bytes })
  const found: FormatItem[] = []
  for await (const items of readFile({ path: `${folder.root}/a.img` }, 0, limits)) found.push(...items)
  return found
}

describe('a PNG', () => {
  test('is read through each of its filters', () => {
    const lines = Uint8Array.of(0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 9, 9, 9, 4, 1, 2, 3)
    const rows = [1, 2, 3, 1, 2, 3, 2, 3, 4, 10, 15, 18, 11, 17, 21]
    expect(pixelsOf(png(3, 5, lines))).toEqual({ shape: [5, 3], data: rows })
  })

  test('keeps grey, colour, palettes, bits and 16 bits as what they are, and leaves out what hides nothing', () => {
    expect(pixelsOf(png(1, 1, Uint8Array.of(0, 1, 2, 3), { color: 2 }))).toEqual({ shape: [1, 1, 3], data: [1, 2, 3] })
    expect(pixelsOf(png(1, 1, Uint8Array.of(0, 1, 2, 3, 255), { color: 6 }))?.shape).toEqual([1, 1, 3])
    expect(pixelsOf(png(1, 1, Uint8Array.of(0, 1, 2, 3, 4), { color: 6 }))?.data).toEqual([1, 2, 3, 4])
    expect(pixelsOf(png(1, 1, Uint8Array.of(0, 7, 9), { color: 4 }))?.data).toEqual([7, 7, 7, 9])
    expect(pixelsOf(png(8, 1, Uint8Array.of(0, 0b10100000), { depth: 1 }))?.data).toEqual([255, 0, 255, 0, 0, 0, 0, 0])
    expect(pixelsOf(png(1, 1, Uint8Array.of(0, 1, 2), { depth: 16 }))).toEqual({ shape: [1, 1], data: [258] })
    const palette = chunk('PLTE', Uint8Array.of(9, 8, 7, 6, 5, 4))
    expect(pixelsOf(png(2, 1, Uint8Array.of(0, 0b01000000), { color: 3, depth: 1, more: [palette] }))).toEqual({
      shape: [1, 2, 3],
      data: [9, 8, 7, 6, 5, 4],
    })
  })

  test('is put together from its seven passes', () => {
    const place = [1, 6, 4, 6, 2, 6, 4, 6, ...Array.from({ length: 8 }, () => 7)] // the first two lines of eight
    const passes = [[1], [2], [], [4, 4], [], [6, 6, 6, 6], Array.from({ length: 8 }, () => 7)]
    const lines = passes.flatMap((values) => (values.length > 0 ? [0, ...values] : []))
    expect(pixelsOf(png(8, 2, Uint8Array.from(lines), { interlace: 1 }))?.data).toEqual(place)
  })

  test('is refused by its header where it is a bomb, and where it unpacks to more than that', () => {
    expect(() => decodePng(png(60_000, 60_000, new Uint8Array(10)), LIMIT)).toThrow(ImageTooLarge)
    expect(decodePng(png(2, 2, new Uint8Array(50_000_000)), LIMIT)).toBeNull()
  })

  property.prop([fc.nat(), fc.nat(255)])('is an image or none with a damaged byte', (at, byte) => {
    const bytes = new Uint8Array(
      png(
        3,
        3,
        Uint8Array.from({ length: 12 }, (_, i) => i % 4),
      ),
    )
    bytes[at % bytes.length] = byte
    try {
      expect(decodePng(bytes, LIMIT)?.data.length ?? 0).toBeLessThanOrEqual(LIMIT)
    } catch (error) {
      expect(error).toBeInstanceOf(ImageTooLarge)
    }
  })
})

describe('a JPEG', () => {
  const data = Uint8Array.from({ length: 16 * 8 * 4 }, (_, i) => (i % 4 === 3 ? 255 : i % 4 === 0 ? 200 : 30))
  const jpeg = new Uint8Array(encode({ width: 16, height: 8, data }, 90).data)

  test('is read', () => {
    const { shape, data: pixels } = decodeJpeg(jpeg, LIMIT)!
    expect(shape).toEqual([8, 16, 3])
    expect(pixels[0]! > 180 && pixels[1]! < 60).toBe(true)
  })

  test('is refused by its header where it is a bomb', () => {
    const bomb = new Uint8Array(jpeg)
    const frame = Buffer.from(bomb.buffer).indexOf(Buffer.from([0xff, 0xc0]))
    bomb.set([0xff, 0xff, 0xff, 0xff], frame + 5)
    expect(() => decodeJpeg(bomb, LIMIT)).toThrow(ImageTooLarge)
  })

  test.each([
    [0xc3, 8, 'a lossless JPEG'],
    [0xc9, 8, 'a JPEG with arithmetic coding'],
    [0xc5, 8, 'a hierarchical JPEG'],
    [0xc1, 12, 'a JPEG of 12 bits a sample'],
  ])('is refused by name where it is of a kind that is not read: marker %i, %i bits', async (marker, bits, what) => {
    const other = new Uint8Array(jpeg)
    const frame = Buffer.from(other.buffer).indexOf(Buffer.from([0xff, 0xc0]))
    other.set([marker], frame + 1)
    other.set([bits], frame + 4)
    const detail = `${what}, which is not read`
    expect(await itemsOf(other)).toMatchObject([{ body: { kind: 'broken', reason: 'undecodable', detail } }])
  })

  test('is one item of a file, as a tensor, and a broken one where it is damaged, too large or too slow', async () => {
    expect(await itemsOf(jpeg)).toMatchObject([{ index: 0, body: { fields: { image: { shape: [8, 16, 3] } } } }])
    expect(await itemsOf(jpeg.subarray(0, 200))).toMatchObject([{ body: { kind: 'broken', reason: 'undecodable' } }])
    expect(await itemsOf(jpeg, { itemBytes: 300 })).toMatchObject([{ body: { kind: 'broken', reason: 'too_large' } }])
  })
})

describe('an image of any size', () => {
  const data = new Uint8Array(700 * 600 * 4).fill(120)
  const photograph = new Uint8Array(encode({ width: 700, height: 600, data }, 50).data)

  test('is the file, what is compared and its size, though its pixels are more than a record may be', async () => {
    const images = { field: 'image', shape: [4, 6, 3], delivered: 'file' }
    const limits = { itemBytes: LIMIT, images }
    expect(await itemsOf(photograph, { itemBytes: LIMIT })).toMatchObject([{ body: { reason: 'too_large' } }])
    const [{ body } = { body: null }] = await itemsOf(photograph, limits)
    expect(body).toMatchObject({ kind: 'fields', bytes: photograph.length + 72 })
    expect(body).toMatchObject({
      fields: { height: 600, width: 700, file: { dtype: 'u8', data: photograph }, image: { shape: [4, 6, 3] } },
    })
    expect(await itemsOf(photograph, { ...limits, itemBytes: 300 })).toMatchObject([{ body: { reason: 'too_large' } }])
    expect(await itemsOf(photograph.subarray(0, 900), limits)).toMatchObject([{ body: { reason: 'undecodable' } }])
  })
})

describe('images that other programs wrote', () => {
  const load = async (name: string) =>
    new Uint8Array(await file(new URL(`../../../../test/support/images/${name}`, import.meta.url)))

  test('are read from CMYK into red, green and blue', async () => {
    const { shape, data } = decodeJpeg(await load('cmyk.jpg'), LIMIT)!
    expect(shape).toEqual([16, 24, 3])
    // six columns of growing red, four rows of growing green, blue half way
    const at = (row: number, column: number) => [...data.subarray((row * 24 + column) * 3, (row * 24 + column) * 3 + 3)]
    const near = (values: number[], wanted: number[]) => values.every((value, i) => Math.abs(value - wanted[i]!) < 20)
    expect(near(at(2, 2), [0, 0, 128])).toBe(true)
    expect(near(at(2, 22), [200, 0, 128])).toBe(true)
    expect(near(at(14, 2), [0, 180, 128])).toBe(true)
  })

  test('keep their 16 bits', async () => {
    const { shape, data } = decodePng(await load('grey16.png'), LIMIT)!
    expect([shape, [...new Set(data)]]).toEqual([[8, 8], [40_000]])
  })

  test('are read as they are stored, and it is known how they are to be turned', async () => {
    for (const name of ['turned.jpg', 'turned.png']) {
      const bytes = await load(name)
      expect(orientationOf(bytes)).toBe(6)
      expect((name.endsWith('g') && decodeJpeg(bytes, LIMIT)) || decodePng(bytes, LIMIT)).toMatchObject({
        shape: [16, 24, 3],
      })
    }
    expect(orientationOf(await load('cmyk.jpg'))).toBe(1)
    expect(orientationOf(new Uint8Array())).toBe(1)
  })

  property.prop([fc.nat(900), fc.nat(255)])('say nothing where what they say is damaged', async (at, byte) => {
    const bytes = await load('turned.jpg')
    bytes[at % bytes.length] = byte
    expect(orientationOf(bytes)).toBeGreaterThanOrEqual(1)
    expect(orientationOf(bytes.subarray(0, at))).toBeLessThanOrEqual(8)
  })
})
