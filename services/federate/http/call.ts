import { ascii, latin } from '../secure/bytes.ts'
import { fault } from '../secure/faults.ts'
import { signBytes, verifies, type KeyPair, type PublicKey } from '#services/federate/secure/primitives.ts'

/** The largest difference between the clocks of a client and the aggregator, in either direction. */
const MOST_SKEW_MS = 5 * 60_000
const FORM = /^Credence name=([a-z0-9][a-z0-9._-]{0,63}), at=(\d{1,16}), sig=([A-Za-z0-9+/]{86}==)$/

/** What a call is about. The path includes its query. */
interface Call {
  readonly method: string
  readonly path: string
  /** Milliseconds since 1970. */
  readonly at: number
}

function signedBytes(name: string, { method, path, at }: Call): Uint8Array {
  return ascii(`credence federate call v1\0${name}\0${method}\0${path}\0${at}`)
}

/**
 * The `authorization` header of a call: it proves that the caller holds the key of an enrolled client. The body of a call is a
 * signed message, which is verified separately.
 */
export function signCall(name: string, key: KeyPair, call: Call): string {
  const sig = btoa(latin(signBytes(key, signedBytes(name, call))))
  return `Credence name=${name}, at=${call.at}, sig=${sig}`
}

/** The name of the caller. Throws `unknown_sender`, `bad_signature` and `stale_call`. */
export function verifyCall(
  authorization: string | undefined,
  { method, path, at: now }: Call,
  keyOf: (name: string) => PublicKey | undefined,
): string {
  const [, name = '', at = '', sig = ''] = FORM.exec(authorization ?? '') ?? []
  const key = keyOf(name)
  if (key === undefined) throw fault('unknown_sender', 'a call by somebody who is not enrolled')
  const signed = signedBytes(name, { method, path, at: Number(at) })
  if (
    !verifies(
      key,
      signed,
      Uint8Array.from(atob(sig), (byte) => byte.charCodeAt(0)),
    )
  )
    throw fault('bad_signature', `a call that ${name} did not sign`)
  if (Math.abs(now - Number(at)) > MOST_SKEW_MS) {
    throw fault('stale_call', 'the clocks of client and aggregator differ by more than five minutes')
  }
  return name
}
