import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import type { SigningOrder } from './signing-order.ts'

export interface Verifier extends SigningOrder {
  /** False for a key that it does not know, and for a signature that does not verify. */
  verify(keyid: string, bytes: Uint8Array, sig: string): boolean
  /**
   * Learns which key signs now; with `missed` also of keys that are to sign next. True where it knows others than before. A
   * process that runs for long so hears of a rotation.
   */
  refresh(missed?: boolean): Promise<boolean>
}

export interface TrustedKey {
  readonly key: KeyObject
  /** From 1 on. */
  readonly generation: number
}

/** Over keys that may become more. */
export function createVerifier(
  known: () => readonly TrustedKey[],
  current: () => number,
  refresh: Verifier['refresh'],
): Verifier {
  const find = (keyid: string) => known().find(({ key }) => keyidOf(key) === keyid)
  return {
    verify(keyid, bytes, sig) {
      const signature = Buffer.from(sig, 'base64')
      const found = find(keyid)
      return found !== undefined && signature.toString('base64') === sig && verify(null, bytes, found.key, signature)
    },
    generationOf: (keyid) => find(keyid)?.generation ?? null,
    get current() {
      return current()
    },
    refresh,
  }
}

/**
 * A verifier for public keys in PEM, without any key service: one, or several in the order in which they signed, the one that
 * signs now last. Throws `invalid`.
 */
export function verifierFromPem(pem: string): Verifier {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
  try {
    const keys = blocks.map((block, at) => ({ key: createPublicKey(block), generation: at + 1 }))
    if (keys.length > 0 && keys.every(({ key }) => key.asymmetricKeyType === 'ed25519')) {
      const none = () => Promise.resolve(false)
      return createVerifier(
        () => keys,
        () => keys.length,
        none,
      )
    }
  } catch (error) {
    throw new AppError('invalid', 'not a public key in PEM', { cause: error, reason: 'public_key' })
  }
  throw new AppError('invalid', 'not an Ed25519 public key in PEM', { reason: 'public_key' })
}

/** The first 128 bits of SHA-256 over the public key's SubjectPublicKeyInfo. */
export function keyidOf(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex').slice(0, 32)
}
