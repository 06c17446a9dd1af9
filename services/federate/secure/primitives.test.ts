import { expect, test } from 'vitest'
import { checkKeys } from './keys.ts'
import * as browser from './primitives.browser.ts'
import * as node from './primitives.ts'

const random = node.seededBytes('two sets of primitives')
const CURVES = ['x25519', 'ed25519'] as const

test('a browser has the same primitives', () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort())
  expect([browser.KEY_BYTES, browser.SIGNATURE_BYTES]).toEqual([node.KEY_BYTES, node.SIGNATURE_BYTES])
})

test.each(CURVES)('with the same keys of %s', (curve) => {
  const secret = random(32)
  const [here, there] = [node.keyPair(curve, secret), browser.keyPair(curve, secret)]
  expect(there.publicKey).toEqual(here.publicKey)
  for (const { publicKeyOf } of [node, browser]) {
    expect(() => publicKeyOf(curve, random(31))).toThrow(expect.objectContaining({ reason: 'bad_key' }))
  }
})

test('which agree to the same secrets, and to none with a point of low order', () => {
  const [own, peer] = [random(32), random(32)]
  const { publicKey } = node.keyPair('x25519', peer)
  expect(browser.agree(browser.keyPair('x25519', own), publicKey)).toEqual(
    new Uint8Array(node.agree(node.keyPair('x25519', own), publicKey)),
  )
  const refusal = expect.objectContaining({ reason: 'bad_key' })
  expect(() => node.agree(node.keyPair('x25519', own), new Uint8Array(32))).toThrow(refusal)
  expect(() => browser.agree(browser.keyPair('x25519', own), new Uint8Array(32))).toThrow(refusal)
})

test('of a roster, those are refused with which nobody could agree, and no others', () => {
  const field = 2n ** 255n - 19n
  const encoded = (u: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((u >> BigInt(8 * i)) & 255n))
  const small = Array.from({ length: 30 }, (_, i) => BigInt(i))
  const orderEight = [
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ]
  // numbers from the field's on, and those with the highest bit, are other ways to write the same ones
  const numbers = [...small, ...small.map((i) => field - i), ...small.slice(0, 19).map((i) => field + i), ...orderEight]
  const own = node.keyPair('x25519', random(32))
  const agrees = (key: Uint8Array) => {
    try {
      return node.agree(own, key).length === 32
    } catch {
      return false
    }
  }
  const passes = (key: Uint8Array) => {
    const good = node.keyPair('x25519', random(32)).publicKey
    const tried = [
      { maskKey: key, shareKey: good },
      { maskKey: good, shareKey: key },
    ] as const
    const passed = tried.filter((keys) => {
      try {
        checkKeys(keys)
        return true
      } catch {
        return false
      }
    })
    expect([0, 2]).toContain(passed.length)
    return passed.length === 2
  }
  const keys = [...numbers, ...numbers.map((u) => u | (1n << 255n))].map(encoded)
  const refused = keys.filter((key) => !passes(key))
  for (const key of keys) expect(passes(key)).toBe(agrees(key))
  // seven numbers, each with the highest bit and without it
  expect(new Set(refused.map((key) => Buffer.from(key).toString('hex'))).size).toBe(14)
})

test('sign the same, and verify what the other signed, unless a bit of it is another', () => {
  const [secret, message] = [random(32), random(1000)]
  const [here, there] = [node.keyPair('ed25519', secret), browser.keyPair('ed25519', secret)]
  const signature = browser.signBytes(there, message)
  expect(signature).toEqual(new Uint8Array(node.signBytes(here, message)))
  const key = node.publicKeyOf('ed25519', here.publicKey)
  for (const bit of [0, 255, 256, 511]) {
    const altered = signature.slice()
    altered[bit >> 3]! ^= 1 << (bit & 7)
    expect(node.verifies(key, message, altered)).toBe(false)
    expect(browser.verifies(there.publicKey, message, altered)).toBe(false)
  }
  expect(node.verifies(key, message, signature)).toBe(true)
  expect(browser.verifies(there.publicKey, message, signature)).toBe(true)
  expect(browser.verifies(there.publicKey, message.subarray(1), signature)).toBe(false)
})

test('derive, digest, draw and stream the same', () => {
  const [secret, salt, info] = [random(32), random(32), random(20)]
  expect(browser.deriveKey(secret, salt, info)).toEqual(node.deriveKey(secret, salt, info))
  expect(browser.sha256(secret, salt)).toEqual(new Uint8Array(node.sha256(secret, salt)))
  expect(browser.seededBytes('a')(70_001)).toEqual(new Uint8Array(node.seededBytes('a')(70_001)))
  expect(browser.keyStream(secret, 1001)).toEqual(new Uint8Array(node.keyStream(secret, 1001)))
  const words = 80_001 // more than two pieces
  const [here, there] = [new Int32Array(words), new Int32Array(words)]
  node.eachWords(secret, words, (piece, at) => here.set(piece, at))
  browser.eachWords(secret, words, (piece, at) => there.set(piece, at))
  expect(there).toEqual(here)
  const freed = new Int32Array(words)
  const pieces: Int32Array[] = []
  const keep = (piece: Int32Array, at: number) => {
    pieces.push(piece)
    freed.set(piece, at)
  }
  node.eachWords(secret, words, keep, { free: true })
  expect(freed).toEqual(here)
  expect(pieces.map(({ length }) => length)).toEqual(pieces.map(() => 0))
  expect(browser.systemRandom(70_000)).toHaveLength(70_000)
})

test('seal the same, and open nothing that was altered or is of another context', () => {
  const [key, share, context] = [random(32), random(64), random(24)]
  const sealed = browser.sealOnce(key, share, context)
  expect(sealed).toEqual(new Uint8Array(node.sealOnce(key, share, context)))
  const refusal = expect.objectContaining({ reason: 'share_unreadable' })
  const altered = sealed.map((byte, i) => (i === 70 ? byte ^ 1 : byte))
  for (const { openOnce } of [node, browser]) {
    expect(new Uint8Array(openOnce(key, sealed, context))).toEqual(new Uint8Array(share))
    expect(() => openOnce(key, altered, context)).toThrow(refusal)
    expect(() => openOnce(key, sealed, share)).toThrow(refusal)
  }
})
