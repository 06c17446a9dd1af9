import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import { canonicalJson, type Value } from '#core/value.ts'

const NONCE = 12
const TAG = 16

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: nonce ‖ ciphertext ‖ tag. `context` is authenticated as canonical
 * JSON. For keys and other small secrets; one key may seal a few thousand of them at most.
 */
export function sealBytes(key: Uint8Array, plaintext: Uint8Array, context: Value): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(additionalData(context))
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** The inverse of `sealBytes`. Throws `corrupt` (`seal_broken`) under another key or context, and for altered bytes. */
export function openSealed(key: Uint8Array, sealed: Uint8Array, context: Value): Buffer {
  const broken = () => new AppError('corrupt', 'a sealed key does not open', { reason: 'seal_broken' })
  if (sealed.length < NONCE + TAG) throw broken()
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(additionalData(context))
    .setAuthTag(sealed.subarray(-TAG))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()])
  } catch {
    throw broken()
  }
}

function additionalData(context: Value): Buffer {
  return Buffer.from(canonicalJson(context), 'utf8')
}
