import { fc, test as property } from '#test/support/property.ts'
import { expect, test } from 'vitest'
import { lz4Decompress } from './lz4-frame.ts'

const MOST = 1_000_000
const unpack = (hex: string, most = MOST) =>
  Buffer.from(lz4Decompress(Buffer.from(hex, 'hex'), most)).toString('latin1')
const HEAD = '04224d18604082'
/** `abc` 120 times and `xyz`, as pyarrow packs it: a match that runs into itself. */
const PACKED = '04224d186040820e0000003f6162630300ff5150626378797a00000000'

test('an LZ4 frame is unpacked', () => {
  expect(unpack(PACKED)).toBe(`${'abc'.repeat(120)}xyz`)
  expect(unpack(`${HEAD}00000000`)).toBe('')
  // stored as it is, then a block whose match reaches back into it
  expect(unpack(`${HEAD}040000806162636405000000000400106500000000`)).toBe('abcdabcde')
  // with the size of its contents, and a checksum behind the block
  expect(unpack('04224d1878400200000000000000820200008061621234567800000000')).toBe('ab')
})

test('what is damaged, cut short or too large is refused', () => {
  for (let length = 0; length < PACKED.length - 8; length += 2)
    expect(() => unpack(PACKED.slice(0, length))).toThrow(RangeError)
  expect(() => unpack(PACKED, 300)).toThrow('more than is believed')
  expect(() => unpack(`00${PACKED.slice(2)}`)).toThrow('no LZ4 frame')
  expect(() => unpack(PACKED.replace('0300ff', '0400ff'))).toThrow('before the beginning')
  expect(() => unpack(PACKED.replace('0300ff', '0000ff'))).toThrow('before the beginning')
})

property.prop([fc.nat(), fc.nat(255)], { numRuns: 200 })('whatever a byte is changed to, it ends', (at, byte) => {
  const bytes = Buffer.from(PACKED, 'hex')
  bytes[at % bytes.length] = byte
  try {
    expect(lz4Decompress(bytes, MOST).length).toBeLessThanOrEqual(MOST)
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
  }
})
