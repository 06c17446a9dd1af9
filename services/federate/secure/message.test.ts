import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import {
  decodeDelivery,
  decodeMasked,
  decodeIndexes,
  decodeKeys,
  decodeMessages,
  decodeRevealed,
  decodeDraw,
  decodeShares,
  encodeDelivery,
  encodeMasked,
  encodeIndexes,
  encodeRevealed,
} from './bodies.ts'
import { unpackWords } from './pack.ts'
import { decodeFolds } from './sketch.ts'
import { isName, KEPT_VERSIONS, openMessage, sealMessage, STAGES, type Message, type Stage } from './message.ts'
import { keyPair, publicKeyOf, seededBytes, sha256, signBytes } from './primitives.ts'
import { decodeTerms, encodeTerms, type Terms } from './terms.ts'

const key = keyPair('ed25519', seededBytes('identity')(32))
const publicKey = publicKeyOf('ed25519', key.publicKey)
const keyOf = (sender: string) => (sender === 'alice' ? publicKey : undefined)
const message = (some: Partial<Message> = {}): Message => ({
  session: seededBytes('session')(32),
  round: 7,
  stage: 'mask',
  request: false,
  transcript: seededBytes('transcript')(32),
  sender: 'alice',
  body: Uint8Array.of(1, 2, 3),
  ...some,
})
const reason = (reason: string) => expect.objectContaining({ reason })

describe('a signed message', () => {
  property.prop([
    fc.uint8Array({ maxLength: 200 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.constantFrom(...(Object.keys(STAGES) as Stage[])),
    fc.boolean(),
  ])('opens to what was sealed', (body, round, stage, request) => {
    const sent = message({ body, round, stage, request })
    const { digest: _, ...opened } = openMessage(sealMessage(sent, key), sent, keyOf)
    expect({ ...opened, body: [...opened.body] }).toEqual({ ...sent, body: [...body] })
  })

  property.prop([fc.nat(), fc.integer({ min: 0, max: 7 })])('is refused with any one bit altered', (place, bit) => {
    const sealed = new Uint8Array(sealMessage(message(), key))
    sealed[place % sealed.length]! ^= 1 << bit
    expect(() => openMessage(sealed, message(), keyOf)).toThrow(AppError)
  })

  test('is refused cut short anywhere, and with anything behind it', () => {
    const sealed = sealMessage(message(), key)
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openMessage(sealed.subarray(0, length), message(), keyOf)).toThrow(reason('truncated'))
    }
    expect(() => openMessage(Buffer.concat([sealed, Buffer.alloc(1)]), message(), keyOf)).toThrow(
      reason('trailing_data'),
    )
  })

  test.each([
    ['wrong_stage', { stage: 'agree' }],
    ['wrong_stage', { request: true }],
    ['wrong_session', { session: seededBytes('other')(32) }],
    ['wrong_round', { round: 8 }],
    ['wrong_transcript', { transcript: seededBytes('other')(32) }],
    ['unknown_sender', { sender: 'mallory' }],
    ['unknown_sender', { sender: 'aggregator' }],
    ['unknown_sender', { sender: 'Alice' }],
  ] as const)('is refused as %s where that is what differs: %o', (fault, other) => {
    expect(() => openMessage(sealMessage(message(other), key), message(), keyOf)).toThrow(reason(fault))
  })

  test('of an older version is refused as such, and read where it was kept as proof', () => {
    const sealed = sealMessage(message(), key)
    const head = sealed.subarray(4, sealed.length - message().body.length - 64)
    const old = Buffer.concat([Buffer.from('CFM1'), head])
    const signed = Buffer.concat([Buffer.from('credence federate message v1\0'), old, sha256(message().body)])
    const kept = Buffer.concat([old, message().body, signBytes(key, signed)])
    expect(() => openMessage(kept, message(), keyOf)).toThrow(reason('old_version'))
    expect([...openMessage(kept, message(), keyOf, KEPT_VERSIONS).body]).toEqual([1, 2, 3])
    expect(() => openMessage(sealed.with(3, 0x33), message(), keyOf, KEPT_VERSIONS)).toThrow(reason('bad_magic'))
  })

  test('is refused when somebody else signed it', () => {
    const other = keyPair('ed25519', seededBytes('other')(32))
    expect(() => openMessage(sealMessage(message(), other), message(), keyOf)).toThrow(reason('bad_signature'))
  })

  test('has a sender whose name can be one', () => {
    expect(['a', 'site-3.eu_west', 'a'.repeat(64)].filter(isName)).toHaveLength(3)
    expect(['', 'aggregator', 'A', '-a', 'a b', 'ä', 'a'.repeat(65)].filter(isName)).toEqual([])
  })
})

describe('decoders', () => {
  const decoders: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
    terms: decodeTerms,
    keys: decodeKeys,
    messages: decodeMessages,
    shares: (bytes) => decodeShares(bytes, 3),
    delivery: (bytes) => decodeDelivery(bytes, 9),
    indexes: (bytes) => decodeIndexes(bytes, 9),
    masked: (bytes) => decodeMasked(bytes, 30, 9),
    draw: (bytes) => decodeDraw(bytes, 9),
    folds: (bytes) => decodeFolds(bytes, 2, { sketch: 8 }),
    vector: (bytes) => unpackWords(bytes, 8, 23),
    revealed: (bytes) => decodeRevealed(bytes, 9),
    message: (bytes) => openMessage(bytes, message(), keyOf),
  }
  property.prop([fc.constantFrom(...Object.keys(decoders)), fc.uint8Array({ maxLength: 400 })])(
    'return or refuse whatever comes: %s',
    (name, bytes) => {
      try {
        decoders[name]!(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
        expect((error as AppError).reason).toBeDefined()
      }
    },
  )

  property.prop([fc.uniqueArray(fc.nat({ max: 299 }))])('read sets of clients back', (indexes) => {
    const sorted = indexes.sort((a, b) => a - b)
    expect(decodeIndexes(encodeIndexes(sorted), 300)).toEqual(sorted)
    const share = new Uint8Array(32).fill(5)
    const revealed = decodeRevealed(encodeRevealed(sorted.map((of) => ({ of, share }))), 300)
    expect(revealed.map(({ of }) => of)).toEqual(sorted)
    const dealt = sorted.map((i) => ({ sealed: new Uint8Array(80).fill(i), digest: new Uint8Array(32).fill(i + 1) }))
    expect(decodeDelivery(encodeDelivery({ sharers: sorted, dealt }), 300)).toEqual({ sharers: sorted, dealt })
    const masked = decodeMasked(encodeMasked(share, sorted), share.length, 300)
    expect(masked).toEqual({ vector: share, complaints: sorted })
  })

  test('take no memory for what is only claimed', () => {
    const claims = Buffer.alloc(6)
    claims.writeUInt16BE(1, 0)
    claims.writeUInt32BE(2 ** 32 - 1, 2)
    expect(() => decodeMessages(claims)).toThrow(reason('truncated'))
  })

  test('read terms back, and refuse what nobody should take part in', () => {
    const model = new Uint8Array(seededBytes('model')(32))
    const terms: Terms = {
      dimension: 10,
      bits: 20,
      range: 2.5,
      weightCap: 9,
      minimum: 4,
      clip: 1,
      noise: 0,
      countNoise: 0,
      model,
      sketch: 0,
    }
    expect(decodeTerms(encodeTerms(terms))).toEqual(terms)
    const sketched = { ...terms, dimension: 128, weightCap: 1, sketch: 8 }
    expect(decodeTerms(encodeTerms(sketched))).toEqual(sketched)
    for (const bad of [
      { sketch: 4 },
      { sketch: 12 },
      { dimension: 127 },
      { weightCap: 2 },
      { clip: 0 },
      { clip: 3 },
      { noise: 0.1 },
    ]) {
      expect(() => decodeTerms(encodeTerms({ ...sketched, ...bad })), JSON.stringify(bad)).toThrow(reason('bad_terms'))
    }
    // terms without a sketch have one encoding: the one that does not speak of it
    const spoken = Buffer.concat([encodeTerms(terms), Uint8Array.of(0, 0)])
    expect(() => decodeTerms(spoken)).toThrow(reason('bad_terms'))
    for (const bad of [
      { dimension: 0 },
      { dimension: 2 ** 27 },
      { bits: 1 },
      { bits: 25 },
      { range: 0 },
      { range: Number.NaN },
      { weightCap: 0 },
      { minimum: 2 },
      { clip: Number.NaN },
      { clip: -1 },
      { countNoise: 1 },
      { noise: 0.1 },
      { noise: 0.1, weightCap: 1, clip: 0 },
      { noise: 0.1, weightCap: 1, clip: 3 },
      { noise: 1e-7, weightCap: 1 },
      { noise: 0.1, weightCap: 1, countNoise: 0.5 },
    ]) {
      expect(() => decodeTerms(encodeTerms({ ...terms, ...bad }))).toThrow(reason('bad_terms'))
    }
  })
})
