import { protectUpdate } from '../privacy/protect.ts'
import {
  decodeDelivery,
  decodeIndexes,
  decodeKeys,
  decodeDraw,
  decodeMessages,
  decodeNothing,
  encodeKeys,
  encodeIndexes,
  encodeMasked,
  encodeRevealed,
  encodeShares,
  type DealtShare,
  type RoundKeys,
} from './bodies.ts'
import { ascii, joined } from './bytes.ts'
import { fault } from './faults.ts'
import { commitmentTo, maskKeyOf, maskSign, ownMaskKeyOf, shareDigest, shareKeyOf, sketchKeyOf } from './keys.ts'
import {
  AGGREGATOR,
  extendTranscript,
  openMessage,
  readMessage,
  same,
  sealMessage,
  stagesAfter,
  type SecureStage,
} from './message.ts'
import {
  agree,
  KEY_BYTES,
  keyPair,
  openOnce,
  publicKeyOf,
  sealOnce,
  sha256,
  systemRandom,
} from '#services/federate/secure/primitives.ts'
import type { KeyPair, PublicKey, RandomBytes } from '#services/federate/secure/primitives.ts'
import { packedBits, packWords } from './pack.ts'
import { addMask } from './quantise.ts'
import { checkHolds, createRing, type Ring } from './ring.ts'
import { encodeFolds, foldingOf, type Folding } from './sketch.ts'
import { decodeTerms, mostClients, type Terms } from './terms.ts'
import { splitSecret } from './shamir.ts'

export interface ClientOptions {
  readonly name: string
  /** The client's registered Ed25519 key pair, by which the others know it. */
  readonly identity: KeyPair
  /** The aggregator's Ed25519 public key, from the configuration and not from the aggregator. */
  readonly aggregator: Uint8Array
  /** All possible participants with their Ed25519 public keys. */
  readonly peers: ReadonlyMap<string, Uint8Array>
  readonly session: Uint8Array
  readonly round: number
  /**
   * The largest sketch of its update that the client gives, in numbers. If 0 or absent, it takes no part in rounds whose terms
   * ask for one.
   */
  readonly sketch?: number | undefined
  /** The fewest clients that a sum with this client's update may be over, whatever the aggregator asks; default 3. */
  readonly minimum?: number | undefined
  /** The least noise that each client must add; default 0. */
  readonly noise?: number | undefined
  readonly random?: RandomBytes | undefined
}

export interface WeightedUpdate {
  /** One finite number for each number of the model. */
  readonly update: ArrayLike<number>
  /** From 1 to the terms' cap. */
  readonly weight: number
}

/**
 * One client's side of one round of secure aggregation (Bonawitz et al. 2017, "Practical Secure Aggregation"; committees after
 * Bell et al. 2020). Each method takes a request of the aggregator and returns the answer, in this order and once each. A
 * refused request ends the round for this client, and so does a second request for an answered stage.
 */
export interface SecureClient {
  readonly terms: Terms
  advertise(request: Uint8Array): Uint8Array
  share(request: Uint8Array): Uint8Array
  /** `saturated` is the number of update values outside the range. */
  mask(request: Uint8Array, update: WeightedUpdate): { readonly answer: Uint8Array; readonly saturated: number }
  /**
   * Only if the terms have a sketch. Signs sketches of the masked update and of the client's own mask, by a seed that is drawn
   * after the masking.
   */
  sketch(request: Uint8Array): Uint8Array
  /** Only if sketches do not add up. Returns the sketches of the masks that it shares with others, who name them too. */
  explain(request: Uint8Array): Uint8Array
  agree(request: Uint8Array): Uint8Array
  unmask(request: Uint8Array): Uint8Array
}

/** Throws `bad_terms` for terms that this client is not configured to accept. */
function checkConsent(terms: Terms, { name, sketch = 0, minimum = 0, noise = 0 }: ClientOptions): void {
  if (terms.sketch > sketch) throw fault('bad_terms', `a sketch of ${terms.sketch} numbers: ${name} signs ${sketch}`)
  if (terms.minimum < minimum)
    throw fault('bad_terms', `a sum over ${terms.minimum} clients: ${name} is among ${minimum} or more`)
  if (terms.noise < noise) throw fault('bad_terms', `noise of ${terms.noise}: ${name} takes part from ${noise} on`)
}

export function createClient(options: ClientOptions): SecureClient {
  const { name, identity, session, round, random = systemRandom } = options
  const aggregator = publicKeyOf('ed25519', options.aggregator)
  const peerKeys = new Map<string, PublicKey>()
  const keyOfPeer = (peer: string) => {
    const raw = peer === name ? identity.publicKey : options.peers.get(peer)
    if (raw !== undefined && !peerKeys.has(peer)) peerKeys.set(peer, publicKeyOf('ed25519', raw))
    return peerKeys.get(peer)
  }

  let due: readonly SecureStage[] = ['advertise']
  let transcript: Uint8Array = sha256(session, ascii(String(round)))
  let rosterTranscript = transcript
  let terms: Terms | undefined
  let roster: readonly RoundKeys[] = []
  let names: readonly string[] = []
  let self = -1
  let ring!: Ring
  let sharers: ReadonlySet<number> = new Set()
  let survivors: ReadonlySet<number> = new Set()
  /** Opened shares, its own and those of others; only shares that match what their dealers signed. */
  const received = new Map<number, Uint8Array>()
  let masked: Int32Array | undefined
  /** The clients whose vectors arrived. */
  let maskers: ReadonlySet<number> = new Set()
  let folding!: Folding
  const secrets = new Map<number, Uint8Array>()
  const maskPair = keyPair('x25519', random(KEY_BYTES))
  const sharePair = keyPair('x25519', random(KEY_BYTES))
  const seed = random(KEY_BYTES)

  /** Opens the request that is due. No other request is due until it is answered. */
  const open = (stage: SecureStage, request: Uint8Array): Uint8Array => {
    if (!due.includes(stage)) throw fault('answered_twice', `stage ${stage} is not due`)
    due = []
    const binding = { session, round, stage, request: true, transcript }
    return openMessage(request, binding, (sender) => (sender === AGGREGATOR ? aggregator : undefined)).body
  }
  const answer = (stage: SecureStage, body: Uint8Array): Uint8Array => {
    due = stagesAfter(stage, termsOf().sketch > 0)
    return sealMessage({ session, round, stage, request: false, transcript, sender: name, body }, identity)
  }
  const agreed = (stage: SecureStage, part: Uint8Array) => {
    transcript = extendTranscript(transcript, stage, part)
  }
  const termsOf = (): Terms => {
    if (terms === undefined) throw fault('wrong_stage', 'no terms were announced yet')
    return terms
  }

  return {
    get terms() {
      return termsOf()
    },

    advertise(request) {
      const body = open('advertise', request)
      terms = decodeTerms(body)
      checkConsent(terms, options)
      agreed('advertise', body)
      return answer('advertise', encodeKeys({ maskKey: maskPair.publicKey, shareKey: sharePair.publicKey }))
    },

    share(request) {
      const body = open('share', request)
      const advertised = decodeMessages(body).map((message) =>
        readMessage(message, { session, round, stage: 'advertise', request: false, transcript }, keyOfPeer),
      )
      names = advertised.map(({ sender }) => sender)
      if (names.some((peer, i) => i > 0 && peer <= names[i - 1]!))
        throw fault('not_ascending', 'the roster is unsorted')
      roster = advertised.map((message) => decodeKeys(message.body))
      self = names.indexOf(name)
      const own = roster[self]
      if (own === undefined || !same(own.maskKey, maskPair.publicKey) || !same(own.shareKey, sharePair.publicKey)) {
        throw fault('left_out', 'the roster is without the keys of this client')
      }
      if (roster.length < termsOf().minimum) throw fault('too_few', `a roster of ${roster.length} clients`)
      if (roster.length > mostClients(termsOf())) throw fault('bad_terms', `${roster.length} clients would run over`)
      agreed('share', body)
      rosterTranscript = transcript
      ring = createRing(roster.length, rosterTranscript)
      // the others' keys are verified by their neighbours; the transcript ensures that all rosters are the same
      for (const i of ring.neighbours(self)) advertised[i]!.verify()
      const committee = ring.committee(self)
      const seeds = splitSecret(seed, ring.threshold, committee.length, random)
      const secrets = splitSecret(maskPair.secret, ring.threshold, committee.length, random)
      const shares = committee.map((_, k) => joined([seeds[k]!, secrets[k]!]))
      received.set(self, shares[0]!)
      const sealed = committee.slice(1).map((to, k) => {
        const { key, context } = shareKeyOf(agreedWith(to), rosterTranscript, self, to)
        return sealOnce(key, shares[k + 1]!, context)
      })
      const digests = shares.map((share, k) => shareDigest(share, rosterTranscript, self, k + 1))
      const commitment = commitmentTo(seed, rosterTranscript, self)
      return answer('share', encodeShares({ commitment, sealed, digests }))
    },

    mask(request, { update, weight }) {
      const delivery = decodeDelivery(open('mask', request), ring.size)
      sharers = maskers = new Set(delivery.sharers)
      if (!sharers.has(self)) throw fault('left_out', 'the shares of this client are said to be missing')
      checkHolds(ring, sharers, termsOf().minimum, 'sharing')
      const from = ring.seats(self).filter(({ of }) => of !== self && sharers.has(of))
      if (from.length !== delivery.dealt.length) throw fault('wrong_size', 'shares are missing from the delivery')
      for (const [k, { of, place }] of from.entries()) {
        const share = opened(of, place, delivery.dealt[k]!)
        if (share !== null) received.set(of, share)
      }
      secrets.clear()
      const complaints = from.map(({ of }) => of).filter((of) => !received.has(of))
      agreed('mask', encodeIndexes(delivery.sharers))
      const { lanes, saturated } = protectUpdate(update, weight, termsOf(), random)
      if (termsOf().sketch > 0) masked = lanes.words.slice()
      addMask(lanes, ownMaskKeyOf(seed, rosterTranscript, self), 1)
      for (const peer of ring.neighbours(self)) {
        if (!sharers.has(peer)) continue
        addMask(lanes, keyWith(peer), maskSign(self, peer))
      }
      const vector = packWords(lanes, packedBits(termsOf(), ring.size))
      return { answer: answer('mask', encodeMasked(vector, complaints)), saturated }
    },

    sketch(request) {
      const body = open('sketch', request)
      const draw = decodeDraw(body, ring.size)
      if (draw.maskers.some((i) => !sharers.has(i))) throw fault('unknown_index', 'a vector of one that never shared')
      maskers = new Set(draw.maskers)
      if (!maskers.has(self)) throw fault('left_out', 'the vector of this client is said to be missing')
      folding = foldingOf(termsOf(), sketchKeyOf(draw.seed, transcript))
      agreed('sketch', body)
      const own = folding.ofMask(ownMaskKeyOf(seed, rosterTranscript, self))
      const gone = ring.neighbours(self).filter((peer) => sharers.has(peer) && !maskers.has(peer))
      const folds = [folding.of(masked!, 1), own, ...gone.map((peer) => folding.ofMask(keyWith(peer)))]
      return answer('sketch', encodeFolds(folds))
    },

    explain(request) {
      decodeNothing(open('explain', request))
      const there = ring.neighbours(self).filter((peer) => maskers.has(peer))
      return answer('explain', encodeFolds(there.map((peer) => folding.ofMask(keyWith(peer)))))
    },

    agree(request) {
      const list = decodeIndexes(open('agree', request), ring.size)
      survivors = new Set(list)
      if (list.some((i) => !maskers.has(i)))
        throw fault('unknown_index', 'a survivor that is known to have dropped out')
      if (!survivors.has(self)) throw fault('left_out', 'this client is said to have dropped out')
      checkHolds(ring, survivors, termsOf().minimum, 'masking')
      agreed('agree', encodeIndexes(list))
      return answer('agree', new Uint8Array())
    },

    unmask(request) {
      const binding = { session, round, stage: 'agree', request: false, transcript } as const
      const near = new Set(ring.within(self))
      const signers = new Map<number, () => void>()
      for (const bytes of decodeMessages(open('unmask', request))) {
        const message = readMessage(bytes, binding, keyOfPeer)
        const index = names.indexOf(message.sender)
        if (!survivors.has(index)) throw fault('unknown_sender', 'an agreement by somebody who is no survivor')
        if (near.has(index)) signers.set(index, message.verify)
      }
      const seats = ring.seats(self).map(({ of }) => of)
      // the members of its committees alone need not reach the minimum; the list that they sign did
      const fewest = near.size === ring.size ? termsOf().minimum : 0
      checkHolds(ring, new Set(signers.keys()), fewest, 'agreeing', seats)
      for (const index of ring.enough(signers.keys(), fewest, seats)) if (index !== self) signers.get(index)!()
      const revealed = ring.seats(self).flatMap(({ of }) => {
        const share = sharers.has(of) ? received.get(of) : undefined
        if (share === undefined) return []
        return { of, share: survivors.has(of) ? share.subarray(0, KEY_BYTES) : share.subarray(KEY_BYTES) }
      })
      received.clear()
      return answer('unmask', encodeRevealed(revealed))
    },
  }

  function keyWith(peer: number): Uint8Array {
    return maskKeyOf(maskPair, roster[peer]!.maskKey, rosterTranscript, self, peer)
  }

  /** The secret for shares in both directions; cached, because the agreement is the most expensive step. */
  function agreedWith(peer: number): Uint8Array {
    const secret = secrets.get(peer) ?? agree(sharePair, roster[peer]!.shareKey)
    secrets.set(peer, secret)
    return secret
  }

  /**
   * An opened share; null if its dealer sealed something else or signed another digest, so that one bad client cannot stop the
   * others.
   */
  function opened(of: number, place: number, { sealed, digest }: DealtShare): Uint8Array | null {
    const { key, context } = shareKeyOf(agreedWith(of), rosterTranscript, of, self)
    try {
      const share = openOnce(key, sealed, context)
      return same(shareDigest(share, rosterTranscript, of, place), digest) ? share : null
    } catch {
      return null
    }
  }
}
