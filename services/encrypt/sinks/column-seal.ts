import { hkdfSync } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import { openSealed, sealBytes } from '../objects/aes-gcm.ts'
import type { EpochKey } from '../keys/records.ts'
import type { Seal, SealContext } from './sink-rows.ts'

/** The first byte of a sealed value. The id of the epoch key follows, so that a reader knows which key it needs. */
const VERSION = 1
const HEADER = 1 + 16

/**
 * Encrypts sensitive columns. Each column has its own key, HKDF-SHA-256 (RFC 5869) of the dataset's epoch key; values are
 * encrypted with AES-256-GCM and a random nonce. Layout: version (1) ‖ kid (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16). Dataset,
 * column and record id are authenticated. A column key may seal at most 2³² values (SP 800-38D §8.3); begin a new epoch before.
 */
export function createColumnSeal(key: EpochKey): Seal {
  const header = Buffer.concat([Buffer.from([VERSION]), Buffer.from(key.kid, 'hex')])
  const keys = new Map<string, Uint8Array>()
  return (plaintext, context) => {
    const columnKey = keys.get(context.column) ?? deriveKey(key, context)
    keys.set(context.column, columnKey)
    return Buffer.concat([header, sealBytes(columnKey, plaintext, contextOf(context))])
  }
}

/** The id of the epoch key that a sealed value needs. Throws `corrupt` if it is no sealed value. */
export function kidOfSealed(sealed: Uint8Array): string {
  if (sealed.length < HEADER || sealed[0] !== VERSION) {
    throw new AppError('corrupt', 'not a sealed column value', { reason: 'column_seal' })
  }
  return Buffer.from(sealed.subarray(1, HEADER)).toString('hex')
}

/**
 * The inverse of a seal: the canonical JSON of the value. Throws `corrupt` in another context, under another key, and for
 * altered bytes.
 */
export function openColumn(key: EpochKey, sealed: Uint8Array, context: SealContext): Uint8Array {
  if (kidOfSealed(sealed) !== key.kid) throw new AppError('corrupt', `a value under another key than ${key.kid}`)
  return openSealed(deriveKey(key, context), sealed.subarray(HEADER), contextOf(context))
}

function deriveKey({ key }: EpochKey, { dataset, column }: SealContext): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', `credence column v1\0${dataset}\0${column}`, 32))
}

function contextOf({ dataset, column, record }: SealContext) {
  return { purpose: 'credence-column/1', dataset, column, record }
}
