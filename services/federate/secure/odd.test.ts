import { describe, expect } from 'vitest'
import { AppError } from '#core/errors.ts'
import { reach, resigned } from '#test/federate/support/play.ts'
import { castRound, honest, type Cast } from '#test/federate/support/rehearse.ts'
import { fc, test as property } from '#test/support/property.ts'
import { sealMessage, type SecureStage } from './message.ts'

/** Bodies that are signed as they should be, and say whatever they like: in every stage, of either side. */

const DIMENSION = 128
const STAGES = ['advertise', 'share', 'mask', 'sketch', 'agree', 'unmask'] as const
const ODD = 'client-0001'
const terms = { sketch: 8, clip: 4 }
const updateOf = (name: string) => ({
  update: Float64Array.from({ length: DIMENSION }, (_, k) => Math.sin(Number(name.slice(7)) * 31 + k) / 4),
  weight: 1,
})

type Alter = (body: Uint8Array) => Uint8Array
const alterations: fc.Arbitrary<Alter> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map(
    (bytes): Alter =>
      () =>
        bytes,
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, by]): Alter => (body) => {
    const copy = new Uint8Array(body)
    if (copy.length > 0) copy[at % copy.length]! ^= by
    return copy
  }),
  fc.nat().map(
    (at): Alter =>
      (body) =>
        body.subarray(0, at % (body.length + 1)),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map(
    (more): Alter =>
      (body) =>
        Buffer.concat([body, more]),
  ),
  fc.tuple(fc.nat(), fc.nat()).map(([from, to]): Alter => (body) => {
    // two stretches change places: each part is what somebody signed
    const [a, b] = [from % (body.length + 1), to % (body.length + 1)].sort((x, y) => x - y) as [number, number]
    return Buffer.concat([body.subarray(b), body.subarray(a, b), body.subarray(0, a)])
  }),
)

/** Whether it went through; fails where anything else than a fault comes out. */
function goes(work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).reason).toBeDefined()
    return false
  }
}

/** The request with another body, signed by the aggregator. */
function asked({ session, aggregator }: Cast, stage: SecureStage, request: Uint8Array, alter: Alter): Uint8Array {
  const at = 4 + 1 + 32 + 4 + 1 + 'aggregator'.length
  const transcript = request.subarray(at, at + 32)
  const body = alter(request.subarray(at + 36, -64))
  return sealMessage({ session, round: 1, stage, request: true, transcript, sender: 'aggregator', body }, aggregator)
}

describe('whatever is signed', () => {
  property.prop([fc.constantFrom(...STAGES), alterations])(
    'by a client, the aggregator refuses by a fault or goes on, and the round has a sum of finite numbers or none: %s',
    (odd, alter) => {
      const cast = castRound(6, DIMENSION, { terms })
      const steps = honest(updateOf)
      let requests = cast.round.begin()
      while (cast.round.stage !== 'done') {
        const { stage } = cast.round
        for (const [name, request] of requests) {
          const answer = () => steps[stage](cast.clients.get(name)!, name, request)
          const change = name === ODD && stage === odd
          const went = goes(() => cast.round.accept(change ? resigned(cast, name, answer(), alter) : answer()))
          // nobody else is refused for it, nor refuses
          if (name !== ODD) expect(went).toBe(true)
        }
        if (!goes(() => (requests = cast.round.close()))) return
      }
      const { mean, survivors } = cast.round.result()
      expect(survivors.length).toBeGreaterThanOrEqual(5)
      // others are no further off than one client within the range can push them
      for (const value of mean) expect(Math.abs(value)).toBeLessThanOrEqual(4)
    },
  )

  property.prop([fc.constantFrom(...STAGES, 'explain' as const), alterations])(
    'by the aggregator, a client refuses by a fault or answers, once: %s',
    (stage, alter) => {
      const cast = castRound(6, DIMENSION, { terms })
      const request = reach(cast, stage === 'explain' ? 'agree' : stage, updateOf).get(ODD)!
      const client = cast.clients.get(ODD)!
      const step = () => void honest(updateOf)[stage](client, ODD, asked(cast, stage, request, alter))
      goes(step)
      expect(goes(step)).toBe(false)
    },
  )
})
