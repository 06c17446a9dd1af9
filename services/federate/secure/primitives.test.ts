import { expect, test } from 'vitest'
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
