import type { KeyObject } from 'node:crypto'
import {
  decodeKeys,
  decodeMasked,
  decodeRevealed,
  decodeShares,
  decodeNothing,
  encodeDelivery,
  encodeDraw,
  encodeIndexes,
  encodeMessages,
  type RoundKeys,
  type Shares,
} from './bodies.ts'
import { fault } from './faults.ts'
import {
  AGGREGATOR,
  extendTranscript,
  isName,
  openMessage,
  same,
  sealMessage,
  stagesAfter,
  type SecureStage,
} from './message.ts'
import { accountOf, balanced, contradictionsIn, liarsAmong, type Account, type Secrets } from './account.ts'
import { checkKeys, sketchKeyOf } from './keys.ts'
import { KEY_BYTES, publicKeyOf, sha256, systemRandom } from '#services/federate/secure/primitives.ts'
import { createLanes } from './lanes/lanes.ts'
import { addPacked, packedBits, packedSize, unpackWords } from './pack.ts'
import { EXTRA_WORDS, readSum, type Sum } from './quantise.ts'
import { checkHolds, createRing, type Ring } from './ring.ts'
import type { Share } from './shamir.ts'
import { addCells, decodeFolds, foldingOf, type Folding } from './sketch.ts'
import { checkTerms, encodeTerms, mostClients } from './terms.ts'
import { goneWithout } from './left-out.ts'
import { unmaskSum } from './unmask.ts'
import type { Requests, RoundOptions, SecureRound } from './secure-round.ts'

type Agreed = Readonly<Record<Exclude<SecureStage, 'sketch' | 'explain' | 'unmask'>, Uint8Array>> & {
  readonly sketch?: Uint8Array
}

/** Throws `bad_terms`. */
export function createRound(options: RoundOptions): SecureRound {
  const { terms, session, round, identity, participants, leaveOut, random = systemRandom } = options
  checkTerms(terms)
  const identities = new Map<string, KeyObject>()
  for (const [name, raw] of participants) {
    if (!isName(name)) throw fault('bad_terms', `${JSON.stringify(name)} cannot be the name of a client`)
    identities.set(name, publicKeyOf('ed25519', raw))
  }
  let stage: SecureStage | 'done' = 'advertise'
  let transcript: Uint8Array = sha256(session, Buffer.from(String(round)))
  let rosterTranscript = transcript
  let asked: readonly string[] = [...participants.keys()].sort()
  let answers = new Map<string, { readonly digest: Uint8Array; readonly message: Uint8Array }>()
  let names: readonly string[] = []
  let ring!: Ring
  let sum: Sum | undefined
  const advertised = new Map<string, RoundKeys>()
  const shares = new Map<number, Shares>()
  const lanes = createLanes(terms.dimension + EXTRA_WORDS)
  const survivors = new Set<number>()
  /** By dealer, how many clients cannot use the share that they were dealt. */
  const unread = new Map<number, number>()
  const revealed = new Map<number, Share[]>()
  /** Vectors in a round with sketches, until it is decided which ones are added. */
  const waiting = new Map<number, Int32Array>()
  let maskers: readonly number[] = []
  let folding: Folding | undefined
  const accounts = new Map<number, Account>()
  const explained = new Map<number, ReadonlyMap<number, Int32Array>>()
  const proven = new Set<number>()
  let disputed: ReadonlySet<number> = new Set()
  let leftOut: readonly string[] = []
  const parts: Partial<Record<SecureStage, Uint8Array>> = {}
  const digests = new Map<string, Uint8Array>()
  let agreements: Uint8Array = new Uint8Array()
  const dropped: { name: string; stage: SecureStage }[] = []

  const request = (of: SecureStage, body: Uint8Array) =>
    sealMessage({ session, round, stage: of, request: true, transcript, sender: AGGREGATOR, body }, identity)
  const toAll = (of: SecureStage, body: Uint8Array): Requests => {
    const message = request(of, body)
    return new Map(asked.map((name) => [name, message]))
  }
  const agreed = (of: SecureStage, part: Uint8Array) => {
    parts[of] = part
    transcript = extendTranscript(transcript, of, part)
  }
  const answered = () => asked.filter((name) => answers.has(name))
  const messages = () => answered().map((name) => answers.get(name)!.message)

  /** Decodes and stores the body of one answer. */
  const take: Readonly<Record<SecureStage, (sender: string, index: number, body: Uint8Array) => void>> = {
    advertise(sender, _index, body) {
      const keys = decodeKeys(body)
      checkKeys(keys)
      advertised.set(sender, keys)
    },
    share: (_sender, index, body) => shares.set(index, decodeShares(body, ring.committee(index).length)),
    mask(_sender, index, body) {
      const { dimension } = terms
      const width = packedBits(terms, ring.size)
      const { vector, complaints } = decodeMasked(body, packedSize(dimension, width), ring.size)
      const dealers = new Set(ring.seats(index).map(({ of }) => of))
      if (complaints.some((of) => of === index || !dealers.has(of) || !shares.has(of)))
        throw fault('unknown_index', 'a complaint about somebody who dealt its sender no share')
      if (terms.sketch > 0) waiting.set(index, unpackWords(vector, dimension, width))
      else addPacked(lanes, vector, dimension, width)
      for (const of of complaints) unread.set(of, (unread.get(of) ?? 0) + 1)
      survivors.add(index)
    },
    sketch(_sender, index, body) {
      const gone = ring.neighbours(index).filter((i) => shares.has(i) && !survivors.has(i))
      const folds = decodeFolds(body, 2 + gone.length, terms)
      accounts.set(index, accountOf(index, folding!.of(waiting.get(index)!, 1), folds, gone))
    },
    explain(_sender, index, body) {
      const there = near(index)
      const folds = decodeFolds(body, there.length, terms)
      explained.set(index, new Map(there.map((i, k) => [i, folds[k]!])))
    },
    agree: (_sender, _index, body) => decodeNothing(body),
    unmask(_sender, index, body) {
      const seats = new Map(ring.seats(index).map(({ of, place }) => [of, place]))
      const own = decodeRevealed(body, ring.size)
      if (own.some(({ of }) => !seats.has(of) || !shares.has(of))) {
        throw fault('unknown_index', 'a share of somebody on whose committee its sender does not sit')
      }
      for (const { of, share } of own) {
        const shared = revealed.get(of) ?? []
        shared.push({ place: seats.get(of)!, bytes: share })
        revealed.set(of, shared)
      }
    },
  }

  /** Ends a stage with the clients that answered it, and returns the next requests. */
  const end: Readonly<Record<SecureStage, () => Requests>> = {
    advertise() {
      names = asked
      if (names.length < terms.minimum)
        throw fault('too_few', `${names.length} clients: the terms ask for ${terms.minimum}`)
      if (names.length > mostClients(terms))
        throw fault('bad_terms', `the sum of ${names.length} clients would run over`)
      const roster = encodeMessages(messages())
      const requests = toAll('share', roster)
      agreed('share', roster)
      rosterTranscript = transcript
      ring = createRing(names.length, rosterTranscript)
      return requests
    },
    share() {
      const sharers = [...shares.keys()].sort((a, b) => a - b)
      checkHolds(ring, new Set(sharers), terms.minimum, 'sharing')
      const requests = new Map(
        sharers.map((to) => {
          const from = ring.seats(to).filter(({ of }) => of !== to && shares.has(of))
          const dealt = from.map(({ of, place }) => {
            const { sealed, digests } = shares.get(of)!
            return { sealed: sealed[place - 2]!, digest: digests[place - 1]! }
          })
          return [names[to]!, request('mask', encodeDelivery({ sharers, dealt }))] as const
        }),
      )
      agreed('mask', encodeIndexes(sharers))
      return requests
    },
    mask() {
      checkHolds(ring, survivors, terms.minimum, 'masking')
      checkDealt()
      if (terms.sketch === 0) return survive()
      const seed = random(KEY_BYTES)
      maskers = [...survivors].sort((a, b) => a - b)
      const draw = encodeDraw({ seed, maskers })
      const requests = toAll('sketch', draw)
      folding = foldingOf(terms, sketchKeyOf(seed, transcript))
      agreed('sketch', draw)
      return requests
    },
    sketch() {
      remain(accounts, 'sketching')
      if (accounts.size === maskers.length && balanced(accounts.values())) return judge()
      return toAll('explain', new Uint8Array())
    },
    explain() {
      remain(explained, 'explaining sketches')
      const found = contradictionsIn(accounts, explained)
      for (const i of found.proven) proven.add(i)
      disputed = found.disputed
      return judge()
    },
    agree() {
      checkHolds(ring, new Set(asked.map((name) => names.indexOf(name))), terms.minimum, 'agreeing')
      agreements = encodeMessages(messages())
      return toAll('unmask', agreements)
    },
    unmask() {
      const roster = names.map((name) => advertised.get(name)!)
      const shared = { ring, transcript: rosterTranscript }
      const secrets = unmaskSum(lanes, { ...shared, names, roster, shares, survivors, revealed, liars: proven })
      if (terms.sketch > 0) {
        const maskKeys = roster.map(({ maskKey }) => maskKey)
        settle({ ...shared, ...secrets, maskKeys })
      }
      sum = readSum(lanes, survivors.size, terms, packedBits(terms, ring.size))
      return new Map()
    },
  }

  const near = (i: number) => ring.neighbours(i).filter((j) => maskers.includes(j))

  /** Removes the survivors that did not answer. Throws if too few remain. */
  function remain(answered: Pick<ReadonlySet<number>, 'has'>, stage: string): void {
    for (const i of survivors) if (!answered.has(i)) survivors.delete(i)
    checkHolds(ring, survivors, terms.minimum, stage)
  }

  /**
   * Leaves out clients that contradicted themselves or another, and those that their sketches speak against. The others' vectors
   * are added.
   */
  function judge(): Requests {
    const believed = [...survivors].filter((i) => !proven.has(i) && !disputed.has(i))
    const sketches = new Map(believed.map((i) => [names[i]!, accounts.get(i)!.sketch.subarray(0, terms.sketch)]))
    const { must, may } = leaveOut?.(sketches) ?? { must: [], may: [] }
    const contradicting = [...proven, ...disputed].map((i) => names[i]!)
    leftOut = goneWithout({ ring, terms, names, there: survivors }, [...contradicting, ...must], may)
    remain(new Set([...survivors].filter((i) => !leftOut.includes(names[i]!))), 'judging sketches')
    asked = asked.filter((name) => !leftOut.includes(name))
    for (const i of survivors) lanes.add(waiting.get(i)!)
    waiting.clear()
    return survive()
  }

  /**
   * Throws if more members of a committee complain than may lie: their client dealt unusable shares, so its secret cannot be
   * restored.
   */
  function checkDealt(): void {
    const dealers = [...unread].filter(([, complaints]) => complaints > ring.spare).map(([i]) => i)
    if (dealers.length === 0) return
    for (const i of dealers) proven.add(i)
    const who = dealers.map((i) => names[i]!).sort()
    throw fault('shares_undealt', `those for whom ${who.join(', ')} sealed shares cannot use them`)
  }

  /** Checks the sum against the sketches, and what clients said about their masks against the secrets that became known. */
  function settle(secrets: Secrets): void {
    const parts = [...survivors].map((i) => accounts.get(i)!.sketch)
    const sums = folding!.of(lanes.words, parts.length)
    for (const part of parts) addCells(sums, part, -1)
    const holds = sums.every((cell) => cell === 0)
    if (holds && explained.size === 0) return
    for (const i of liarsAmong(accounts, explained, folding!, secrets)) proven.add(i)
    if (holds) return
    const who = [...proven].filter((i) => survivors.has(i)).map((i) => names[i]!)
    const named = who.length > 0 ? `: ${who.sort().join(', ')} signed a sketch of something else` : ''
    throw fault('sketch_differs', `the sketches of the updates are not the sketch of their sum${named}`)
  }

  /** Fixes the list of clients in the sum, and asks each of them to sign it. */
  function survive(): Requests {
    const list = encodeIndexes([...survivors].sort((a, b) => a - b))
    const requests = toAll('agree', list)
    agreed('agree', list)
    return requests
  }

  return {
    get stage() {
      return stage
    },

    get liars() {
      return [...proven].map((i) => names[i]!).sort()
    },

    begin() {
      const body = encodeTerms(terms)
      const requests = toAll('advertise', body)
      agreed('advertise', body)
      return requests
    },

    accept(message) {
      if (stage === 'done') throw fault('wrong_stage', 'the round is over')
      const binding = { session, round, stage, request: false, transcript }
      const { sender, body, digest } = openMessage(message, binding, (name) =>
        asked.includes(name) ? identities.get(name) : undefined,
      )
      const before = answers.get(sender)
      if (before !== undefined) {
        if (same(before.digest, digest)) return sender
        throw fault('answered_twice', `${sender} answered stage ${stage} before, and differently`)
      }
      take[stage](sender, names.indexOf(sender), body)
      if (stage === 'mask') digests.set(sender, digest)
      answers.set(sender, { digest, message: stage === 'mask' ? new Uint8Array() : new Uint8Array(message) })
      return sender
    },

    missing: () => asked.filter((name) => !answers.has(name)),

    close() {
      if (stage === 'done') return new Map()
      const closing = stage
      if (closing !== 'advertise') {
        const needed = closing === 'sketch' || closing === 'explain'
        const inSum = (name: string) => !needed && survivors.has(names.indexOf(name))
        const late = asked.filter((name) => !answers.has(name) && !inSum(name))
        dropped.push(...late.map((name) => ({ name, stage: closing })))
      }
      asked = answered()
      const sealed = parts.agree
      const requests = end[closing]()
      answers = new Map()
      // after sketches, explanations are asked for unless the list of survivors is fixed
      const [first, next = first] = stagesAfter(closing, terms.sketch > 0)
      stage = (sealed === parts.agree ? first : next) ?? 'done'
      return requests
    },

    result() {
      if (sum === undefined) throw fault('wrong_stage', 'the round is not done')
      const remaining = [...survivors].sort((a, b) => a - b).map((i) => names[i]!)
      const { advertise: announced, share: roster, mask: sharers, sketch: seed, agree: survived } = parts as Agreed
      const drawn = seed === undefined ? {} : { seed }
      const disputedNames = [...disputed].map((i) => names[i]!).sort()
      const agreement = { terms: announced, roster, sharers, ...drawn, survivors: survived, agreements }
      return { ...sum, survivors: remaining, dropped, leftOut, disputed: disputedNames, transcript, agreement, digests }
    },
  }
}
