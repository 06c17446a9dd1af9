import { describe, expect, test } from 'vitest'
import { DIMENSION, expectMean, finish, flip, reach, reason, resigned, updateOf } from '#test/federate/support/play.ts'
import { castRound, type Cast } from '#test/federate/support/rehearse.ts'
import { encodeIndexes } from './bodies.ts'

const [SEALED, DIGEST, COMMITMENT] = [80, 32, 32]

/** The stage of sharing, with one client that alters what it deals; returns what is asked next. */
function deal(cast: Cast, dealer: string, alter: (body: Uint8Array) => Uint8Array) {
  for (const [name, request] of reach(cast, 'share')) {
    const answer = cast.clients.get(name)!.share(request)
    cast.round.accept(name === dealer ? resigned(cast, name, answer, alter) : answer)
  }
  return cast.round.close()
}

/** As many sealed shares as this, altered. */
const spoil = (count: number) => (body: Uint8Array) => {
  const copy = new Uint8Array(body)
  for (let k = 0; k < count; k++) copy[COMMITMENT + k * SEALED]! ^= 1
  return copy
}
/** As many digests as this, those of the client's own share and of the sealed ones after it, altered. */
const forswear = (members: number, count: number) => (body: Uint8Array) => {
  const copy = new Uint8Array(body)
  for (let k = 1; k <= count; k++) copy[COMMITMENT + (members - 1) * SEALED + k * DIGEST]! ^= 1
  return copy
}

describe('who deals shares that nobody can use', () => {
  const DEALER = 'client-0007'
  const MEMBERS = 33
  const SPARE = 10

  test.each([
    ['do not open', spoil(SPARE + 1)],
    ['are others than it signed for', forswear(MEMBERS, SPARE + 1)],
  ])('is named before anything is added up: they %s', (_what, alter) => {
    const cast = castRound(MEMBERS, DIMENSION)
    const requests = deal(cast, DEALER, alter)
    expect(() => finish(cast, requests)).toThrow(
      expect.objectContaining({ reason: 'shares_undealt', message: expect.stringContaining(DEALER) }),
    )
    expect(cast.round.stage).toBe('mask')
    expect(cast.round.liars).toEqual([DEALER])
  })

  test.each([
    ['do not open', spoil(SPARE)],
    ['are others than it signed for', forswear(MEMBERS, SPARE)],
  ])('silences nobody where the other shares are enough: ten that %s', (_what, alter) => {
    const cast = castRound(MEMBERS, DIMENSION)
    finish(cast, deal(cast, DEALER, alter))
    expectMean(cast.round.result().mean, cast.names)
    expect(cast.round.liars).toEqual([])
  })

  test('is named where they open, are as it signed, and restore something else than it promised', () => {
    const cast = castRound(MEMBERS, DIMENSION)
    const requests = deal(cast, DEALER, (body) => flip(body, 3))
    expect(() => finish(cast, requests)).toThrow(
      expect.objectContaining({ reason: 'shares_unusable', message: expect.stringContaining(DEALER) }),
    )
    expect(cast.round.liars).toEqual([DEALER])
  })
})

describe('who complains', () => {
  test('of an honest client bars nobody, as long as liars are fewer than a third', () => {
    const cast = castRound(33, DIMENSION)
    for (const [name, request] of reach(cast, 'mask')) {
      const { answer } = cast.clients.get(name)!.mask(request, updateOf(name))
      const complaint = (body: Uint8Array) => Buffer.concat([body.subarray(0, -2), encodeIndexes([0])])
      const lies = name > 'client-0000' && name <= 'client-0010'
      cast.round.accept(lies ? resigned(cast, name, answer, complaint) : answer)
    }
    finish(cast, cast.round.close())
    expectMean(cast.round.result().mean, cast.names)
    expect(cast.round.liars).toEqual([])
  })

  test('of itself, or of somebody that dealt it no share, is refused', () => {
    const cast = castRound(6, DIMENSION)
    const [first, ...others] = [...reach(cast, 'share')]
    for (const [name, request] of others) cast.round.accept(cast.clients.get(name)!.share(request))
    expect(first![0]).toBe('client-0000')
    const [[name, request]] = [...cast.round.close()] as [[string, Uint8Array]]
    const { answer } = cast.clients.get(name)!.mask(request, updateOf(name))
    for (const of of [0, 1]) {
      const complaint = (body: Uint8Array) => Buffer.concat([body.subarray(0, -2), encodeIndexes([of])])
      expect(() => cast.round.accept(resigned(cast, name, answer, complaint))).toThrow(reason('unknown_index'))
    }
  })
})

describe('shares that were altered on their way back', () => {
  /** Every share that these reveal is another one. */
  function alter(cast: Cast, liars: readonly string[]): void {
    const altered = (body: Uint8Array) => body.map((byte, i) => (i < 2 + 2 * 33 ? byte : byte ^ 1))
    for (const [name, request] of reach(cast, 'unmask')) {
      const answer = cast.clients.get(name)!.unmask(request)
      cast.round.accept(liars.includes(name) ? resigned(cast, name, answer, altered) : answer)
    }
  }

  test('by ten of a committee are worked around, all alike as they are, and those ten are named', () => {
    const cast = castRound(33, DIMENSION)
    const liars = cast.names.filter((_, i) => i % 3 === 1).slice(0, 10)
    alter(cast, liars)
    cast.round.close()
    expectMean(cast.round.result().mean, cast.names)
    expect(cast.round.liars).toEqual(liars)
  })

  test('by one more end the round, and name them and nobody else', () => {
    const cast = castRound(33, DIMENSION)
    const liars = cast.names.filter((_, i) => i % 3 === 1)
    expect(liars).toHaveLength(11)
    alter(cast, liars)
    expect(() => cast.round.close()).toThrow(reason('shares_missing'))
    expect(cast.round.liars).toEqual(liars)
  })
})
