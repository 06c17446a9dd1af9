import { status } from '@grpc/grpc-js'
import {
  addVersion,
  crc32c,
  decrypt,
  encrypt,
  keyNamed,
  KmsFailure,
  nameOf,
  primaryOf,
  versionNamed,
  type Key,
  type KmsState,
  type Version,
  type VersionState,
} from './keys.ts'

interface Checksum {
  readonly value: string | number
}

/** The fields of the requests that are understood here, as proto-loader hands them over. */
export interface KmsRequest {
  readonly name: string
  readonly parent: string
  readonly keyRingId: string
  readonly cryptoKeyId: string
  readonly cryptoKey: { readonly rotationPeriod: { readonly seconds: string } | null } | null
  readonly cryptoKeyVersion: { readonly name: string; readonly state: VersionState } | null
  readonly cryptoKeyVersionId: string
  readonly pageSize: number
  readonly pageToken: string
  readonly plaintext: Buffer
  readonly plaintextCrc32c: Checksum | null
  readonly ciphertext: Buffer
  readonly ciphertextCrc32c: Checksum | null
  readonly additionalAuthenticatedData: Buffer
  readonly additionalAuthenticatedDataCrc32c: Checksum | null
}

export interface KmsMethod {
  readonly permission: string
  readonly resource: (request: KmsRequest) => string
  readonly run: (state: KmsState, request: KmsRequest, settings: KmsSettings) => object
}

/** What is damaged on the way: the request, the answer's bytes, or the service not checking at all. */
export type Damage = 'request' | 'answer' | 'unchecked'

export interface KmsSettings {
  /** Looks at a new version until it is generated. */
  readonly generationLooks: number
  /** Takes what is to be damaged now, if anything. */
  readonly takeDamage: () => Damage | null
}

const PAGE = 2
const DESTROY_SECONDS = 30 * 86_400

const method = (permission: string, resource: KmsMethod['resource'], run: KmsMethod['run']): KmsMethod => ({
  permission: `cloudkms.${permission}`,
  resource,
  run,
})
const byName = ({ name }: KmsRequest): string => name
const byParent = ({ parent }: KmsRequest): string => parent

export const METHODS: Readonly<Record<string, KmsMethod>> = {
  CreateKeyRing: method('keyRings.create', byParent, (state, { parent, keyRingId }) => {
    state.rings.push(`${parent}/keyRings/${keyRingId}`)
    return { name: `${parent}/keyRings/${keyRingId}` }
  }),
  CreateCryptoKey: method('cryptoKeys.create', byParent, (state, { parent, cryptoKeyId, cryptoKey }) => {
    if (!state.rings.includes(parent)) throw new KmsFailure(status.NOT_FOUND, `KeyRing ${parent} not found.`)
    const name = `${parent}/cryptoKeys/${cryptoKeyId}`
    if (state.keys[name] !== undefined) throw new KmsFailure(status.ALREADY_EXISTS, `CryptoKey ${name} already exists.`)
    const rotationSeconds = Number(cryptoKey?.rotationPeriod?.seconds ?? 0) || null
    const key: Key = { name, primary: 1, versions: [], rotationSeconds }
    addVersion(key, 0)
    state.keys[name] = key
    return keyView(key)
  }),
  GetCryptoKey: method('cryptoKeys.get', byName, (state, { name }) => keyView(keyNamed(state, name))),
  CreateCryptoKeyVersion: method('cryptoKeyVersions.create', byParent, (state, { parent }, { generationLooks }) => {
    const key = keyNamed(state, parent)
    return versionView(key, addVersion(key, generationLooks))
  }),
  GetCryptoKeyVersion: method('cryptoKeyVersions.get', byName, (state, { name }) => {
    const version = versionNamed(state, name)
    if (version.looks > 0) version.looks -= 1
    if (version.looks === 0 && version.state === 'PENDING_GENERATION') version.state = 'ENABLED'
    return versionView(keyNamed(state, name), version)
  }),
  ListCryptoKeyVersions: method('cryptoKeyVersions.list', byParent, (state, { parent, pageToken }) => {
    const key = keyNamed(state, parent)
    const from = Number(pageToken === '' ? 0 : pageToken)
    const to = from + PAGE // the service may return fewer than asked for
    return {
      cryptoKeyVersions: key.versions.slice(from, to).map((version) => versionView(key, version)),
      nextPageToken: to < key.versions.length ? String(to) : '',
      totalSize: key.versions.length,
    }
  }),
  UpdateCryptoKeyVersion: method(
    'cryptoKeyVersions.update',
    ({ cryptoKeyVersion }) => cryptoKeyVersion?.name ?? '',
    (state, { cryptoKeyVersion }) => {
      const version = versionNamed(state, cryptoKeyVersion?.name ?? '')
      if (cryptoKeyVersion !== null) version.state = cryptoKeyVersion.state
      return versionView(keyNamed(state, cryptoKeyVersion?.name ?? ''), version)
    },
  ),
  UpdateCryptoKeyPrimaryVersion: method('cryptoKeys.update', byName, (state, { name, cryptoKeyVersionId }) => {
    const version = versionNamed(state, `${name}/cryptoKeyVersions/${cryptoKeyVersionId}`)
    if (version.state === 'PENDING_GENERATION') {
      throw new KmsFailure(status.FAILED_PRECONDITION, `${name} is not enabled, current state is: PENDING_GENERATION.`)
    }
    const key = keyNamed(state, name)
    key.primary = version.number
    return keyView(key)
  }),
  DestroyCryptoKeyVersion: method('cryptoKeyVersions.destroy', byName, (state, { name }) => {
    const version = versionNamed(state, name)
    version.state = 'DESTROY_SCHEDULED'
    version.destroyed = Math.floor(Date.now() / 1000) + DESTROY_SECONDS
    return versionView(keyNamed(state, name), version)
  }),
  RestoreCryptoKeyVersion: method('cryptoKeyVersions.restore', byName, (state, { name }) => {
    const version = versionNamed(state, name)
    if (version.state !== 'DESTROY_SCHEDULED') {
      throw new KmsFailure(status.FAILED_PRECONDITION, `${name} is not scheduled for destruction.`)
    }
    version.state = 'DISABLED'
    return versionView(keyNamed(state, name), version)
  }),
  Encrypt: method('cryptoKeyVersions.useToEncrypt', byName, (state, request, { takeDamage }) => {
    const damage = takeDamage()
    const { plaintext, plaintextCrc32c, additionalAuthenticatedData: aad, additionalAuthenticatedDataCrc32c } = request
    checked('plaintext', damage === 'request' ? flipped(plaintext) : plaintext, plaintextCrc32c)
    checked('additional_authenticated_data', aad, additionalAuthenticatedDataCrc32c)
    const key = keyNamed(state, request.name)
    const version = request.name === key.name ? primaryOf(key) : versionNamed(state, request.name)
    if (version === undefined) throw new KmsFailure(status.FAILED_PRECONDITION, `${key.name} has no primary version.`)
    const ciphertext = encrypt(key, version, plaintext, aad)
    return {
      name: nameOf(key, version),
      ciphertext: damage === 'answer' ? flipped(ciphertext) : ciphertext,
      ciphertextCrc32c: { value: crc32c(ciphertext) },
      verifiedPlaintextCrc32c: plaintextCrc32c !== null && damage !== 'unchecked',
      verifiedAdditionalAuthenticatedDataCrc32c: additionalAuthenticatedDataCrc32c !== null,
      protectionLevel: 'SOFTWARE',
    }
  }),
  Decrypt: method('cryptoKeyVersions.useToDecrypt', byName, (state, request, { takeDamage }) => {
    const damage = takeDamage()
    const { ciphertext, additionalAuthenticatedData: aad } = request
    checked('ciphertext', damage === 'request' ? flipped(ciphertext) : ciphertext, request.ciphertextCrc32c)
    checked('additional_authenticated_data', aad, request.additionalAuthenticatedDataCrc32c)
    const { plaintext, usedPrimary } = decrypt(keyNamed(state, request.name), ciphertext, aad)
    return {
      plaintext: damage === 'answer' ? flipped(plaintext) : plaintext,
      ...(damage === 'unchecked' ? {} : { plaintextCrc32c: { value: crc32c(plaintext) } }),
      usedPrimary,
      protectionLevel: 'SOFTWARE',
    }
  }),
}

function checked(field: string, bytes: Uint8Array, checksum: Checksum | null): void {
  if (checksum === null || Number(checksum.value) === crc32c(bytes)) return
  const message = `The checksum in field ${field}_crc32c did not match the data in field ${field}.`
  throw new KmsFailure(status.INVALID_ARGUMENT, message)
}

function flipped(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes)
  other.writeUInt8((other.at(-1) ?? 0) ^ 1, other.length - 1)
  return other
}

function keyView(key: Key): object {
  const primary = primaryOf(key)
  return {
    name: key.name,
    purpose: 'ENCRYPT_DECRYPT',
    createTime: { seconds: key.versions[0]?.created ?? 0 },
    ...(primary === undefined ? {} : { primary: versionView(key, primary) }),
    ...(key.rotationSeconds === null ? {} : { rotationPeriod: { seconds: key.rotationSeconds } }),
  }
}

function versionView(key: Key, version: Version): object {
  const { created, destroyed, state } = version
  return {
    name: nameOf(key, version),
    state,
    createTime: { seconds: created },
    algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION',
    protectionLevel: 'SOFTWARE',
    ...(destroyed === null ? {} : { destroyTime: { seconds: destroyed } }),
  }
}
