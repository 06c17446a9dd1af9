import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

test.each([
  ['123456789', 0xe3069283],
  ['', 0],
])('the check value of %j', (text, crc) => {
  expect(crc32c(Buffer.from(text))).toBe(crc)
})

test('the vectors of RFC 3720: zeros, ones, ascending', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e)
})
