import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { isAppError } from '#core/errors.ts'
import type { ObjectContext } from '#core/vault.ts'
import type { EpochKey } from '../keys/records.ts'
import { diagnose } from './message-fault.ts'
import { faultError, FRAME_LENGTH, parseMessage, type Message } from './message.ts'

/** With this namespace and the key's id as name, every AWS Encryption SDK opens our objects with a raw AES keyring. */
const KEY_NAMESPACE = 'credence'
const ENVELOPE_FORMAT = 'credence/1'

const client = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  maxEncryptedDataKeys: 1,
})

export interface EnvelopeContext extends ObjectContext {
  /** The path of the object: bytes that were moved to another path do not open. */
  readonly path: string
}

/**
 * Encrypts one object: a fresh data key, wrapped by the epoch key, in the AWS Encryption SDK's message format 2, suite
 * 0x0478, 1 MiB frames. The context is authenticated and stored in clear.
 */
export async function encryptObject(
  plaintext: Uint8Array,
  context: EnvelopeContext,
  key: EpochKey,
): Promise<Uint8Array> {
  const { result } = await client.encrypt(keyringOf(key), plaintext, {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    encryptionContext: contextEntries(context, key.kid),
    frameLength: FRAME_LENGTH,
  })
  return result
}

/**
 * Opens one object. `keyOf` returns the epoch key for the id in the header; it is called only if the context is the expected
 * one. Throws `corrupt` or `denied` with a `Fault` as its reason, and what `keyOf` throws.
 */
export async function openObject(
  ciphertext: Uint8Array,
  expected: EnvelopeContext,
  keyOf: (kid: string) => Promise<EpochKey>,
): Promise<{ readonly plaintext: Uint8Array; readonly kid: string }> {
  const message = parseMessage(ciphertext)
  const kid = checkContext(message, expected)
  const key = await keyOf(kid)
  if (key.kid !== kid) throw faultError('wrong_key', `${expected.path} is under key ${kid}, not ${key.kid}`)
  try {
    const { plaintext, messageHeader } = await client.decrypt(keyringOf(key), ciphertext, { maxBodySize: FRAME_LENGTH })
    checkEntries(Object.entries(messageHeader.encryptionContext), contextEntries(expected, kid), expected.path)
    return { plaintext, kid }
  } catch (error) {
    if (isAppError(error)) throw error
    const found = diagnose(message, key.key)
    throw faultError(found?.fault ?? 'altered_frame', `${expected.path}: ${found?.where ?? 'refused'}`)
  }
}

/** The id of the epoch key in an object's header; not authenticated. Throws `corrupt` if the bytes are not an object. */
export function kidOfObject(ciphertext: Uint8Array): string {
  return parseMessage(ciphertext).dataKey.keyName
}

function contextEntries(context: EnvelopeContext, kid: string): Record<string, string> {
  const { dataset, path, contract, window, codec } = context
  return { format: ENVELOPE_FORMAT, dataset, path, contract, window, codec, kid }
}

/** Returns the id of the key if the header has the expected context. */
function checkContext({ context, dataKey }: Message, expected: EnvelopeContext): string {
  if (dataKey.provider !== KEY_NAMESPACE) throw faultError('altered_header', `${expected.path}: not a key of ours`)
  const kid = dataKey.keyName
  checkEntries([...context], contextEntries(expected, kid), expected.path)
  return kid
}

function checkEntries(found: readonly [string, string][], expected: Record<string, string>, path: string): void {
  const differing = found.find(([name, value]) => expected[name] !== value)?.[0]
  const missing = Object.keys(expected).find((name) => !found.some(([other]) => other === name))
  const name = differing ?? missing
  if (name !== undefined) throw faultError('wrong_context', `${path} was sealed for another place: its ${name} differs`)
}

function keyringOf({ kid, key }: EpochKey): RawAesKeyringNode {
  return new RawAesKeyringNode({
    keyName: kid,
    keyNamespace: KEY_NAMESPACE,
    unencryptedMasterKey: Uint8Array.from(key), // the SDK requires a buffer of its own
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    utf8Sorting: true,
  })
}
