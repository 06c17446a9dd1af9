import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { castRound, honest, playRound, type Cast } from '#test/federate/support/rehearse.ts'
import { raise, resign } from '#test/federate/support/resign.ts'
import { extendTranscript, sealMessage, type SecureStage } from './message.ts'
import { proveAgreement } from './agreement.ts'
import { seededBytes } from './primitives.ts'
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
  quantise(update, 1, terms, seededBytes(seed)(32)).lanes.words
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

type Change = (stage: SecureStage, name: string, answer: Uint8Array, request: Uint8Array) => Uint8Array

/** Plays a round in which answers are changed on their way. */
function playAs(cast: Cast, change: Change, silent: ReadonlyMap<string, SecureStage> = new Map()) {
  const steps = honest(updateOf)
  let requests = cast.round.begin()
  while (cast.round.stage !== 'done') {
    const now = cast.round.stage
    for (const [name, request] of requests) {
      if (silent.get(name) === now) continue
      cast.round.accept(change(now, name, steps[now](cast.clients.get(name)!, name, request), request))
    }
    requests = cast.round.close()
  }
  return cast.round.result()
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
    const other = { ...agreement, seed: new Uint8Array(agreement.seed!) }
    other.seed[0]! ^= 1
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

  /** An answer of `liar` with other words, wherever there is a change for its stage. */
  const lies =
    (cast: Cast, liar: string, changes: Partial<Record<SecureStage, (body: Uint8Array) => void>>) =>
    (stage: SecureStage, name: string, answer: Uint8Array) => {
      const change = name === liar ? changes[stage] : undefined
      const who = { name, identity: cast.identities.get(name)!, session: cast.session, round: 1 }
      return change === undefined ? answer : resign(answer, who, stage, change)
    }
  const FOLD = SKETCHED.sketch + 1
  const [liar, victim] = ['client-0002', 'client-0005'] as const
  /** Where the fold of the mask that the liar shares with the victim stands in what it explains: among neighbours, it is not one itself. */
  const towards = 5 - 1

  test.each([
    ['a sketch of something else', { sketch: raise(3) }],
    ['a vector of which one number is not what was sketched', { mask: raise(0) }],
    ['a vector that counts twice', { mask: raise(DIMENSION) }],
    ['a sketch that says it counts twice', { sketch: raise(FOLD - 1) }],
    ['a vector that counts twice, and says so', { mask: raise(DIMENSION), sketch: raise(FOLD - 1) }],
  ])('leaves out whoever signs %s, names it, and sums the others', (_, changes) => {
    const cast = castRound(9, DIMENSION, { terms: SKETCHED })
    const { survivors, leftOut, disputed, mean } = playAs(cast, lies(cast, liar, changes))
    expect(leftOut).toEqual([liar])
    expect(disputed).toEqual([])
    expect(cast.round.liars).toEqual([liar])
    expect(survivors).toEqual(cast.names.filter((name) => name !== liar))
    expectMean(mean, survivors)
  })

  test('whoever blames another for its sketch is left out with it, and the keys that come to light say who lied', () => {
    const cast = castRound(9, DIMENSION, { terms: SKETCHED })
    // what it adds to its sketch it takes from the mask that it shares with the victim
    const explain = raise(towards * FOLD + 3, -1)
    const { survivors, disputed, mean } = playAs(cast, lies(cast, liar, { sketch: raise(3), explain }))
    expect(disputed).toEqual([liar, victim])
    expect(cast.round.liars).toEqual([liar])
    expect(survivors).toEqual(cast.names.filter((name) => name !== liar && name !== victim))
    expectMean(mean, survivors)
  })

  test('whoever blames many is left out alone', () => {
    const cast = castRound(9, DIMENSION, { terms: SKETCHED })
    const explain = (body: Uint8Array) => {
      raise(towards * FOLD + 3, -3)(body)
      raise(3, 1)(body)
      raise(FOLD + 3, 1)(body)
    }
    const { leftOut, survivors } = playAs(cast, lies(cast, liar, { sketch: raise(3), explain }))
    expect(leftOut).toEqual([liar])
    expect(cast.round.liars).toEqual([liar])
    expect(survivors).toHaveLength(8)
  })

  test.each([
    ['its own mask', {}],
    ['a mask that it shares with a drop-out', { [victim]: 'mask' as const }],
  ])('whoever lies about %s is found once that comes to light: the round ends, and names it', (_, silent) => {
    const cast = castRound(9, DIMENSION, { terms: SKETCHED })
    const gone = Object.keys(silent).length
    // shares its lie between the sketch and the fold of that mask, so that nothing is left to explain
    const sketch = (body: Uint8Array) => {
      raise(3, 1)(body)
      raise((1 + gone) * FOLD + 3, -1)(body)
    }
    const play = () => playAs(cast, lies(cast, liar, { sketch }), new Map(Object.entries(silent)))
    expect(play).toThrow(expect.objectContaining({ reason: 'sketch_differs', message: expect.stringContaining(liar) }))
    expect(cast.round.liars).toEqual([liar])
    expect(() => cast.round.result()).toThrow(reason('wrong_stage'))
  })

  test('asks for explanations where somebody dropped out after its vector came, and believes all of them', () => {
    const cast = castRound(9, DIMENSION, { terms: SKETCHED })
    const stages: SecureStage[] = []
    const silent = new Map<string, SecureStage>([
      ['client-0003', 'sketch'],
      ['client-0006', 'mask'],
    ])
    const seen = (stage: SecureStage, _name: string, answer: Uint8Array) => {
      if (stages.at(-1) !== stage) stages.push(stage)
      return answer
    }
    const { survivors, mean, leftOut } = playAs(cast, seen, silent)
    expect(stages).toEqual(['advertise', 'share', 'mask', 'sketch', 'explain', 'agree', 'unmask'])
    expect([leftOut, cast.round.liars]).toEqual([[], []])
    expect(survivors).toHaveLength(7)
    expectMean(mean, survivors)
  })

  test('asks nobody to explain where all sketches add up, drop-outs or not', () => {
    const cast = castRound(9, DIMENSION, { terms: SKETCHED })
    const stages = new Set<SecureStage>()
    playAs(cast, (stage, _name, answer) => (stages.add(stage), answer), new Map([['client-0006', 'mask']]))
    expect(stages.has('explain')).toBe(false)
  })

  test('is explained once, before the list of survivors, and says nothing that the sketch did not', () => {
    const cast = castRound(5, DIMENSION, { terms: SKETCHED })
    let explained = 0
    const lie = lies(cast, liar, { sketch: raise(3) })
    playAs(cast, (stage, name, answer, request) => {
      if (stage === 'explain') {
        expect(answer.length).toBeGreaterThan(4 * 4 * FOLD)
        expect(() => cast.clients.get(name)!.explain(request)).toThrow(reason('answered_twice'))
        explained++
      }
      return lie(stage, name, answer)
    })
    expect(explained).toBe(5)
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
