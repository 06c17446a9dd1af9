import { openMessage, sealMessage, type SecureStage } from '#services/federate/secure/message.ts'
import { publicKeyOf, type KeyPair } from '#services/federate/secure/primitives.ts'

/** A client's answer of round `round` with another body, signed by that client: what one that lies would send. */
export function resign(
  answer: Uint8Array,
  { name, identity, session, round }: { name: string; identity: KeyPair; session: Uint8Array; round: number },
  stage: SecureStage,
  change: (body: Uint8Array) => void,
): Uint8Array {
  const at = 4 + 1 + 32 + 4 + 1 + name.length
  const binding = { session, round, stage, request: false, transcript: answer.subarray(at, at + 32) } as const
  const { body } = openMessage(answer, binding, () => publicKeyOf('ed25519', identity.publicKey))
  const changed = new Uint8Array(body)
  change(changed)
  return sealMessage({ ...binding, sender: name, body: changed }, identity)
}

/** Adds to one little-endian word of a body. */
export const raise =
  (word: number, by = 1) =>
  (body: Uint8Array): void => {
    const words = new DataView(body.buffer, body.byteOffset)
    words.setInt32(4 * word, words.getInt32(4 * word, true) + by, true)
  }
