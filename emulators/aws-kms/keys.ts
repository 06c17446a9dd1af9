import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'

export const REGION = 'us-east-1'
export const ACCOUNT = '000000000000'

export interface Material {
  readonly id: string
  /** Base64. */
  readonly key: string
  /** Seconds since the epoch; null for the first. */
  readonly rotated: number | null
}

export interface KmsKey {
  readonly id: string
  readonly created: number
  state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  materials: Material[]
  /** When it is to be deleted, in seconds. */
  deletion: number | null
  automatic: boolean
  /** A rotation that was begun, and after how many more looks at the key it is done. */
  rotating: number | null
}

export interface KmsState {
  keys: Record<string, KmsKey>
  /** Alias name to key id. */
  aliases: Record<string, string>
}

/** An error as the service words it. */
export class KmsError extends Error {
  readonly type: string
  readonly status: number
  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

export function arnOf(id: string): string {
  return `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`
}

export function newKey(): KmsKey {
  const id = randomUUID()
  const materials = [newMaterial(null)]
  return { id, created: seconds(), state: 'Enabled', materials, deletion: null, automatic: false, rotating: null }
}

export function newMaterial(rotated: number | null): Material {
  return { id: randomBytes(32).toString('hex'), key: randomBytes(32).toString('base64'), rotated }
}

export function seconds(): number {
  return Date.now() / 1000
}

export function currentMaterial(key: KmsKey): Material {
  const material = key.materials.at(-1)
  if (material === undefined) throw new KmsError('KMSInternalException', 'a key without material', 500)
  return material
}

/** Key id, key ARN, alias name or alias ARN. */
export function findKey(state: KmsState, name: string): KmsKey {
  const alias = /(?:^|:)(alias\/[^:]+)$/.exec(name)?.[1]
  const id = alias === undefined ? name.replace(/^arn:.*:key\//, '') : state.aliases[alias]
  if (alias !== undefined && id === undefined) {
    throw new KmsError('NotFoundException', `Alias arn:aws:kms:${REGION}:${ACCOUNT}:${alias} is not found.`)
  }
  const key = state.keys[id ?? '']
  if (key === undefined) throw new KmsError('NotFoundException', `Key '${arnOf(id ?? '')}' does not exist`)
  return key
}

/** Throws unless the key may be used for cryptography now. */
export function usable(key: KmsKey): KmsKey {
  if (key.state === 'Disabled') throw new KmsError('DisabledException', `${arnOf(key.id)} is disabled.`)
  if (key.state === 'PendingDeletion') {
    throw new KmsError('KMSInvalidStateException', `${arnOf(key.id)} is pending deletion.`)
  }
  return key
}

export type EncryptionContext = Readonly<Record<string, string>>

/** Ciphertexts name their key and material, as those of the service do: 36 + 64 bytes of ids, nonce, tag, ciphertext. */
export function seal(key: KmsKey, plaintext: Uint8Array, context: EncryptionContext = {}): Buffer {
  const material = currentMaterial(key)
  const head = Buffer.from(key.id + material.id)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(material.key, 'base64'), nonce)
  cipher.setAAD(Buffer.concat([head, associatedData(context)]))
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([head, nonce, cipher.getAuthTag(), sealed])
}

const HEAD = 36 + 64

/** The key and the material that a ciphertext names; it is not authentic yet. */
export function sealedUnder(state: KmsState, blob: Buffer): { readonly key: KmsKey; readonly material: Material } {
  const key = state.keys[blob.subarray(0, 36).toString('latin1')]
  const material = key?.materials.find(({ id }) => id === blob.subarray(36, HEAD).toString('latin1'))
  if (key === undefined || material === undefined || blob.length < HEAD + 28) throw invalidCiphertext()
  return { key, material }
}

export function open(material: Material, blob: Buffer, context: EncryptionContext = {}): Buffer {
  try {
    const key = Buffer.from(material.key, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(HEAD, HEAD + 12), { authTagLength: 16 })
    decipher.setAAD(Buffer.concat([blob.subarray(0, HEAD), associatedData(context)]))
    decipher.setAuthTag(blob.subarray(HEAD + 12, HEAD + 28))
    return Buffer.concat([decipher.update(blob.subarray(HEAD + 28)), decipher.final()])
  } catch {
    throw invalidCiphertext()
  }
}

function invalidCiphertext(): KmsError {
  return new KmsError('InvalidCiphertextException', '')
}

function associatedData(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))
}
