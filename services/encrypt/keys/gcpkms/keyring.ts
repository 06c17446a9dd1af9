import { setTimeout as delay } from 'node:timers/promises'
import { KeyManagementServiceClient, type protos } from '@google-cloud/kms'
import { credentials as grpcCredentials } from '@grpc/grpc-js'
import { endpointUrl } from '#clouds/endpoint.ts'
import { checkKeyName } from '#clouds/gcp/key-name.ts'
import { AppError } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import type { KeyContext, Keyring, KeyVersion, KeyVersionInfo, Wrap } from '../../keyring.ts'
import type { GcpKmsConfig } from './config.ts'
import { crc32c } from './crc32c.ts'
import { gcpKmsError, isDenied } from './errors.ts'
import { look, roundTrip, type Finding } from '../checks.ts'
import { boundContext, keyError, type KeyCall, type Refusal } from '../errors.ts'

type ClientOptions = NonNullable<ConstructorParameters<typeof KeyManagementServiceClient>[0]>
type CryptoKey = protos.google.cloud.kms.v1.ICryptoKey
type CryptoKeyVersion = protos.google.cloud.kms.v1.ICryptoKeyVersion

const SERVICE = 'Cloud KMS'
const ALG = 'GOOGLE_SYMMETRIC_ENCRYPTION'
/** The runtime retries, so the client does not. */
const CALL = { retry: null, timeout: 10_000 } as const

export interface GcpKmsOptions extends GcpKmsConfig {
  /** Allows a plain http endpoint, to which no credentials are sent. */
  readonly emulator?: boolean | undefined
  /** The credentials. If absent, the SDK's default chain; for an emulator, none. */
  readonly auth?: ClientOptions['auth'] | undefined
  /** How often a version that is being generated is polled. */
  readonly generationPolls?: number | undefined
  readonly generationPollMs?: number | undefined
}

export interface GcpKmsKeyring extends Keyring {
  readonly provider: 'gcpkms'
  versions(): Promise<readonly KeyVersionInfo[]>
  rotate(): Promise<KeyVersion>
  retire(version: string): Promise<void>
  check: NonNullable<Keyring['check']>
  close(): Promise<void>
}

/**
 * Wraps epoch keys under a symmetric key of Cloud KMS, over gRPC. Wraps are made under the primary version by its full name,
 * which is authenticated with them, besides the dataset and the key's id; a wrap's version is the version's number. Requests and
 * answers carry CRC-32C, which both sides check. Throws `invalid` if the key's name is malformed or the endpoint does not use
 * TLS.
 */
export function createGcpKmsKeyring(options: GcpKmsOptions): GcpKmsKeyring {
  const { key: keyName, formerKeys = [], emulator = false } = options
  for (const name of [keyName, ...formerKeys]) checkKeyName(name)
  if (options.endpoint !== undefined) endpointUrl(options.endpoint, SERVICE, emulator)
  const client = new KeyManagementServiceClient(clientOptions(options))
  /** Who calls. Cloud KMS does not say who was refused, but the credentials may. */
  const identity = async (): Promise<string | undefined> =>
    (await client.auth.getCredentials().catch(() => null))?.client_email
  const about = (permission: string, key = keyName): KeyCall => ({ service: SERVICE, key, permission })
  const call = async <T>(permission: string, key: string, work: () => Promise<T>): Promise<T> => {
    try {
      // Without credentials the client rejects a promise that nobody handles, which ends the process: so get them first.
      await client.auth.getClient()
      return await work()
    } catch (error) {
      throw gcpKmsError(error, about(permission, key), isDenied(error) ? await identity() : undefined)
    }
  }

  const getKey = async (): Promise<CryptoKey> =>
    (await call('cloudkms.cryptoKeys.get', keyName, () => client.getCryptoKey({ name: keyName }, CALL)))[0]
  const current = async (): Promise<KeyVersion> => ({ keyId: keyName, version: primaryOf(await getKey()) })
  const primaryOf = ({ primary }: CryptoKey): string => {
    if (primary?.name) return numberOf(primary.name)
    throw keyError('key_state', about('cloudkms.cryptoKeyVersions.useToEncrypt'), { says: 'it has no primary version' })
  }

  const encrypt = async (version: string, epochKey: Uint8Array, context: KeyContext): Promise<Uint8Array> => {
    const permission = 'cloudkms.cryptoKeyVersions.useToEncrypt'
    const name = versionName(keyName, version)
    const additionalAuthenticatedData = boundData(name, context)
    const request = {
      name,
      plaintext: epochKey,
      plaintextCrc32c: { value: crc32c(epochKey) },
      additionalAuthenticatedData,
      additionalAuthenticatedDataCrc32c: { value: crc32c(additionalAuthenticatedData) },
    }
    const [answer] = await call(permission, name, () => client.encrypt(request, CALL))
    const ciphertext = Buffer.from((answer.ciphertext ?? '') as Uint8Array)
    const received =
      answer.verifiedPlaintextCrc32c === true && answer.verifiedAdditionalAuthenticatedDataCrc32c === true
    if (!received || !matches(ciphertext, answer.ciphertextCrc32c)) throw keyError('checksum', about(permission, name))
    if (answer.name !== name)
      throw keyError('unexpected', about(permission, name), { says: 'another version answered' })
    return ciphertext
  }
  const decrypt = async (under: KeyVersion, blob: Uint8Array, context: KeyContext): Promise<Uint8Array> => {
    const permission = 'cloudkms.cryptoKeyVersions.useToDecrypt'
    const name = versionName(under.keyId, under.version)
    const additionalAuthenticatedData = boundData(name, context)
    const request = {
      name: under.keyId, // the ciphertext contains the version, and the bound name proves that it is this one
      ciphertext: blob,
      ciphertextCrc32c: { value: crc32c(blob) },
      additionalAuthenticatedData,
      additionalAuthenticatedDataCrc32c: { value: crc32c(additionalAuthenticatedData) },
    }
    const [answer] = await call(permission, under.keyId, () => client.decrypt(request, CALL))
    const key = Buffer.from((answer.plaintext ?? '') as Uint8Array)
    if (!matches(key, answer.plaintextCrc32c)) throw keyError('checksum', about(permission, under.keyId))
    return key
  }

  return {
    provider: 'gcpkms',
    formerKeys,
    current,
    async wrap(epochKey, context) {
      const { version } = await current()
      const blob = Buffer.from(await encrypt(version, epochKey, context)).toString('base64')
      return { provider: 'gcpkms', keyId: keyName, version, alg: ALG, blob }
    },
    async unwrap(wrap, context) {
      checkWrap(wrap, [keyName, ...formerKeys], about('cloudkms.cryptoKeyVersions.useToDecrypt'))
      return decrypt(wrap, Buffer.from(wrap.blob, 'base64'), context)
    },
    async versions() {
      const request = { parent: keyName, orderBy: 'name' }
      const [all] = await call('cloudkms.cryptoKeyVersions.list', keyName, () =>
        client.listCryptoKeyVersions(request, { ...CALL, autoPaginate: true }),
      )
      return all
        .map(versionInfo)
        .map((info) => ({ keyId: keyName, ...info }))
        .toSorted((a, b) => Number(a.version) - Number(b.version))
    },
    async rotate() {
      const [made] = await call('cloudkms.cryptoKeyVersions.create', keyName, () =>
        client.createCryptoKeyVersion({ parent: keyName, cryptoKeyVersion: {} }, CALL),
      )
      const name = made.name ?? ''
      await generated(made)
      const cryptoKeyVersionId = numberOf(name)
      await call('cloudkms.cryptoKeys.update', keyName, () =>
        client.updateCryptoKeyPrimaryVersion({ name: keyName, cryptoKeyVersionId }, CALL),
      )
      return { keyId: keyName, version: cryptoKeyVersionId }
    },
    async retire(version) {
      if ((await current()).version === version) {
        throw new AppError('conflict', `version ${version} is the primary one of ${keyName}: rotate first`, {
          reason: 'current',
        })
      }
      const name = versionName(keyName, version)
      await call('cloudkms.cryptoKeyVersions.destroy', name, () => client.destroyCryptoKeyVersion({ name }, CALL))
    },
    async check() {
      const named: Finding = (await identity()) ?? { state: 'unknown', says: 'the credentials name nobody' }
      const identityLine = await look('identity for Cloud KMS', () => Promise.resolve(named), 'unknown')
      const state = await look(`key ${keyName}`, async () => stateOf(await getKey()), 'unknown')
      const trip = await roundTrip({
        permissions: {
          wrap: 'cloudkms.cryptoKeyVersions.useToEncrypt',
          unwrap: 'cloudkms.cryptoKeyVersions.useToDecrypt',
        },
        wrap: async (key, context) => {
          const { version } = await current()
          return { version, blob: await encrypt(version, key, context) }
        },
        unwrap: ({ version, blob }, context) => decrypt({ keyId: keyName, version }, blob, context),
      })
      const rotation = await look(`rotation of ${keyName}`, async () => rotationOf(await getKey()), 'unknown')
      return [identityLine, state, ...trip, rotation]
    },
    close: () => client.close(),
  }

  /** Waits until a new version is generated, which takes a while in an HSM; only then may it become the primary one. */
  async function generated(made: CryptoKeyVersion): Promise<void> {
    const name = made.name ?? ''
    let { state } = made
    for (let poll = 0; state === 'PENDING_GENERATION' && poll < (options.generationPolls ?? 60); poll++) {
      await delay(options.generationPollMs ?? 1000)
      const [now] = await call('cloudkms.cryptoKeyVersions.get', name, () => client.getCryptoKeyVersion({ name }, CALL))
      state = now.state
    }
    const refusal: Refusal | null =
      state === 'ENABLED' ? null : state === 'PENDING_GENERATION' ? 'rotation_in_progress' : 'key_state'
    if (refusal !== null) throw keyError(refusal, about('cloudkms.cryptoKeys.update', name), { says: String(state) })
  }
}

function clientOptions({ endpoint, emulator = false, auth }: GcpKmsOptions): ClientOptions {
  const url = endpoint === undefined ? null : new URL(endpoint)
  const plain = emulator && url?.protocol === 'http:'
  return {
    ...(url === null ? {} : { apiEndpoint: url.hostname, port: url.port === '' ? 443 : Number(url.port) }),
    ...(plain ? { sslCreds: grpcCredentials.createInsecure(), auth: NOBODY } : {}),
    ...(auth === undefined ? {} : { auth }),
    'grpc.enable_retries': 0,
  }
}

/** Credentials for a client that needs none: without them, it would search for some. */
const NOBODY = {
  getClient: () => Promise.resolve(null),
  getCredentials: () => Promise.resolve({}),
  getUniverseDomain: () => Promise.resolve('googleapis.com'),
} as unknown as NonNullable<ClientOptions['auth']>

/**
 * What the service authenticates with a wrap. It contains the version, because the service does not say which version unwrapped.
 */
function boundData(version: string, context: KeyContext): Buffer {
  return Buffer.from(canonicalJson({ ...boundContext(context), version }))
}

/** Refuses a wrap from the store that names anything but a version of our keys. */
function checkWrap(wrap: Wrap, keys: readonly string[], call: KeyCall): void {
  if (wrap.provider !== 'gcpkms' || !keys.includes(wrap.keyId))
    throw keyError('unknown_key', call, { says: wrap.keyId })
  if (wrap.alg !== ALG || wrap.blob === '' || !/^[1-9]\d*$/.test(wrap.version)) throw keyError('wrap_altered', call)
}

function versionName(key: string, version: string): string {
  return `${key}/cryptoKeyVersions/${version}`
}

function numberOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Whether bytes arrived as they were sent; false without a checksum. */
function matches(
  bytes: Uint8Array,
  crc: { readonly value?: { toString(): string } | number | string | null } | null | undefined,
): boolean {
  return crc?.value !== undefined && crc.value !== null && String(crc.value) === String(crc32c(bytes))
}

function versionInfo({ name, createTime, state }: CryptoKeyVersion): Omit<KeyVersionInfo, 'keyId'> {
  const seconds = createTime?.seconds
  return {
    version: numberOf(name ?? ''),
    created: seconds === undefined || seconds === null ? null : new Date(Number(seconds) * 1000),
    state: state === 'ENABLED' ? 'enabled' : String(state).startsWith('DESTROY') ? 'destroyed' : 'disabled',
  }
}

function stateOf({ purpose, primary, name }: CryptoKey): Finding {
  if (purpose !== 'ENCRYPT_DECRYPT') {
    return {
      state: 'failed',
      says: `${name ?? ''} is for ${String(purpose)}`,
      fix: 'give a key for symmetric encryption',
    }
  }
  if (primary?.state !== 'ENABLED') {
    const says = `its primary version is ${String(primary?.state ?? 'missing')}`
    return { state: 'failed', says, fix: 'enable it, or make an enabled version the primary one' }
  }
  return `version ${numberOf(primary.name ?? '')} is primary and enabled; protection level ${String(primary.protectionLevel)}`
}

function rotationOf({ rotationPeriod }: CryptoKey): Finding {
  const days = Math.round(Number(rotationPeriod?.seconds ?? 0) / 86_400)
  if (days > 0) return `every ${days} days`
  const fix = 'give the key a rotation period, or run credence keys rotate on a schedule'
  return { state: 'warn', says: 'the service does not rotate it by itself', fix }
}
