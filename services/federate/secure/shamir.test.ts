import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { seededBytes } from './primitives.ts'
import { combineShares, splitSecret, type Share } from './shamir.ts'

const placed = (shares: readonly Uint8Array[]): Share[] => shares.map((bytes, i) => ({ place: i + 1, bytes }))

describe('Shamir’s secret sharing', () => {
  property.prop([
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.integer({ min: 1, max: 40 }).chain((count) => fc.tuple(fc.constant(count), fc.integer({ min: 1, max: count }))),
    fc.string(),
  ])('any threshold of the shares gives the secret back', (secret, [count, threshold], seed) => {
    const shares = placed(splitSecret(secret, threshold, count, seededBytes(seed)))
    const chosen = shares.toReversed().slice(0, threshold)
    expect(combineShares(chosen)).toEqual(secret)
  })

  test('multiplies in the field of AES: a known product', () => {
    // 0x57 · 0x83 = 0xc1 (FIPS 197, section 4.2): the share at place 0x83 of the line 0 + 0x57 x
    const line = () => new Uint8Array(4).fill(0x57)
    const shares = splitSecret(new Uint8Array(4), 2, 0x83, line)
    expect([...shares[0x82]!]).toEqual([0xc1, 0xc1, 0xc1, 0xc1])
  })

  test('one share fewer gives every secret with the same probability', () => {
    // for a fixed share of two, each of the 256 secrets has exactly one line through it
    const seen = new Set<number>()
    for (let slope = 0; slope < 256; slope++) {
      const secret = Uint8Array.of(9, 9, 9, 9)
      seen.add(splitSecret(secret, 2, 2, (length) => new Uint8Array(length).fill(slope))[0]![0]!)
    }
    expect(seen.size).toBe(256)
  })

  test('an altered share gives other bytes', () => {
    const secret = new Uint8Array(seededBytes('secret')(32))
    const shares = placed(splitSecret(secret, 3, 5, seededBytes('altered')))
    shares[1]!.bytes[7]! ^= 1
    expect(combineShares(shares.slice(0, 3))).not.toEqual(secret)
    expect(combineShares(shares.slice(2))).toEqual(secret)
  })

  test.each([
    ['a threshold above the count', 4, 3],
    ['no threshold', 0, 3],
    ['more places than the field has', 2, 256],
  ])('refuses %s', (_what, threshold, count) => {
    expect(() => splitSecret(new Uint8Array(32), threshold, count, seededBytes(''))).toThrow(RangeError)
  })

  test('refuses shares at one place, at none, and of different lengths', () => {
    const share = (place: number, length = 4) => ({ place, bytes: new Uint8Array(length) })
    expect(() => combineShares([share(1), share(1)])).toThrow(RangeError)
    expect(() => combineShares([share(0)])).toThrow(RangeError)
    expect(() => combineShares([share(1), share(2, 8)])).toThrow(RangeError)
  })
})
