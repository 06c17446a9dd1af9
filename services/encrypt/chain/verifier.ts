import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import type { SigningOrder } from './signing-order.ts'

export interface Verifier extends SigningOrder {
  /** False for an unknown key and for a signature that does not verify. */
  verify(keyid: string, bytes: Uint8Array, sig: string): boolean
  /**
   * Reads which key signs now; with `missed`, also keys that will sign later. True if the known keys have changed. A
   * long-running process notices a rotation this way.
   */
  refresh(missed?: boolean): Promise<boolean>
}

export interface TrustedKey {
  readonly key: KeyObject
  /** From 1. */
  readonly generation: number
}

/** A verifier over keys whose number may grow. */
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
 * A verifier for public keys in PEM, which needs no key service. If there are several, they stand in the order in which they
 * signed, the current one last. Throws `invalid`.
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
