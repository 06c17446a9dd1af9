import { describe, expect, test } from 'vitest'
import { DIMENSION, expectMean, finish, flip, reach, reason, resigned, updateOf } from '#test/federate/support/play.ts'
import { castRound, honest, type Cast } from '#test/federate/support/rehearse.ts'
import { encodeIndexes, encodeMessages, encodeRevealed } from './bodies.ts'
import { createClient } from './client.ts'
import { AGGREGATOR, extendTranscript, openMessage, sealMessage, type Binding, type SecureStage } from './message.ts'
import { publicKeyOf } from './primitives.ts'

describe('what the aggregator refuses of clients', () => {
  test('an answer that differs from one before; the same bytes again change nothing', () => {
    const cast = castRound(4, DIMENSION)
    const requests = reach(cast, 'mask')
    const [name, request] = [...requests][0]!
    const { answer } = cast.clients.get(name)!.mask(request, updateOf(name))
    expect(cast.round.accept(answer)).toBe(name)
    expect(cast.round.accept(answer)).toBe(name)
    expect(() => cast.round.accept(resigned(cast, name, answer, (body) => flip(body, 0)))).toThrow(
      reason('answered_twice'),
    )
    for (const [other, ask] of [...requests].slice(1)) {
      cast.round.accept(cast.clients.get(other)!.mask(ask, updateOf(other)).answer)
    }
    finish(cast, cast.round.close())
    expectMean(cast.round.result().mean, cast.names)
  })

  test('an answer after its stage has closed', () => {
    const cast = castRound(4, DIMENSION)
    const requests = reach(cast, 'mask')
    const [late, ...others] = [...requests].map(
      ([name, request]) => cast.clients.get(name)!.mask(request, updateOf(name)).answer,
    )
    for (const answer of others) cast.round.accept(answer)
    cast.round.close()
    expect(() => cast.round.accept(late!)).toThrow(reason('wrong_stage'))
  })

  test('a vector of another length', () => {
    const cast = castRound(4, DIMENSION)
    const [name, request] = [...reach(cast, 'mask')][0]!
    const { answer } = cast.clients.get(name)!.mask(request, updateOf(name))
    const longer = resigned(cast, name, answer, (body) => Buffer.concat([body, Buffer.alloc(4)]))
    expect(() => cast.round.accept(longer)).toThrow(reason('trailing_data'))
    const shorter = resigned(cast, name, answer, (body) => body.subarray(5))
    expect(() => cast.round.accept(shorter)).toThrow(reason('wrong_size'))
  })

  test('an answer of another round, another session, another signer', () => {
    const cast = castRound(4, DIMENSION)
    const answers = (other: Cast) =>
      [...other.round.begin()].map(([name, request]) => other.clients.get(name)!.advertise(request))
    cast.round.begin()
    expect(() => cast.round.accept(answers(castRound(4, DIMENSION, { round: 2 }))[0]!)).toThrow(reason('wrong_round'))
    expect(() => cast.round.accept(answers(castRound(4, DIMENSION, { seed: '1' }))[0]!)).toThrow(
      reason('wrong_session'),
    )
    const [own] = answers(castRound(4, DIMENSION))
    expect(() => cast.round.accept(flip(own!, own!.length - 1))).toThrow(reason('bad_signature'))
  })

  test('keys that agree to nothing, of one client: the others go on without it', () => {
    const cast = castRound(6, DIMENSION)
    const [first, ...others] = [...cast.round.begin()]
    const answer = cast.clients.get(first![0])!.advertise(first![1])
    for (const at of [0, 32]) {
      const bad = resigned(cast, first![0], answer, (body) => Uint8Array.from(body).fill(0, at, at + 32))
      expect(() => cast.round.accept(bad)).toThrow(reason('bad_key'))
    }
    for (const [name, request] of others) cast.round.accept(cast.clients.get(name)!.advertise(request))
    finish(cast, cast.round.close())
    expectMean(cast.round.result().mean, cast.names.slice(1))
  })

  test('shares of the secrets of somebody who never shared any', () => {
    const cast = castRound(7, DIMENSION)
    const requests = reach(cast, 'share')
    for (const [name, request] of [...requests].slice(1)) cast.round.accept(cast.clients.get(name)!.share(request))
    const steps = honest(updateOf)
    let next = cast.round.close()
    while (cast.round.stage !== 'unmask') {
      const now = cast.round.stage as SecureStage
      for (const [name, request] of next) cast.round.accept(steps[now](cast.clients.get(name)!, name, request))
      next = cast.round.close()
    }
    const [name, request] = [...next][0]!
    const forged = encodeRevealed([{ of: 0, share: new Uint8Array(32) }])
    const answer = resigned(cast, name, cast.clients.get(name)!.unmask(request), () => forged)
    expect(() => cast.round.accept(answer)).toThrow(reason('unknown_index'))
  })

  test('an answer that one client signs under the name of another', () => {
    const cast = castRound(4, DIMENSION)
    const [[, request]] = [...cast.round.begin()] as [[string, Uint8Array]]
    const answer = cast.clients.get('client-0000')!.advertise(request)
    const at = 4 + 1 + 32 + 4 + 1 + 'client-0000'.length
    const named = {
      session: cast.session,
      round: 1,
      stage: 'advertise',
      request: false,
      sender: 'client-0001',
    } as const
    const body = answer.subarray(at + 36, -64)
    const forged = sealMessage(
      { ...named, transcript: answer.subarray(at, at + 32), body },
      cast.identities.get('client-0000')!,
    )
    expect(() => cast.round.accept(forged)).toThrow(reason('bad_signature'))
  })
})

describe('what clients refuse of the aggregator', () => {
  const signedBy = (cast: Cast, stage: SecureStage, transcript: Uint8Array, body: Uint8Array) =>
    sealMessage(
      { session: cast.session, round: 1, stage, request: true, transcript, sender: AGGREGATOR, body },
      cast.aggregator,
    )
  /** What the request says, and under which transcript. */
  const opened = (cast: Cast, stage: SecureStage, request: Uint8Array) => {
    const at = 4 + 1 + 32 + 4 + 1 + AGGREGATOR.length
    const transcript = request.subarray(at, at + 32)
    const binding: Binding = { session: cast.session, round: 1, stage, request: true, transcript }
    return openMessage(request, binding, () => publicKeyOf('ed25519', cast.aggregator.publicKey))
  }

  test('a roster without itself, and one in which its keys were exchanged', () => {
    for (const alter of [
      (messages: Uint8Array[]) => messages.slice(1),
      (messages: Uint8Array[], cast: Cast) => [
        resigned(cast, 'client-0000', messages[0]!, (body) => flip(body, 3)),
        ...messages.slice(1),
      ],
    ]) {
      const cast = castRound(5, DIMENSION)
      const steps = honest(updateOf)
      const asked = [...cast.round.begin()]
      const messages = asked.map(([name, request]) => steps.advertise(cast.clients.get(name)!, name, request))
      const altered = alter(messages, cast)
      for (const message of messages) cast.round.accept(message)
      const { transcript } = opened(cast, 'share', [...cast.round.close().values()][0]!)
      const request = signedBy(cast, 'share', transcript, encodeMessages(altered))
      expect(() => cast.clients.get('client-0000')!.share(request)).toThrow(reason('left_out'))
    }
  })

  test('a list of survivors of which it is none, one of strangers, one that is too short, one that names somebody twice', () => {
    for (const [survivors, fault] of [
      [[1, 2, 3, 4, 5, 6], 'left_out'],
      [[0, 1, 2, 3, 4, 9], 'unknown_index'],
      [[0, 1, 2], 'too_few'],
      [[0, 1, 2, 2, 3, 4, 5], 'not_ascending'],
    ] as const) {
      const cast = castRound(7, DIMENSION)
      const { transcript } = opened(cast, 'agree', [...reach(cast, 'agree').values()][0]!)
      const request = signedBy(cast, 'agree', transcript, encodeIndexes(survivors))
      expect(() => cast.clients.get('client-0000')!.agree(request)).toThrow(reason(fault))
    }
  })

  test('two lists of survivors: who signed one reveals nothing under the other, and nobody reveals twice', () => {
    // The server tells three of seven that client 6 dropped out, to have its mask key from them and its seed from the others.
    const cast = castRound(7, DIMENSION)
    const requests = reach(cast, 'agree')
    const { transcript } = opened(cast, 'agree', requests.get('client-0000')!)
    const without = signedBy(cast, 'agree', transcript, encodeIndexes([0, 1, 2, 3, 4, 5]))
    const one = ['client-0000', 'client-0001', 'client-0002']
    const other = cast.names.slice(3)
    const signed = new Map([
      ...one.map((name) => [name, cast.clients.get(name)!.agree(without)] as const),
      ...other.map((name) => [name, cast.clients.get(name)!.agree(requests.get(name)!)] as const),
    ])
    const after = (indexes: readonly number[]) => extendTranscript(transcript, 'agree', encodeIndexes(indexes))
    const agreements = (names: readonly string[]) => encodeMessages(names.map((name) => signed.get(name)!))
    const first = cast.clients.get('client-0000')!
    const mixed = signedBy(cast, 'unmask', after([0, 1, 2, 3, 4, 5]), agreements(cast.names.slice(0, 6)))
    expect(() => first.unmask(mixed)).toThrow(reason('wrong_transcript'))
    const second = cast.clients.get('client-0001')!
    expect(() => second.unmask(signedBy(cast, 'unmask', after([0, 1, 2, 3, 4, 5]), agreements(one)))).toThrow(
      reason('too_few'),
    )
    const all = agreements(other)
    expect(() =>
      cast.clients.get('client-0004')!.unmask(signedBy(cast, 'unmask', after([0, 1, 2, 3, 4, 5, 6]), all)),
    ).toThrow(reason('too_few'))
    // a request that was refused is the last one that the client looks at
    expect(() => second.unmask(mixed)).toThrow(reason('answered_twice'))
  })

  test('a second request to unmask', () => {
    const cast = castRound(4, DIMENSION)
    const [name, request] = [...reach(cast, 'unmask')][0]!
    cast.clients.get(name)!.unmask(request)
    expect(() => cast.clients.get(name)!.unmask(request)).toThrow(reason('answered_twice'))
  })

  test('stages in another order', () => {
    const cast = castRound(4, DIMENSION)
    const [name, request] = [...cast.round.begin()][0]!
    expect(() => cast.clients.get(name)!.share(request)).toThrow(reason('answered_twice'))
  })

  test('a request that somebody else signed', () => {
    const cast = castRound(4, DIMENSION)
    const [name, request] = [...cast.round.begin()][0]!
    expect(() => cast.clients.get(name)!.advertise(flip(request, request.length - 1))).toThrow(reason('bad_signature'))
  })

  test('an answer by a client in place of a request', () => {
    const cast = castRound(4, DIMENSION)
    const [, other] = [...cast.round.begin()]
    const answer = cast.clients.get(other![0])!.advertise(other![1])
    expect(() => cast.clients.get('client-0000')!.advertise(answer)).toThrow(reason('wrong_stage'))
  })

  test.each([
    ['a sum over fewer clients than it bears', {}, { minimum: 4 }],
    ['less noise than it counts on', { clip: 1, noise: 0.01 }, { noise: 0.02 }],
    ['a sketch', { clip: 1, sketch: 8, dimension: 128 }, {}],
  ])('terms that ask for %s', (_what, terms, consent) => {
    const cast = castRound(3, DIMENSION, { terms })
    const [name, request] = [...cast.round.begin()][0]!
    const own = { name, identity: cast.identities.get(name)!, aggregator: cast.aggregator.publicKey }
    const client = createClient({ ...own, peers: new Map(), session: cast.session, round: 1, ...consent })
    expect(() => client.advertise(request)).toThrow(reason('bad_terms'))
  })
})
