import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { castRound, honest, playRound, type Cast } from '#test/federate/support/rehearse.ts'
import { extendTranscript, openMessage, sealMessage, type SecureStage } from './message.ts'
import { proveAgreement } from './agreement.ts'
import { publicKeyOf, seededBytes } from './primitives.ts'
import { quantise } from './quantise.ts'
import { sketchOf } from './sketch.ts'
import { stepOf, type Terms } from './terms.ts'

const DIMENSION = 1024
const SKETCHED = { sketch: 64, clip: 2, range: 2, minimum: 4 } as const
const updateOf = (name: string) => {
  const place = Number(name.slice(7))
  return { update: Float64Array.from({ length: DIMENSION }, (_, i) => Math.sin(place * 31 + i) / 32), weight: 1 }
}
const reason = (reason: string) => expect.objectContaining({ reason })
const { terms } = castRound(4, DIMENSION, { terms: SKETCHED })
const key = (seed = 'key') => seededBytes(seed)(32)
const wordsOf = (update: ArrayLike<number>, seed = 'rounding') =>
  quantise(update, 1, terms, seededBytes(seed)(32)).words
const lengthOf = (cells: Int32Array) => stepOf(terms) * Math.hypot(...cells)

describe('a sketch', () => {
  property.prop([fc.string(), fc.integer({ min: 2, max: 9 })])(
    'of a sum is the sum of sketches, exactly',
    (seed, n) => {
      const random = seededBytes(seed)
      const parts = Array.from({ length: n }, () => new Int32Array(new Uint8Array(random(4 * DIMENSION)).buffer))
      const whole = parts[0]!.map((_, i) => parts.reduce((sum, part) => (sum + part[i]!) | 0, 0))
      const together = parts
        .map((part) => sketchOf(part, 1, terms, key(seed)))
        .reduce((sum, part) => sum.map((cell, k) => (cell + part[k]!) | 0))
      expect(sketchOf(whole, n, terms, key(seed))).toEqual(together)
    },
  )

  test('keeps the length of an update, and the angle between two, within what its size tells', () => {
    const [one, other] = [updateOf('client-0001').update, updateOf('client-0002').update]
    const exact = Math.hypot(...one)
    const lengths = Array.from(
      { length: 200 },
      (_, i) => lengthOf(sketchOf(wordsOf(one), 1, terms, key(`${i}`))) / exact,
    )
    // deviations are 1/√(2·64) = 9 %: of 200, none is at six of them, and their mean is closer
    for (const length of lengths) expect(Math.abs(length - 1)).toBeLessThan(0.53)
    expect(Math.abs(lengths.reduce((sum, length) => sum + length, 0) / 200 - 1)).toBeLessThan(0.05)
    const products = Array.from({ length: 200 }, (_, i) => {
      const [a, b] = [one, other].map((update) => sketchOf(wordsOf(update), 1, terms, key(`${i}`)))
      return a!.reduce((sum, cell, k) => sum + cell * b![k]!, 0) * stepOf(terms) ** 2
    })
    const exactProduct = one.reduce((sum, value, i) => sum + value * other[i]!, 0)
    expect(products.reduce((sum, product) => sum + product, 0) / 200 / exact ** 2).toBeCloseTo(
      exactProduct / exact ** 2,
      1,
    )
  })

  test('is another one under another key', () => {
    const words = wordsOf(updateOf('client-0001').update)
    expect(sketchOf(words, 1, terms, key('a'))).not.toEqual(sketchOf(words, 1, terms, key('b')))
  })
})

/** Plays a round in which one client answers one stage otherwise. */
function playWith(cast: Cast, liar: string, stage: SecureStage, lie: (answer: Uint8Array) => Uint8Array | null) {
  const steps = honest(updateOf)
  let requests = cast.round.begin()
  while (cast.round.stage !== 'done') {
    const now = cast.round.stage
    for (const [name, request] of requests) {
      const answer = steps[now](cast.clients.get(name)!, name, request)
      const sent = name === liar && now === stage ? lie(answer) : answer
      if (sent !== null) cast.round.accept(sent)
    }
    requests = cast.round.close()
  }
  return cast.round.result()
}

/** The same answer with another body, signed by its client. */
function resign(cast: Cast, name: string, stage: SecureStage, answer: Uint8Array, change: (body: Uint8Array) => void) {
  const at = 4 + 1 + 32 + 4 + 1 + name.length
  const transcript = answer.subarray(at, at + 32)
  const binding = { session: cast.session, round: 1, stage, request: false, transcript } as const
  const identity = cast.identities.get(name)!
  const { body } = openMessage(answer, binding, () => publicKeyOf('ed25519', identity.publicKey))
  const changed = new Uint8Array(body)
  change(changed)
  return sealMessage({ ...binding, sender: name, body: changed }, identity)
}

describe('a masked round with sketches', () => {
  const expectMean = (mean: Float64Array, names: readonly string[]) => {
    for (const i of [0, 1, DIMENSION - 1]) {
      const wanted = names.reduce((sum, name) => sum + updateOf(name).update[i]!, 0) / names.length
      expect(Math.abs(mean[i]! - wanted)).toBeLessThan(1.01 * stepOf(terms))
    }
  }

  test('sums those that are not left out, and shows sketches of what they sent', () => {
    let seen: ReadonlyMap<string, Int32Array> = new Map()
    const cast = castRound(9, DIMENSION, {
      terms: SKETCHED,
      leaveOut: (sketches) => {
        seen = sketches
        return { must: ['client-0004'], may: ['client-0007', 'client-0001', 'client-0002'] }
      },
    })
    const { survivors, leftOut, mean, dropped, agreement, transcript } = playRound(cast, updateOf).result()
    expect([...seen.keys()].sort()).toEqual(cast.names)
    for (const [name, cells] of seen) {
      expect(Math.abs(lengthOf(cells) / Math.hypot(...updateOf(name).update) - 1)).toBeLessThan(0.53)
    }
    // seven of nine hold every committee: a third that may go stays
    expect(leftOut).toEqual(['client-0004', 'client-0007'])
    expect(survivors).toEqual(cast.names.filter((name) => !leftOut.includes(name)))
    expect(dropped).toEqual([])
    expectMean(mean, survivors)
    const keys = new Map([...cast.identities].map(([name, { publicKey }]) => [name, publicKey]))
    const proven = proveAgreement(agreement, { session: cast.session, round: 1 }, keys)
    expect({ ...proven, transcript: Buffer.from(proven.transcript) }).toMatchObject({ survivors, transcript })
    const { seed: _, ...without } = agreement
    expect(() => proveAgreement(without, { session: cast.session, round: 1 }, keys)).toThrow(reason('wrong_stage'))
    const other = { ...agreement, seed: new Uint8Array(32) }
    expect(() => proveAgreement(other, { session: cast.session, round: 1 }, keys)).toThrow(reason('wrong_transcript'))
  })

  test('goes on without a client that signs no sketch', () => {
    const cast = castRound(9, DIMENSION, { terms: SKETCHED })
    const { survivors, dropped, mean } = playRound(cast, updateOf, new Map([['client-0003', 'sketch']])).result()
    expect(survivors).toEqual(cast.names.filter((name) => name !== 'client-0003'))
    expect(dropped).toEqual([{ name: 'client-0003', stage: 'sketch' }])
    expectMean(mean, survivors)
  })

  test('ends without a sum where too many must go', () => {
    const must = ['client-0000', 'client-0001', 'client-0002']
    const cast = castRound(9, DIMENSION, { terms: SKETCHED, leaveOut: () => ({ must, may: [] }) })
    expect(() => playRound(cast, updateOf)).toThrow(reason('too_few'))
  })

  test('makes no sum of an update that was sketched as another', () => {
    const cast = castRound(5, DIMENSION, { terms: SKETCHED })
    const lie = (answer: Uint8Array) => resign(cast, 'client-0002', 'sketch', answer, (body) => (body[0]! ^= 1))
    expect(() => playWith(cast, 'client-0002', 'sketch', lie)).toThrow(reason('sketch_differs'))
  })

  test.each([
    ['a number of it is another', 0, 1],
    ['it claims to count twice', DIMENSION, 1],
  ])('makes no sum of a masked vector that is not what was sketched: %s', (_, word, by) => {
    const cast = castRound(5, DIMENSION, { terms: SKETCHED })
    const lie = (answer: Uint8Array) =>
      resign(cast, 'client-0002', 'mask', answer, (body) => {
        const words = new DataView(body.buffer, body.byteOffset)
        words.setInt32(4 * word, words.getInt32(4 * word, true) + by, true)
      })
    expect(() => playWith(cast, 'client-0002', 'mask', lie)).toThrow(reason('sketch_differs'))
  })

  test('asks for sketches only what every client would sign, and once the updates are masked', () => {
    const cast = castRound(5, DIMENSION, { terms: SKETCHED })
    const [first] = cast.names
    const client = cast.clients.get(first!)!
    const requests = cast.round.begin()
    client.advertise(requests.get(first!)!)
    const transcript = extendTranscript(cast.session, 'advertise', new Uint8Array())
    const binding = { session: cast.session, round: 1, stage: 'sketch', request: true, transcript } as const
    const early = { ...binding, sender: 'aggregator', body: key() }
    expect(() => client.sketch(sealMessage(early, cast.aggregator))).toThrow(reason('answered_twice'))
  })

  test('is refused by a client that signs no sketches, or only shorter ones', () => {
    const cast = castRound(5, DIMENSION, { terms: SKETCHED })
    const request = cast.round.begin().get('client-0000')!
    const own = castRound(5, DIMENSION, { terms: { ...SKETCHED, sketch: 32 } })
    expect(() => own.clients.get('client-0000')!.advertise(request)).toThrow(reason('bad_terms'))
    expect(() => castRound(5, DIMENSION).clients.get('client-0000')!.advertise(request)).toThrow(reason('bad_terms'))
  })
})

describe('a seed that a client could know beforehand', () => {
  test('is none: the sketch of one update under two seeds tells nothing of the cells it falls into', () => {
    const single = new Float64Array(DIMENSION)
    single[5] = 1
    const cellsOf = (seed: string) => {
      const cells = sketchOf(wordsOf(single), 1, terms, key(seed))
      return cells.indexOf(cells.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)))
    }
    expect(new Set(Array.from({ length: 200 }, (_, i) => cellsOf(`${i}`))).size).toBeGreaterThan(40)
  })
})

test('terms with sketches are the terms of all: a client that was told others agrees to nothing', () => {
  const cast = castRound(5, DIMENSION, { terms: SKETCHED })
  const other: Terms = { ...cast.terms, sketch: 32 }
  const told = castRound(5, DIMENSION, { terms: other })
  const client = cast.clients.get('client-0000')!
  client.advertise(told.round.begin().get('client-0000')!)
  const requests = cast.round.begin()
  for (const [name, request] of requests) {
    if (name !== 'client-0000') cast.round.accept(cast.clients.get(name)!.advertise(request))
  }
  const asked = cast.round.close().get('client-0001')!
  expect(() => client.share(asked)).toThrow(reason('wrong_transcript'))
})
