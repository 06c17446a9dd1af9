import { constants, createHash, createPublicKey, timingSafeEqual, verify, type KeyObject } from 'node:crypto'
import { Agent } from 'node:https'
import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'
import {
  CryptographyClient,
  KeyClient,
  type KeyClientOptions,
  type KeyProperties,
  type KeyVaultKey,
} from '@azure/keyvault-keys'
import { noteIdentity } from '#clouds/azure/identity.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { AppError } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import type { KeyContext, Keyring, KeyVersion, KeyVersionInfo, Wrap } from '../../keyring.ts'
import { look, roundTrip, type Finding } from '../checks.ts'
import { boundContext, calling, keyError, type KeyCall } from '../errors.ts'
import type { KeyVaultConfig } from './config.ts'
import { keyVaultError } from './errors.ts'

const SERVICE = 'Key Vault'
/** The vault, never the client, does OAEP-256, so every wrap is authorised and logged there. */
const OAEP = 'RSA-OAEP-256'
const ALG = `${OAEP} of key and SHA-256(context), signed with PS256`
const KEY_BYTES = 32
const TIMEOUT_MS = 10_000

export interface KeyVaultOptions extends KeyVaultConfig {
  /** If absent, the SDK's default chain. */
  readonly credential?: TokenCredential | undefined
  /** PEM of a certificate authority to trust instead of the system's, for a private endpoint. */
  readonly ca?: string | undefined
  /** Allows an address that is not Azure's when a token is requested. */
  readonly emulator?: boolean | undefined
}

export interface KeyVaultKeyring extends Keyring {
  readonly provider: 'keyvault'
  versions(): Promise<readonly KeyVersionInfo[]>
  rotate(): Promise<KeyVersion>
  retire(version: string): Promise<void>
  check: NonNullable<Keyring['check']>
  close(): void
}

/**
 * Wraps epoch keys under an RSA key of Azure Key Vault or a Managed HSM. RSA-OAEP has no associated data, so the key is wrapped
 * together with the digest of its context, which unwrapping compares: 64 bytes of the 190 that fit into RSA-2048. Anybody with
 * the public key could wrap a key of their own, so the vault also signs each wrap (RSA-PSS, SHA-256), and only what it signed is
 * unwrapped. Every call names the full version. Throws `invalid` if the key's id is malformed or the endpoint does not use TLS.
 */
export function createKeyVaultKeyring(options: KeyVaultOptions): KeyVaultKeyring {
  const { formerKeys = [], emulator = false } = options
  const { keyId, vaultUrl, name, actions } = parseKeyId(options.key)
  const credential = options.credential ?? new DefaultAzureCredential()
  const agent = new Agent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  })
  const settings = {
    retryOptions: { maxRetries: 0 }, // the runtime retries
    disableChallengeResourceVerification: emulator,
    additionalPolicies: [{ policy: overTls(agent), position: 'perRetry' as const }],
  }
  const client = new KeyClient(vaultUrl, credential, settings)
  const about = (action: string, key = keyId): KeyCall => ({
    service: SERVICE,
    key,
    permission: `${actions}/${action}`,
  })
  const call = <T>(action: string, key: string, work: () => Promise<T>): Promise<T> =>
    calling(work, (error) => keyVaultError(error, about(action, key)))

  const newest = async (): Promise<KeyVaultKey> => {
    const key = await call('keys/read', keyId, () => client.getKey(name))
    remember(`${keyId}/${key.properties.version ?? ''}`, key)
    return key
  }
  const cryptography = (id: string): CryptographyClient => {
    // With this object the client does not fetch the key before every call.
    const key: KeyVaultKey = { id, name, key: { kid: id }, properties: { vaultUrl, name } }
    return new CryptographyClient(key, credential, settings)
  }

  /** Public keys by full id. A version never changes, so each is read once per process. */
  const publicKeys = new Map<string, KeyObject>()
  const remember = (id: string, { key }: KeyVaultKey): KeyObject | null => {
    if (key?.n === undefined || key.e === undefined) return null
    const jwk = { kty: 'RSA', n: Buffer.from(key.n).toString('base64url'), e: Buffer.from(key.e).toString('base64url') }
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    publicKeys.set(id, publicKey)
    return publicKey
  }
  const publicKeyOf = async (under: KeyVersion): Promise<KeyObject> => {
    const id = `${under.keyId}/${under.version}`
    const known = publicKeys.get(id)
    if (known !== undefined) return known
    const { vaultUrl: url, name: named } = parseKeyId(under.keyId)
    const reader = url === vaultUrl ? client : new KeyClient(url, credential, settings)
    const read = await call('keys/read', id, () => reader.getKey(named, { version: under.version }))
    const publicKey = remember(id, read)
    if (publicKey === null) throw keyError('bad_request', about('keys/read', id), { says: 'not an RSA key' })
    return publicKey
  }

  const wrapUnder = async (version: string, epochKey: Uint8Array, context: KeyContext): Promise<Uint8Array> => {
    const id = `${keyId}/${version}`
    const bound = Buffer.concat([epochKey, contextDigest({ keyId, version }, context)])
    const { result, keyID } = await call('keys/wrap/action', id, () => cryptography(id).wrapKey(OAEP, bound))
    if (keyID !== id) throw keyError('unexpected', about('keys/wrap/action', id), { says: 'another key answered' })
    const digest = createHash('sha256')
      .update(signedBytes({ keyId, version }, context, result))
      .digest()
    const signed = await call('keys/sign/action', id, () => cryptography(id).sign('PS256', digest))
    return Buffer.concat([result, signed.result])
  }
  const unwrapUnder = async (under: KeyVersion, blob: Uint8Array, context: KeyContext): Promise<Uint8Array> => {
    const id = `${under.keyId}/${under.version}`
    const half = blob.length / 2 // a wrap and a signature are each as long as the key's modulus
    const wrapped = blob.subarray(0, half)
    const pss = { key: await publicKeyOf(under), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    if (!verify('sha256', signedBytes(under, context, wrapped), pss, blob.subarray(half))) {
      throw keyError('wrong_context', about('keys/unwrap/action', id))
    }
    const { result } = await call('keys/unwrap/action', id, () => cryptography(id).unwrapKey(OAEP, wrapped))
    const digest = Buffer.from(result.subarray(KEY_BYTES))
    const expected = contextDigest(under, context)
    if (digest.length !== expected.length || !timingSafeEqual(digest, expected)) {
      throw keyError('wrong_context', about('keys/unwrap/action', id))
    }
    return result.slice(0, KEY_BYTES)
  }

  const enabledVersion = async (): Promise<string> => {
    const { properties } = await newest()
    if (properties.version === undefined) throw keyError('unexpected', about('keys/read'))
    // The vault still wraps under a disabled key, but does not unwrap what it wrapped.
    if (properties.enabled === false) throw keyError('key_disabled', about('keys/wrap/action'))
    return properties.version
  }
  const current = async (): Promise<KeyVersion> => ({ keyId, version: (await newest()).properties.version ?? '' })

  return {
    provider: 'keyvault',
    formerKeys,
    current,
    async wrap(epochKey, context) {
      if (epochKey.length !== KEY_BYTES) throw new AppError('invalid', 'an epoch key has 256 bits')
      const version = await enabledVersion()
      const blob = Buffer.from(await wrapUnder(version, epochKey, context)).toString('base64')
      return { provider: 'keyvault', keyId, version, alg: ALG, blob }
    },
    async unwrap(wrap, context) {
      checkWrap(wrap, [keyId, ...formerKeys], about('keys/unwrap/action'))
      return unwrapUnder(wrap, Buffer.from(wrap.blob, 'base64'), context)
    },
    async versions() {
      const last = await current()
      const listed = await call('keys/read', keyId, async () => {
        const all: KeyProperties[] = []
        for await (const properties of client.listPropertiesOfKeyVersions(name)) all.push(properties)
        return all
      })
      const when = ({ createdOn, version }: KeyProperties) =>
        version === last.version ? Number.POSITIVE_INFINITY : (createdOn?.getTime() ?? 0) // whole seconds
      return listed
        .toSorted((a, b) => (when(a) < when(b) ? -1 : when(a) > when(b) ? 1 : 0))
        .map(({ version = '', createdOn, enabled }) => {
          return { keyId, version, created: createdOn ?? null, state: enabled === false ? 'disabled' : 'enabled' }
        })
    },
    async rotate() {
      const { properties } = await call('keys/rotate/action', keyId, () => client.rotateKey(name))
      return { keyId, version: properties.version ?? '' }
    },
    async retire(version) {
      if ((await current()).version === version) {
        throw new AppError('conflict', `${version} is the newest version of ${keyId}: rotate first`, {
          reason: 'current',
        })
      }
      await call('keys/update/action', `${keyId}/${version}`, () =>
        client.updateKeyProperties(name, version, { enabled: false }),
      )
    },
    async check() {
      const identity = await look('identity for Key Vault', () => identityOf(credential, vaultUrl), 'unknown')
      const state = await look(`key ${keyId}`, async () => stateOf(await newest()), 'unknown')
      const trip = await roundTrip({
        permissions: {
          wrap: `${actions}/keys/wrap/action, ${actions}/keys/sign/action`,
          unwrap: `${actions}/keys/unwrap/action`,
        },
        wrap: async (key, context) => {
          const version = await enabledVersion()
          return { version, blob: await wrapUnder(version, key, context) }
        },
        unwrap: ({ version, blob }, context) => unwrapUnder({ keyId, version }, blob, context),
      })
      const rotation = await look(`rotation of ${keyId}`, rotationOf, 'unknown')
      return [identity, state, ...trip, rotation]
    },
    close: () => agent.destroy(),
  }

  async function rotationOf(): Promise<Finding> {
    const policy = await call('keyrotationpolicies/read', keyId, () => client.getKeyRotationPolicy(name))
    const rotates = policy.lifetimeActions?.find(({ action }) => action === 'Rotate')
    if (rotates !== undefined)
      return rotates.timeAfterCreate ?? `${rotates.timeBeforeExpiry ?? 'a while'} before it expires`
    const fix = 'give the key a rotation policy, or run credence keys rotate on a schedule'
    return { state: 'warn', says: 'the vault does not rotate it by itself', fix }
  }
}

/** The context that an RSA wrap is bound to by its digest, since RSA has no associated data. */
function contextDigest(under: KeyVersion, context: KeyContext): Buffer {
  return createHash('sha256')
    .update(canonicalJson(bindings(under, context)))
    .digest()
}

/** What the vault signs: the wrap together with its context. */
function signedBytes(under: KeyVersion, context: KeyContext, wrapped: Uint8Array): Buffer {
  return Buffer.from(canonicalJson({ ...bindings(under, context), wrapped: Buffer.from(wrapped).toString('base64') }))
}

function bindings({ keyId, version }: KeyVersion, context: KeyContext) {
  return { ...boundContext(context), provider: 'keyvault', keyId, version }
}

/** Refuses a wrap from the store that names anything but a version of our keys. */
function checkWrap(wrap: Wrap, keys: readonly string[], call: KeyCall): void {
  if (wrap.provider !== 'keyvault' || !keys.includes(wrap.keyId)) {
    throw keyError('unknown_key', call, { says: wrap.keyId })
  }
  if (wrap.alg !== ALG || wrap.blob === '' || !/^[0-9a-f]{32}$/i.test(wrap.version))
    throw keyError('wrap_altered', call)
}

function parseKeyId(id: string) {
  const url = URL.canParse(id) ? new URL(id) : null
  const name = /^\/keys\/([0-9A-Za-z-]+)\/?$/.exec(url?.pathname ?? '')?.[1]
  if (url === null || name === undefined) {
    throw new AppError('invalid', `${id} is not a key's id: give https://<vault>/keys/<name>, without a version`, {
      reason: 'key_id',
    })
  }
  endpointUrl(id, SERVICE)
  const actions = `Microsoft.KeyVault/${url.hostname.includes('.managedhsm.') ? 'managedHsm' : 'vaults'}`
  return { keyId: `${url.origin}/keys/${name}`, vaultUrl: url.origin, name, actions }
}

type Policy = NonNullable<KeyClientOptions['additionalPolicies']>[number]['policy']

/** Sets our agent and our timeout for every request of the client. */
function overTls(agent: Agent): Policy {
  return {
    name: 'credenceTls',
    sendRequest(request, next) {
      request.agent = agent
      request.timeout = TIMEOUT_MS
      return next(request)
    },
  }
}

function stateOf({ properties, key, keyType }: KeyVaultKey): Finding {
  const level = `${keyType ?? '?'}, ${keyType?.endsWith('-HSM') === true ? 'kept in an HSM' : 'protected by software'}`
  if (keyType !== 'RSA' && keyType !== 'RSA-HSM') {
    return { state: 'failed', says: `it is of kind ${keyType ?? '?'}`, fix: 'give an RSA key of 2048 bits or more' }
  }
  if (properties.enabled === false) return { state: 'failed', says: 'its newest version is disabled', fix: 'enable it' }
  if (properties.expiresOn !== undefined && properties.expiresOn < new Date()) {
    return { state: 'failed', says: `it expired on ${properties.expiresOn.toISOString()}`, fix: 'rotate it' }
  }
  if (key?.n !== undefined && key.n.length < 256)
    return { state: 'failed', says: 'it is too short', fix: 'give 2048 bits' }
  if (properties.recoveryLevel?.includes('Purgeable') !== false) {
    const says = `enabled; ${level}; whoever may purge keys can destroy it at once`
    return { state: 'warn', says, fix: 'turn purge protection on for the vault' }
  }
  return `enabled; ${level}; purge protection is on`
}

async function identityOf(credential: TokenCredential, vaultUrl: string): Promise<Finding> {
  const scope = vaultUrl.includes('.managedhsm.') ? 'https://managedhsm.azure.net' : 'https://vault.azure.net'
  const noted = noteIdentity(credential)
  await calling(
    () => noted.getToken(`${scope}/.default`),
    (error) => keyVaultError(error, { service: SERVICE, key: vaultUrl, permission: 'a token' }),
  )
  return noted.describe() ?? { state: 'unknown', says: 'the token names nobody' }
}
