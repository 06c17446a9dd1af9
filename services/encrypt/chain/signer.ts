import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { AppError, isAppError } from '#core/errors.ts'
import { SIGNING } from '../keys/record.ts'
import type { EpochKey, KeyRecords } from '../keys/records.ts'
import { createVerifier, keyidOf, type TrustedKey, type Verifier } from './verifier.ts'

/** PKCS #8 before the 32 bytes of an Ed25519 private key (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

export interface Signature {
  readonly keyid: string
  /** Base64. */
  readonly sig: string
}

/** Ed25519 (RFC 8032): the same bytes under the same key give the same signature. */
export interface Signer {
  /** The id of the current signing key. */
  keyid(): Promise<string>
  /** The id under which a signing key appears in signatures. */
  keyidOf(key: EpochKey): Promise<string>
  /**
   * Signs with the current key, or with the named one. Keys are unwrapped again after their time to live. Throws as
   * `KeyRecords.current` does, and `denied` (`signing_key`) for an unknown key.
   */
  sign(bytes: Uint8Array, keyid?: string): Promise<Signature>
  /**
   * The public keys as SubjectPublicKeyInfo in PEM, earlier keys first, the current one last: an external verifier needs these.
   * Throws `not_found` (`unsigned`) before anything was signed.
   */
  publicKeyPem(): Promise<string>
  /** Verifies what the current key and earlier ones signed. */
  readonly verifier: Verifier
}

/**
 * Opens the signer whose key the configured key services hold. The key is made at the first signature, so mere readers make
 * none. Only keys that unwrap count: a public key that somebody put into the store verifies nothing. Throws as `KeyRecords`
 * does.
 */
export async function openSigner(keys: KeyRecords): Promise<Signer> {
  const { verifier, known } = await openKeys(keys)
  const now = async () => keyidOf(createPublicKey(privateKeyOf(await keys.current(SIGNING))))
  const kidOf = async (keyid: string) => {
    const find = () => known().find((key) => key.keyid === keyid)?.kid
    const kid = find() ?? ((await verifier.refresh(true)) ? find() : undefined)
    if (kid !== undefined) return kid
    throw new AppError('denied', `signing key ${keyid} is not known here`, { reason: 'signing_key' })
  }
  return {
    keyid: now,
    keyidOf: async (key) => {
      await verifier.refresh(true)
      return keyidOf(createPublicKey(privateKeyOf(key)))
    },
    async sign(bytes, named) {
      const held = named === undefined ? await keys.current(SIGNING) : await keys.get(SIGNING, await kidOf(named))
      const key = privateKeyOf(held)
      return { keyid: keyidOf(createPublicKey(key)), sig: sign(null, bytes, key).toString('base64') }
    },
    async publicKeyPem() {
      if ((await keys.chosen(SIGNING)).length === 0) throw unsigned()
      const last = await now()
      await verifier.refresh()
      const former = known().filter(({ generation }) => generation < verifier.current)
      const present = known().filter(({ keyid }) => keyid === last)
      return [...former, ...present].map(({ key }) => key.export({ type: 'spki', format: 'pem' })).join('')
    },
    verifier,
  }
}

/**
 * Opens a verifier with the signing keys that the key services hold, for readers: it makes no key. Throws `not_found`
 * (`unsigned`) if there is no key, and as `KeyRecords` does.
 */
export async function openVerifier(keys: KeyRecords): Promise<Verifier> {
  const { verifier, known } = await openKeys(keys)
  if (known().length === 0) throw unsigned()
  return verifier
}

function unsigned(): AppError {
  return new AppError('not_found', 'nothing was ever signed here', { reason: 'unsigned' })
}

interface KnownKey extends TrustedKey {
  readonly kid: string
  readonly keyid: string
}

/**
 * The keys that unwrap, by generation. They are read again when another key becomes current or one is missing. If keys exist but
 * none unwraps any more, verifying throws `denied` (`key_destroyed`), because the signed data is not at fault.
 */
async function openKeys(keys: KeyRecords): Promise<{ verifier: Verifier; known: () => readonly KnownKey[] }> {
  let known: readonly KnownKey[] = []
  let lost: AppError | null = null
  let current = 0
  const refresh = async (missed = false): Promise<boolean> => {
    const before = known.length
    const find = (kid: string) => known.find((key) => key.kid === kid)?.generation
    const chosen = await keys.chosen(SIGNING)
    if (missed || !chosen.every(({ kid }) => find(kid) !== undefined)) ({ known, lost } = await readKeys(keys))
    const now =
      chosen.length > 0 ? chosen.map(({ kid, epoch }) => find(kid) ?? epoch) : known.map((key) => key.generation)
    current = Math.max(0, ...now)
    return known.length !== before
  }
  await refresh(true)
  const verifier = createVerifier(
    () => {
      if (known.length === 0 && lost !== null) throw lost
      return known
    },
    () => current,
    refresh,
  )
  return { verifier, known: () => known }
}

async function readKeys(keys: KeyRecords): Promise<{ known: readonly KnownKey[]; lost: AppError | null }> {
  const known: KnownKey[] = []
  let lost: AppError | null = null
  for await (const { kid, state } of keys.list(SIGNING)) {
    if (state !== 'active') continue
    try {
      const held = await keys.get(SIGNING, kid)
      const key = createPublicKey(privateKeyOf(held))
      known.push({ kid, keyid: keyidOf(key), key, generation: held.epoch })
    } catch (error) {
      // its record was removed since the listing, or the key that wrapped it is gone
      if (!isAppError(error, 'not_found')) throw error
      if (error.reason === 'key_destroyed') lost = destroyed(error)
    }
  }
  return { known: known.toSorted((a, b) => a.generation - b.generation), lost }
}

function destroyed(cause: AppError): AppError {
  const message = `no signing key unwraps any more, so nothing is signed or verified here: ${cause.message}. Who has the public key still verifies a copy: credence verify --store … --key …`
  return new AppError('denied', message, { cause, reason: 'key_destroyed' })
}

function privateKeyOf({ key }: EpochKey): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, key]), format: 'der', type: 'pkcs8' })
}
