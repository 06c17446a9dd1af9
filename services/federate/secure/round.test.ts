import { describe, expect, test } from 'vitest'
import { DIMENSION, expectMean, finish, flip, reach, reason, resigned, updateOf } from '#test/federate/support/play.ts'
import { castRound, honest, playRound, type Cast } from '#test/federate/support/rehearse.ts'
import { decodeIndexes, decodeMasked, decodeMessages, encodeMessages } from './bodies.ts'
import type { SecureStage } from './message.ts'
import { packedBits, packedSize, unpackWords } from './pack.ts'
import { sha256 } from './primitives.ts'
import { createRing, type Ring } from './ring.ts'

describe('a round of secure aggregation', () => {
  test.each([3, 7, 40])('of %i clients sums what they sent', (n) => {
    const cast = castRound(n, DIMENSION)
    const { mean, survivors, dropped, weight, saturated } = playRound(cast, updateOf).result()
    expectMean(mean, cast.names)
    expect({ survivors, dropped, weight, saturated }).toEqual({
      survivors: cast.names,
      dropped: [],
      weight: n,
      saturated: 0,
    })
  })

  test.each<SecureStage>(['advertise', 'share', 'mask', 'agree', 'unmask'])(
    'goes on without the clients that fall silent at %s',
    (stage) => {
      const cast = castRound(12, DIMENSION)
      const first = 'client-0003'
      const second = 'client-0008'
      const { mean, survivors, dropped } = playRound(
        cast,
        updateOf,
        new Map([
          [first, stage],
          [second, stage],
        ]),
      ).result()
      const left = cast.names.filter((name) => name !== first && name !== second)
      // who sent a masked update is in the sum, whatever comes after
      const inSum = stage === 'agree' || stage === 'unmask' ? cast.names : left
      expect(survivors).toEqual(inSum)
      expectMean(mean, inSum)
      expect(dropped).toEqual(
        stage === 'share' || stage === 'mask'
          ? [
              { name: first, stage },
              { name: second, stage },
            ]
          : [],
      )
    },
  )

  test('survives drop-outs at every stage of one round, set-up among them, beyond one committee', () => {
    const cast = castRound(45, DIMENSION)
    const stages: SecureStage[] = ['advertise', 'share', 'mask', 'agree', 'unmask']
    const silent = new Map(stages.map((stage, i) => [cast.names[i * 9]!, stage]))
    const { mean, survivors } = playRound(cast, updateOf, silent).result()
    expect(survivors).toHaveLength(42)
    expectMean(mean, survivors)
  })

  test.each<SecureStage>(['advertise', 'share', 'mask', 'agree', 'unmask'])(
    'ends without a sum when too few answer %s',
    (stage) => {
      const cast = castRound(9, DIMENSION, { terms: { minimum: 7 } })
      const silent = new Map(cast.names.slice(0, 3).map((name) => [name, stage]))
      expect(() => playRound(cast, updateOf, silent)).toThrow(reason(stage === 'unmask' ? 'shares_missing' : 'too_few'))
      expect(() => cast.round.result()).toThrow(reason('wrong_stage'))
    },
  )

  test('asks no client to verify more than it builds on, and no more of those than their threshold', () => {
    const cast = castRound(66, DIMENSION, { terms: { minimum: 64 } })
    const silent = new Map<string, SecureStage>([
      ['client-0011', 'agree'],
      ['client-0040', 'mask'],
    ])
    const { mean, survivors } = playRound(cast, updateOf, silent).result()
    expect(survivors).toHaveLength(65)
    expectMean(mean, survivors)
  })

  test('weights by what the terms allow', () => {
    const cast = castRound(3, DIMENSION, { terms: { weightCap: 5 } })
    const weights = [1, 2, 5]
    const sum = playRound(cast, (name) => ({ ...updateOf(name), weight: weights[Number(name.slice(7))]! })).result()
    const names = cast.names.flatMap((name, i) => Array.from({ length: weights[i]! }, () => name))
    expect(sum.weight).toBe(8)
    expectMean(sum.mean, names)
  })

  test('restores secrets around a share that was altered', () => {
    const cast = castRound(7, DIMENSION)
    const requests = reach(cast, 'unmask')
    for (const [name, request] of requests) {
      const answer = cast.clients.get(name)!.unmask(request)
      if (name !== 'client-0002') cast.round.accept(answer)
      else cast.round.accept(resigned(cast, name, answer, (body) => flip(body, body.length - 5)))
    }
    cast.round.close()
    expectMean(cast.round.result().mean, cast.names)
  })

  test('a client whose sealed shares cannot be opened silences nobody else', () => {
    const cast = castRound(4, DIMENSION)
    const requests = reach(cast, 'share')
    for (const [name, request] of requests) {
      const answer = cast.clients.get(name)!.share(request)
      cast.round.accept(name === 'client-0001' ? resigned(cast, name, answer, (body) => flip(body, 40)) : answer)
    }
    finish(cast, cast.round.close())
    expectMean(cast.round.result().mean, cast.names)
  })
})

describe('what is revealed', () => {
  test('a share of either the seed or the mask key of a client, as the one list says; never both', () => {
    const cast = castRound(6, DIMENSION)
    const silent = 'client-0005'
    const steps = honest(updateOf)
    let requests = cast.round.begin()
    while (cast.round.stage !== 'unmask') {
      const now = cast.round.stage as SecureStage
      for (const [name, request] of requests) {
        if (now !== 'mask' || name !== silent) cast.round.accept(steps[now](cast.clients.get(name)!, name, request))
      }
      requests = cast.round.close()
    }
    for (const [name, request] of requests) {
      const body = bodyOf(cast, name, cast.clients.get(name)!.unmask(request))
      const of = decodeIndexes(body.subarray(0, 2 + 2 * 6), 6)
      expect(of).toEqual([0, 1, 2, 3, 4, 5])
      expect(body.length).toBe(2 + 6 * (2 + 32))
    }
  })

  test('every vector on the wire is uniform: none of its words is that of the update', () => {
    const cast = castRound(5, 2000)
    const requests = reach2000(cast)
    const [name, request] = [...requests][0]!
    const update = new Float64Array(2000)
    const body = bodyOf(cast, name, cast.clients.get(name)!.mask(request, { update, weight: 1 }).answer)
    const width = packedBits(cast.terms, 5)
    const { vector } = decodeMasked(body, packedSize(2000, width), 5)
    const words = unpackWords(vector, 2000, width).subarray(0, 2000)
    const mean = words.reduce((sum, word) => sum + word / 2 ** width, 0) / words.length
    // four standard errors of the mean of uniform numbers
    expect(Math.abs(mean - 0.5)).toBeLessThan((4 * Math.sqrt(1 / 12)) / Math.sqrt(words.length))
    expect(new Set(words).size).toBeGreaterThan(1990)
  })

  const bodyOf = (cast: Cast, name: string, answer: Uint8Array) => {
    const at = 4 + 1 + 32 + 4 + 1 + name.length + 32 + 4
    return answer.subarray(at, answer.length - 64)
  }
  const reach2000 = (cast: Cast) => reach(cast, 'mask')
})

describe('the ring', () => {
  const ringOf = (size: number) => createRing(size, sha256(Buffer.from('ring')))
  const without = (size: number, gone: readonly number[]) =>
    new Set(Array.from({ length: size }, (_, i) => i).filter((i) => !gone.includes(i)))
  /** Whoever stands from a client on, as far as its committee goes and then that of the last of it. */
  const row = (ring: Ring, from: number) => {
    const after = (i: number) => ring.committee(i).slice(1, 17)
    return [from, ...after(from), ...after(after(from).at(-1)!)]
  }

  test.each([
    [200, 33, 23, 42],
    [60, 33, 23, 38],
    [50, 33, 23, 32],
    [33, 33, 23, 32],
    [9, 9, 7, 8],
  ])('of %i is whole: committees and masks from both sides agree', (size, members, threshold, peers) => {
    const ring = ringOf(size)
    for (let i = 0; i < size; i++) {
      expect(new Set(ring.committee(i)).size).toBe(members)
      expect(ring.committee(i)[0]).toBe(i)
      expect(ring.neighbours(i)).toHaveLength(peers)
      for (const j of ring.neighbours(i)) expect(ring.neighbours(j)).toContain(i)
      expect(ring.seats(i)).toHaveLength(members)
      for (const { of, place } of ring.seats(i)) expect(ring.committee(of)[place - 1]).toBe(i)
    }
    expect(ring.threshold).toBe(threshold)
  })

  test('holds as long as no committee has lost a third', () => {
    const gone = row(ringOf(50), 7)
    expect(ringOf(50).holds(without(50, gone.slice(0, 10)))).toBe(true)
    expect(ringOf(50).holds(without(50, gone.slice(0, 11)))).toBe(false)
  })

  test('is not cut where a committee bears who is missing, and fewer than a third of it collude', () => {
    const ring = ringOf(200)
    for (let i = 0; i < 200; i++) {
      const [before, ...after] = row(ring, i)
      const [missing, colluding, next] = [after.slice(0, 10), after.slice(10, 20), after[20]!]
      expect(ring.holds(without(200, missing))).toBe(true)
      expect(colluding.length).toBeLessThan(33 / 3)
      // nobody between them is honest and there, and they share a mask
      expect(ring.neighbours(before!)).toContain(next)
      expect(ring.neighbours(before!)).not.toContain(after[21])
    }
  })

  test('says whose keys a client builds on, and whose signatures: those on the committees that it sits on', () => {
    const ring = ringOf(100)
    for (let i = 0; i < 100; i++) {
      for (const { of } of ring.seats(i)) if (of !== i) expect(ring.neighbours(i)).toContain(of)
      const within = new Set(ring.within(i))
      expect(within.size).toBe(65)
      expect(
        ring
          .seats(i)
          .flatMap(({ of }) => ring.committee(of))
          .every((j) => within.has(j)),
      ).toBe(true)
    }
    expect(ringOf(64).within(5)).toHaveLength(64)
  })

  test('stands otherwise under another transcript', () => {
    const order = (text: string) => createRing(50, sha256(Buffer.from(text))).committee(0)
    expect(order('a')).not.toEqual(order('b'))
  })
})

test('the roster carries whole signed messages', () => {
  const messages = [Uint8Array.of(1), Uint8Array.of(2, 3)]
  expect(decodeMessages(encodeMessages(messages)).map((message) => [...message])).toEqual([[1], [2, 3]])
})
