import type { WeightedUpdate } from '../secure/client.ts'
import { ascii } from '../secure/bytes.ts'
import { fault } from '../secure/faults.ts'
import { AGGREGATOR, extendTranscript, openMessage, same, sealMessage, type Binding } from '../secure/message.ts'
import { publicKeyOf, sha256, type KeyPair } from '#services/federate/secure/primitives.ts'
import type { Requests, RoundOptions } from '../secure/secure-round.ts'
import { checkTerms, decodeTerms, encodeTerms, type Terms } from '../secure/terms.ts'
import { decodeUpdate, encodeUpdate, type OpenUpdate } from './update.ts'

/** One stage: terms, and an update that the aggregator sees. A client that intends to send a masked update never answers it. */
export interface OpenRound {
  readonly stage: 'update' | 'done'
  begin(): Requests
  /** Returns the sender. Throws the fault for which an update is refused. The same bytes again change nothing. */
  accept(message: Uint8Array): string
  close(): Requests
  /** Sorted by client name. */
  updates(): OpenUpdate[]
  /** SHA-256 of each signed message, by name. */
  readonly digests: ReadonlyMap<string, Uint8Array>
  readonly transcript: Uint8Array
}

const bindingOf = (
  { session, round }: Pick<RoundOptions, 'session' | 'round'>,
  request: boolean,
  terms?: Terms,
): Binding => {
  const start = sha256(session, ascii(String(round)))
  const transcript = terms === undefined ? start : extendTranscript(start, 'update', encodeTerms(terms))
  return { session, round, stage: 'update', request, transcript }
}

/** Throws `bad_terms`. */
export function createOpenRound(options: RoundOptions): OpenRound {
  const { terms, identity, participants } = options
  checkTerms(terms)
  const keys = new Map([...participants].map(([name, raw]) => [name, publicKeyOf('ed25519', raw)]))
  const updates = new Map<string, { readonly update: OpenUpdate; readonly digest: Uint8Array }>()
  const binding = bindingOf(options, false, terms)
  let stage: 'update' | 'done' = 'update'
  return {
    get stage() {
      return stage
    },
    transcript: binding.transcript,
    begin() {
      const ask = { ...bindingOf(options, true), sender: AGGREGATOR, body: encodeTerms(terms) }
      const message = sealMessage(ask, identity)
      return new Map([...participants.keys()].map((name) => [name, message]))
    },
    accept(message) {
      if (stage === 'done') throw fault('wrong_stage', 'the round is over')
      const { sender, body, digest } = openMessage(message, binding, (name) => keys.get(name))
      const before = updates.get(sender)
      if (before === undefined) updates.set(sender, { update: decodeUpdate(sender, body, terms.dimension), digest })
      else if (!same(before.digest, digest)) throw fault('answered_twice', `${sender} sent another update before`)
      return sender
    },
    close() {
      stage = 'done'
      return new Map()
    },
    get digests() {
      return new Map([...updates].map(([name, { digest }]) => [name, digest]))
    },
    updates: () => [...updates.keys()].sort().map((name) => updates.get(name)!.update),
  }
}

export interface OpenClientOptions {
  readonly name: string
  readonly identity: KeyPair
  readonly aggregator: Uint8Array
  readonly session: Uint8Array
  readonly round: number
}

/** A client's answer to terms, with an update that the aggregator sees. Throws the fault for which the client refuses. */
export async function answerOpenly(
  request: Uint8Array,
  { name, identity, aggregator, session, round }: OpenClientOptions,
  updateFor: (terms: Terms) => WeightedUpdate | Promise<WeightedUpdate>,
): Promise<Uint8Array> {
  const key = publicKeyOf('ed25519', aggregator)
  const asked = openMessage(request, bindingOf({ session, round }, true), (sender) =>
    sender === AGGREGATOR ? key : undefined,
  )
  const terms = decodeTerms(asked.body)
  const { update, weight } = await updateFor(terms)
  const answer = { ...bindingOf({ session, round }, false, terms), sender: name, body: encodeUpdate(update, weight) }
  return sealMessage(answer, identity)
}
