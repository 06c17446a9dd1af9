import { ascii, ByteReader, ByteWriter, compareBytes, joined, latin } from './bytes.ts'
import { fault } from './faults.ts'
import { DIGEST_BYTES } from './terms.ts'
import {
  SIGNATURE_BYTES,
  sha256,
  signBytes,
  verifies,
  type KeyPair,
  type PublicKey,
} from '#services/federate/secure/primitives.ts'

/**
 * The stages by number: those of `MASKED` in its order, and `update` for an update that is judged openly. These are the clients'
 * messages; the aggregator's have the same number plus `REQUEST`.
 */
export const STAGES = {
  advertise: 1,
  share: 2,
  mask: 3,
  agree: 4,
  unmask: 5,
  update: 6,
  sketch: 7,
  explain: 8,
} as const
export type Stage = keyof typeof STAGES
export type SecureStage = Exclude<Stage, 'update'>
const REQUEST = 0x80
/**
 * The order of a masked round. `sketch` is only asked if the terms have one, and `explain` after it only if sketches do not add
 * up.
 */
export const MASKED = [
  'advertise',
  'share',
  'mask',
  'sketch',
  'explain',
  'agree',
  'unmask',
] as const satisfies readonly SecureStage[]

/** The stages that may follow a stage of a masked round, the usual one last; empty after the last stage. */
export function stagesAfter(stage: SecureStage, sketched: boolean): readonly SecureStage[] {
  if (stage === 'sketch') return ['explain', 'agree']
  if (stage === 'mask') return sketched ? ['sketch'] : ['agree']
  const next = MASKED[MASKED.indexOf(stage) + 1]
  return next === undefined ? [] : [next]
}

/** The stage that a request claims, before anything is verified; null if it names none. */
export function stageOf(message: Uint8Array): Stage | null {
  const found = Object.entries(STAGES).find(([, number]) => number + REQUEST === message[MAGIC.length])
  return (found?.[0] as Stage | undefined) ?? null
}

/** The name that the aggregator signs with; no client may have it. */
export const AGGREGATOR = 'aggregator'
const MAGIC = ascii('CFM2')
/** The former version, in which shares had no digests and masks used another stream. */
const OLD_MAGIC = ascii('CFM1')
/** The versions of messages that are stored as proof: what an older version signed is still valid. */
export const KEPT_VERSIONS = [MAGIC, OLD_MAGIC] as const
const SIGNED = ascii('credence federate message v1\0')
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
const SESSION_BYTES = 32

/** What a message belongs to; all of it is signed with the message. */
export interface Binding {
  /** Random; one for each run of rounds by an aggregator. */
  readonly session: Uint8Array
  readonly round: number
  readonly stage: Stage
  /** True for a request of the aggregator, false for a client's answer. */
  readonly request: boolean
  /** Digest of everything that was agreed before this message. */
  readonly transcript: Uint8Array
}

export interface Message extends Binding {
  readonly sender: string
  readonly body: Uint8Array
}

/**
 * `CFM2`, stage u8, session, round u32, sender (u8 length), transcript, body (u32 length), Ed25519 signature: each message has
 * one encoding. The signature is over a constant, everything before the body, and the body's SHA-256, because Ed25519 would read
 * the body twice.
 */
export function sealMessage(message: Message, key: KeyPair): Uint8Array {
  const name = ascii(message.sender)
  const { body } = message
  const head = new ByteWriter()
    .bytes(MAGIC)
    .u8(STAGES[message.stage] + (message.request ? REQUEST : 0))
    .bytes(message.session)
    .u32(message.round)
    .u8(name.length)
    .bytes(name)
    .bytes(message.transcript)
    .u32(body.length)
    .finish()
  return joined([head, body, signBytes(key, joined([SIGNED, head, sha256(body)]))])
}

export interface ReadMessage extends Message {
  /** SHA-256 of what is signed and of the signature; it differs between any two messages. */
  readonly digest: Uint8Array
}

/** Finds the key of a sender; undefined if the sender does not take part. */
export type KeyOf = (sender: string) => PublicKey | undefined

/**
 * Verifies a message against the expected binding, and its signature by the key of its sender. Throws `truncated`,
 * `trailing_data`, `bad_magic`, `old_version`, `wrong_stage`, `wrong_session`, `wrong_round`, `wrong_transcript`,
 * `unknown_sender`, `bad_signature`.
 */
export function openMessage(
  bytes: Uint8Array,
  expected: Binding,
  keyOf: KeyOf,
  versions?: readonly Uint8Array[],
): ReadMessage {
  const { verify, ...message } = readMessage(bytes, expected, keyOf, versions)
  verify()
  return message
}

/**
 * Like `openMessage`, but without the signature, for callers that have a thousand messages and need to verify only sixty. Until
 * `verify` has returned (it throws `bad_signature`), the message is an unproven claim.
 */
export function readMessage(
  bytes: Uint8Array,
  expected: Binding,
  keyOf: KeyOf,
  versions: readonly Uint8Array[] = [MAGIC],
): ReadMessage & { readonly verify: () => void } {
  const reader = new ByteReader(bytes)
  const magic = reader.bytes(MAGIC.length)
  if (!versions.some((version) => same(magic, version))) {
    if (same(magic, OLD_MAGIC)) throw fault('old_version', 'a message of an older version of this protocol')
    throw fault('bad_magic', 'not a message of this protocol')
  }
  const stage = reader.u8()
  const session = reader.bytes(SESSION_BYTES)
  const round = reader.u32()
  const sender = latin(reader.bytes(reader.u8()))
  const transcript = reader.bytes(DIGEST_BYTES)
  const body = reader.block()
  const head = bytes.subarray(0, reader.position - body.length)
  const signature = reader.bytes(SIGNATURE_BYTES)
  reader.end()

  if (stage !== STAGES[expected.stage] + (expected.request ? REQUEST : 0)) {
    throw fault('wrong_stage', `a message of stage ${stage} where ${expected.stage} is due`)
  }
  if (!same(session, expected.session)) throw fault('wrong_session', 'a message of another session')
  if (round !== expected.round) throw fault('wrong_round', `a message of round ${round} in round ${expected.round}`)
  const key = NAME.test(sender) ? keyOf(sender) : undefined
  if (key === undefined) throw fault('unknown_sender', 'a message of somebody who takes no part')
  if (!same(transcript, expected.transcript)) throw fault('wrong_transcript', `${sender} agreed to something else`)
  // computed on first use: of a thousand messages only some sixty are verified
  let signed: Uint8Array | undefined
  const signedBytes = () => (signed ??= joined([SIGNED, head, sha256(body)]))
  const verify = () => {
    if (verifies(key, signedBytes(), signature)) return
    throw fault('bad_signature', `the signature of ${sender} does not verify`)
  }
  return {
    ...expected,
    sender,
    body,
    get digest() {
      return sha256(signedBytes(), signature)
    },
    verify,
  }
}

/** Extends the chain of digests of what was agreed, so that nobody can present one part of it with another past. */
export function extendTranscript(transcript: Uint8Array, stage: Stage, part: Uint8Array): Uint8Array {
  return sha256(ascii(`credence federate transcript v1\0${stage}\0`), transcript, sha256(part))
}

export function isName(name: string): boolean {
  return NAME.test(name) && name !== AGGREGATOR
}

/** Compares public bytes. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}
