import type { KeyObject } from 'node:crypto'
import { decodeDraw, decodeIndexes, decodeMessages } from './bodies.ts'
import { fault } from './faults.ts'
import { extendTranscript, KEPT_VERSIONS, openMessage, readMessage } from './message.ts'
import { publicKeyOf, sha256 } from '#services/federate/secure/primitives.ts'
import { createRing } from './ring.ts'
import { decodeTerms, type Terms } from './terms.ts'

/**
 * What the clients of a masked round agreed to, as the bytes of its messages: enough to prove it to somebody who did not take
 * part.
 */
export interface Agreement {
  readonly terms: Uint8Array
  /** All clients' signed keys. */
  readonly roster: Uint8Array
  readonly sharers: Uint8Array
  /** The seed of the sketches, and whose vectors had arrived; absent in a round without sketches. */
  readonly seed?: Uint8Array | undefined
  readonly survivors: Uint8Array
  /** The survivors' signatures over all of it. */
  readonly agreements: Uint8Array
}

export interface Proven {
  readonly terms: Terms
  /** The clients whose updates are in the sum. */
  readonly survivors: readonly string[]
  readonly transcript: Uint8Array
}

/**
 * Checks an agreement against the keys that its clients were enrolled with: the roster is signed by them, more than two thirds
 * of every committee signed the list of survivors, and the transcript follows from it. Throws the fault that a client would.
 */
export function proveAgreement(
  { terms, roster, sharers, seed, survivors, agreements }: Agreement,
  { session, round }: { readonly session: Uint8Array; readonly round: number },
  keys: ReadonlyMap<string, Uint8Array>,
): Proven {
  const objects = new Map<string, KeyObject>([...keys].map(([name, raw]) => [name, publicKeyOf('ed25519', raw)]))
  const keyOf = (name: string) => objects.get(name)
  const binding = { session, round, request: false } as const
  const announced = extendTranscript(sha256(session, Buffer.from(String(round))), 'advertise', terms)
  const advertised = { ...binding, stage: 'advertise', transcript: announced } as const
  const names = decodeMessages(roster).map((message) => openMessage(message, advertised, keyOf, KEPT_VERSIONS).sender)
  const rostered = extendTranscript(announced, 'share', roster)
  const ring = createRing(names.length, rostered)
  const shared = extendTranscript(rostered, 'mask', sharers)
  const sketched = decodeTerms(terms).sketch > 0
  if (sketched !== (seed !== undefined)) throw fault('wrong_stage', 'a seed of sketches that the terms do not have')
  const transcript = extendTranscript(
    seed === undefined ? shared : extendTranscript(shared, 'sketch', seed),
    'agree',
    survivors,
  )
  const list = decodeIndexes(survivors, names.length)
  const there = new Set(
    seed === undefined ? decodeIndexes(sharers, names.length) : decodeDraw(seed, names.length).maskers,
  )
  const signers = new Set<number>()
  for (const bytes of decodeMessages(agreements)) {
    const message = readMessage(bytes, { ...binding, stage: 'agree', transcript }, keyOf, KEPT_VERSIONS)
    message.verify()
    const index = names.indexOf(message.sender)
    if (!list.includes(index)) throw fault('unknown_sender', 'an agreement by somebody who is no survivor')
    signers.add(index)
  }
  if (list.some((i) => !there.has(i))) throw fault('unknown_index', 'a survivor that is known to have dropped out')
  const decoded = decodeTerms(terms)
  if (signers.size < decoded.minimum || !ring.holds(signers)) {
    throw fault('too_few', `${signers.size} of ${names.length} clients signed the list of survivors`)
  }
  return { terms: decoded, survivors: list.map((i) => names[i]!), transcript }
}
