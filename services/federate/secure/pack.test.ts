import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { PLAIN_TERMS } from '#test/federate/support/rehearse.ts'
import { packedBits, packWords, unpackWords } from './pack.ts'
import { createLanes } from './lanes/lanes.ts'
import { EXTRA_WORDS } from './quantise.ts'
import { mostClients } from './terms.ts'

const terms = { ...PLAIN_TERMS, dimension: 9, model: new Uint8Array(32) }
/** Some words, packed. */
function packed(words: Int32Array, width: number): Uint8Array {
  const lanes = createLanes(words.length)
  lanes.add(words)
  return packWords(lanes, width)
}

const reason = (reason: string) => expect.objectContaining({ reason })

describe('packed words', () => {
  property.prop([
    fc.array(fc.integer(), { minLength: EXTRA_WORDS + 1, maxLength: 80 }),
    fc.integer({ min: 2, max: 32 }),
  ])('are read back, but for the bits that no sum needs', (numbers, width) => {
    const words = Int32Array.from(numbers)
    const count = words.length - EXTRA_WORDS
    const bytes = packed(words, width)
    expect(bytes.length).toBe(Math.ceil((count * width) / 8) + 4 * EXTRA_WORDS)
    const kept = words.map((word, i) => (width === 32 || i >= count ? word : word & (2 ** width - 1)))
    expect(unpackWords(bytes, count, width)).toEqual(kept)
  })

  test('add up as whole ones do, for whoever asks for no more bits', () => {
    const of = (seed: number) =>
      Int32Array.from({ length: 60 + EXTRA_WORDS }, (_, i) => Math.imul(seed + i, 0x9e3779b1))
    const [a, b] = [of(1), of(77)]
    const [low, high] = [a, b].map((words) => unpackWords(packed(words, 21), 60, 21))
    for (let i = 0; i < 60; i++) expect((low![i]! + high![i]!) & 0x1fffff).toBe((a[i]! + b[i]!) & 0x1fffff)
  })

  test('have as many bits as the sum of all clients, and a third more', () => {
    expect(packedBits(terms, 50)).toBe(27)
    expect(packedBits(terms, 3)).toBe(22)
    expect(packedBits({ ...terms, bits: 8, weightCap: 4 }, 1000)).toBe(21)
    for (const bits of [2, 16, 20, 24])
      expect(packedBits({ ...terms, bits }, mostClients({ bits, weightCap: 1 }))).toBeLessThanOrEqual(32)
    expect(packedBits({ ...terms, clip: 1, noise: 1 }, 50)).toBe(32)
    expect(packedBits({ ...terms, clip: 1, sketch: 8 }, 50)).toBe(32)
  })

  test('are refused where they are of another length, or say something after their last number', () => {
    const bytes = packed(new Int32Array(9 + EXTRA_WORDS), 23)
    expect(() => unpackWords(bytes.subarray(1), 9, 23)).toThrow(reason('wrong_size'))
    expect(() => unpackWords(Buffer.concat([bytes, Buffer.alloc(1)]), 9, 23)).toThrow(reason('wrong_size'))
    // 207 bits of 26 bytes
    bytes[25]! |= 0x80
    expect(() => unpackWords(bytes, 9, 23)).toThrow(reason('trailing_data'))
  })
})
