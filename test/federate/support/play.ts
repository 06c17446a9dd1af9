import { expect } from 'vitest'
import type { WeightedUpdate } from '#services/federate/secure/client.ts'
import { openMessage, sealMessage, type SecureStage } from '#services/federate/secure/message.ts'
import { publicKeyOf } from '#services/federate/secure/primitives.ts'
import { honest, type Cast } from './rehearse.ts'

/** What tests of masked rounds do to a round between its stages. */

export const DIMENSION = 40
/** Every client's update: numbers of its own. */
export const updateOf = (name: string): WeightedUpdate & { readonly update: Float64Array } => {
  const place = Number(name.slice(7))
  return { update: Float64Array.from({ length: DIMENSION }, (_, i) => Math.sin(place * 31 + i)), weight: 1 }
}
const meanOf = (names: readonly string[]) =>
  Float64Array.from(
    { length: DIMENSION },
    (_, i) => names.reduce((sum, name) => sum + updateOf(name).update[i]!, 0) / names.length,
  )
const STEP = 8 / (2 ** 20 - 1)
export const reason = (reason: string) => expect.objectContaining({ reason })

export function expectMean(mean: Float64Array, names: readonly string[]): void {
  const wanted = meanOf(names)
  for (const [i, value] of mean.entries()) expect(Math.abs(value - wanted[i]!)).toBeLessThan(STEP * 1.01)
}

/** Brings a round to where `stage` is asked; returns what each client is asked. */
export function reach(cast: Cast, stage: SecureStage, of: typeof updateOf = updateOf): Map<string, Uint8Array> {
  const steps = honest(of)
  let requests = cast.round.begin()
  while (cast.round.stage !== stage && cast.round.stage !== 'done') {
    const now = cast.round.stage
    for (const [name, request] of requests) cast.round.accept(steps[now](cast.clients.get(name)!, name, request))
    requests = cast.round.close()
  }
  return new Map(requests)
}

export function flip(body: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(body)
  copy[at]! ^= 1
  return copy
}

/** A client's answer with another body, signed by the client: what a bad client may send. */
export function resigned(
  cast: Cast,
  name: string,
  answer: Uint8Array,
  alter: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  const key = cast.identities.get(name)!
  // the transcript and the body stand where the encoding says, behind magic, stage, session, round and name
  const at = 4 + 1 + 32 + 4 + 1 + name.length
  const binding = { session: cast.session, round: 1, stage: cast.round.stage as SecureStage, request: false }
  const transcript = answer.subarray(at, at + 32)
  const opened = openMessage(answer, { ...binding, transcript }, () => publicKeyOf('ed25519', key.publicKey))
  return sealMessage({ ...opened, body: alter(opened.body) }, key)
}

/** Lets everybody answer honestly to the end. */
export function finish(cast: Cast, requests: Iterable<readonly [string, Uint8Array]>): void {
  const steps = honest(updateOf)
  let next = requests
  while (cast.round.stage !== 'done') {
    const now = cast.round.stage
    for (const [name, request] of next) cast.round.accept(steps[now](cast.clients.get(name)!, name, request))
    next = cast.round.close()
  }
}
