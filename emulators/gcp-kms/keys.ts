import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { status } from '@grpc/grpc-js'
import { crc32c as crc32cBase64 } from '../gcs/crc32c.ts'

export type VersionState = 'PENDING_GENERATION' | 'ENABLED' | 'DISABLED' | 'DESTROY_SCHEDULED' | 'DESTROYED'

export interface Version {
  readonly number: number
  state: VersionState
  /** Base64. */
  readonly key: string
  /** Seconds since the epoch. */
  readonly created: number
  destroyed: number | null
  /** Looks at it until it is generated. */
  looks: number
}

export interface Key {
  readonly name: string
  /** The number of the primary version. */
  primary: number
  versions: Version[]
  rotationSeconds: number | null
}

export interface KmsState {
  rings: string[]
  keys: Record<string, Key>
}

/** An error as gRPC carries it. */
export class KmsFailure extends Error {
  readonly code: status
  readonly details: string
  constructor(code: status, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

export function keyNamed(state: KmsState, name: string): Key {
  const key = state.keys[name.replace(/\/cryptoKeyVersions\/.*$/, '')]
  if (key === undefined) throw new KmsFailure(status.NOT_FOUND, `CryptoKey ${name} not found.`)
  return key
}

export function versionNamed(state: KmsState, name: string): Version {
  const number = Number(/\/cryptoKeyVersions\/(\d+)$/.exec(name)?.[1])
  const found = keyNamed(state, name).versions.find((version) => version.number === number)
  if (found === undefined) throw new KmsFailure(status.NOT_FOUND, `CryptoKeyVersion ${name} not found.`)
  return found
}

export function primaryOf(key: Key): Version | undefined {
  return key.versions.find(({ number }) => number === key.primary)
}

export function nameOf(key: Key, version: Version): string {
  return `${key.name}/cryptoKeyVersions/${version.number}`
}

export function addVersion(key: Key, looks: number): Version {
  const version: Version = {
    number: key.versions.length + 1,
    state: looks > 0 ? 'PENDING_GENERATION' : 'ENABLED',
    key: randomBytes(32).toString('base64'),
    created: Math.floor(Date.now() / 1000),
    destroyed: null,
    looks,
  }
  key.versions.push(version)
  return version
}

function usable(key: Key, version: Version): Version {
  if (version.state === 'ENABLED') return version
  throw notEnabled(nameOf(key, version), version.state)
}

export function notEnabled(name: string, state: VersionState): KmsFailure {
  return new KmsFailure(status.FAILED_PRECONDITION, `${name} is not enabled, current state is: ${state}.`)
}

/** Ciphertexts say which version made them: its number in 4 bytes, nonce, tag, ciphertext. The key's name is bound, too. */
export function encrypt(key: Key, version: Version, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(version.number)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(usable(key, version).key, 'base64'), nonce)
  cipher.setAAD(aad)
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([head, nonce, cipher.getAuthTag(), sealed])
}

export function decrypt(key: Key, blob: Buffer, aad: Uint8Array): { plaintext: Buffer; usedPrimary: boolean } {
  const version = blob.length < 32 ? undefined : key.versions.find(({ number }) => number === blob.readUInt32BE(0))
  if (version === undefined) {
    const message = "Decryption failed: verify that 'name' refers to the correct CryptoKey."
    throw new KmsFailure(status.INVALID_ARGUMENT, message)
  }
  usable(key, version)
  try {
    const secret = Buffer.from(version.key, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', secret, blob.subarray(4, 16), { authTagLength: 16 })
    decipher.setAAD(aad)
    decipher.setAuthTag(blob.subarray(16, 32))
    const plaintext = Buffer.concat([decipher.update(blob.subarray(32)), decipher.final()])
    return { plaintext, usedPrimary: version.number === key.primary }
  } catch {
    throw new KmsFailure(status.INVALID_ARGUMENT, 'Decryption failed: the ciphertext is invalid.')
  }
}

export function crc32c(bytes: Uint8Array): number {
  return Buffer.from(crc32cBase64(bytes), 'base64').readUInt32BE(0)
}
