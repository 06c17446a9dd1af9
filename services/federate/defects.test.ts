import { describe, expect, test } from 'vitest'
import { castRound, playRound } from '#test/federate/support/rehearse.ts'
import { clipUpdate } from './privacy/clip.ts'
import { maskKeyOf, ownMaskKeyOf } from './secure/keys.ts'
import { keyPair, keyStream, seededBytes } from './secure/primitives.ts'
import { multiKrum, trimmedMean } from './validate/combine.ts'
import { geometryOf } from './validate/geometry.ts'
import { JUDGE_DEFAULTS, judgeUpdates } from './validate/judge.ts'

/** What was measured in other implementations, each as a test that would see it here. Overlapping lists are in `secure/round.test.ts`. */

describe('a mask’s seed keeps its 256 bits', () => {
  const transcript = seededBytes('transcript')(32)
  const own = keyPair('x25519', seededBytes('own')(32))
  const peer = keyPair('x25519', seededBytes('peer')(32))

  test('every bit of a seed matters to the mask, also two that a fold to 32 bits would cancel', () => {
    const seed = seededBytes('seed')(32)
    const masks = new Set([Buffer.from(keyStream(seed, 16)).toString('hex')])
    for (let bit = 0; bit < 256; bit++) {
      const altered = new Uint8Array(seed)
      altered[bit >> 3]! ^= 1 << (bit & 7)
      masks.add(Buffer.from(keyStream(altered, 16)).toString('hex'))
      // the same bit of the next 32-bit word as well: exclusive-or and sums of words come out as before
      altered[((bit >> 3) + 4) % 32]! ^= 1 << (bit & 7)
      masks.add(Buffer.from(keyStream(altered, 16)).toString('hex'))
    }
    expect(masks.size).toBe(1 + 2 * 256)
  })

  test('keys of masks are 32 bytes, as varied as random ones, and the same from both sides', () => {
    const seeds = Array.from({ length: 200 }, (_, i) => ownMaskKeyOf(seededBytes(`${i}`)(32), transcript, 1))
    expect(new Set(seeds.map(({ length }) => length))).toEqual(new Set([32]))
    for (let at = 0; at < 32; at++) {
      // 200 draws of 256 values: fewer than 100 different ones has a probability below 1e-12
      expect(new Set(seeds.map((seed) => seed[at])).size).toBeGreaterThan(100)
    }
    expect(maskKeyOf(own, peer.publicKey, transcript, 1, 2)).toEqual(maskKeyOf(peer, own.publicKey, transcript, 2, 1))
  })

  test('one round’s masks say nothing of another’s', () => {
    const other = seededBytes('another transcript')(32)
    expect(maskKeyOf(own, peer.publicKey, transcript, 1, 2)).not.toEqual(maskKeyOf(own, peer.publicKey, other, 1, 2))
  })
})

test('a drop-out during set-up costs the round one client and not its sum', () => {
  const cast = castRound(8, 4)
  const update = () => ({ update: [1, 2, 3, -1], weight: 1 })
  const { survivors, mean } = playRound(cast, update, new Map([['client-0002', 'share']])).result()
  expect(survivors).toHaveLength(7)
  expect(mean[1]).toBeCloseTo(2, 4)
})

test('values beyond any built-in range are not cut in silence: the round agrees on one, and counts', () => {
  const cast = castRound(4, 2, { terms: { range: 100 } })
  const wide = playRound(cast, () => ({ update: [42, -99], weight: 1 })).result()
  expect(wide.mean[0]).toBeCloseTo(42, 2)
  expect(wide.mean[1]).toBeCloseTo(-99, 2)
  expect(wide.saturated).toBe(0)
  const narrow = playRound(castRound(4, 2, { terms: { range: 8 } }), () => ({ update: [42, 1], weight: 1 })).result()
  expect(narrow.saturated).toBe(4)
})

test('a NaN does not switch clipping off, on the client or in a sum', () => {
  expect(() => clipUpdate([1e9, Number.NaN], 1)).toThrow(expect.objectContaining({ reason: 'not_finite' }))
  const cast = castRound(4, 2, { terms: { clip: 1 } })
  const poisoned = () => ({ update: [1e9, Number.NaN], weight: 1 })
  expect(() => playRound(cast, poisoned)).toThrow(expect.objectContaining({ reason: 'not_finite' }))
})

test('a forged number of examples buys no more than the cap', () => {
  const update = (client: string, value: number, weight: number) => ({
    client,
    weight,
    values: Float64Array.of(value, value / 2, 1),
  })
  const honest = Array.from({ length: 9 }, (_, i) => update(`site-${i}`, 1 + i / 50, 100))
  const rules = { ...JUDGE_DEFAULTS, dimension: 3, weightCap: 100, attackers: 0 }
  const { mean } = judgeUpdates([...honest, update('site-9', 1.3, 1e15)], rules)
  expect(mean[0]).toBeCloseTo((9 + 0.72 + 1.3) / 10, 6)
})

test('robust statistics do not round to single precision', () => {
  // differences of 1 beside 2²⁶: in single precision all of them are the same point
  const base = 2 ** 26
  const points = [1, 2, 3, 4, 5, 900].map((offset) => Float64Array.of(base + offset))
  expect(multiKrum(geometryOf(points), 1)).toEqual([0, 1, 2, 3, 4])
  expect(trimmedMean(points, 1)[0]).toBe(base + 3.5)
})
