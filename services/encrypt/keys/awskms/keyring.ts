import { setTimeout as delay } from 'node:timers/promises'
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListKeyRotationsCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  type KeyMetadata,
  type KMSClientConfig,
  type RotationsListEntry,
} from '@aws-sdk/client-kms'
import { clientSettings, httpHandler } from '#clouds/aws/client.ts'
import { callerIdentity } from '#clouds/aws/identity.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { AppError } from '#core/errors.ts'
import type { KeyContext, Keyring, KeyVersion, KeyVersionInfo, Wrap } from '../../keyring.ts'
import type { AwsKmsConfig } from './config.ts'
import { awsKmsError } from './errors.ts'
import { look, roundTrip } from '../checks.ts'
import { boundContext, calling, keyError, type KeyCall } from '../errors.ts'

const ALG = 'SYMMETRIC_DEFAULT'
const SERVICE = 'AWS KMS'
/** The version of keys whose material the service does not number, such as keys in custom key stores. */
const ONLY = 'only'
const CONNECT_MS = 3000
const ANSWER_MS = 10_000

export interface AwsKmsOptions extends AwsKmsConfig {
  /** Endpoint of STS, which names the identity in `check`; by default the region's. */
  readonly stsEndpoint?: string | undefined
  /** Allows a plain http endpoint. */
  readonly emulator?: boolean | undefined
  /** If absent, the SDK's default chain. */
  readonly credentials?: KMSClientConfig['credentials'] | undefined
  /** How often a started rotation is polled before this process stops waiting for it. */
  readonly rotationPolls?: number | undefined
  readonly rotationPollMs?: number | undefined
}

export interface AwsKmsKeyring extends Keyring {
  readonly provider: 'awskms'
  readonly formerKeys: readonly string[]
  rewrap(wrap: Wrap, context: KeyContext, to?: KeyContext): Promise<Wrap>
  versions(): Promise<readonly KeyVersionInfo[]>
  rotate(): Promise<KeyVersion>
  retire(version: string): Promise<void>
  check: NonNullable<Keyring['check']>
  /** Closes the connections. */
  close(): void
}

/**
 * Wraps epoch keys under a symmetric key of AWS KMS. The dataset and the key's id are the encryption context, which the service
 * authenticates and writes to CloudTrail; a wrap's version is the id of the key material that made it. Makes no call before it
 * is used. Throws `invalid` for an endpoint without TLS or a key without a region.
 */
export function createAwsKmsKeyring(options: AwsKmsOptions): AwsKmsKeyring {
  const { key: keyId, formerKeys = [], emulator = false } = options
  const region = options.region ?? /^arn:[^:]+:kms:([^:]+):/.exec(keyId)?.[1]
  if (region === undefined) {
    throw new AppError('invalid', `${keyId} does not say its region: give the key's ARN, or a region`, {
      reason: 'region',
    })
  }
  const { endpoint, stsEndpoint, credentials } = options
  for (const one of [endpoint, stsEndpoint]) if (one !== undefined) endpointUrl(one, SERVICE, emulator)
  const client = new KMSClient({
    ...clientSettings({ region, endpoint, credentials }),
    requestHandler: httpHandler({ connectMs: CONNECT_MS, answerMs: ANSWER_MS }),
  })
  const about = (permission: string, key = keyId): KeyCall => ({ service: SERVICE, key, permission })
  const call = <T>(permission: string, work: () => Promise<T>, key = keyId): Promise<T> =>
    calling(work, (error) => awsKmsError(error, about(permission, key)))

  const describeKey = async (): Promise<KeyMetadata & { readonly Arn: string }> => {
    const { KeyMetadata } = await call('kms:DescribeKey', () => client.send(new DescribeKeyCommand({ KeyId: keyId })))
    return { ...KeyMetadata, KeyId: KeyMetadata?.KeyId, Arn: KeyMetadata?.Arn ?? keyId }
  }
  const current = async (): Promise<KeyVersion> => {
    const { Arn, CurrentKeyMaterialId } = await describeKey()
    return { keyId: Arn, version: CurrentKeyMaterialId ?? ONLY }
  }

  const encrypt = async (epochKey: Uint8Array, context: KeyContext) => {
    const input = { KeyId: keyId, Plaintext: epochKey, EncryptionContext: boundContext(context) }
    const { CiphertextBlob, KeyId } = await call('kms:Encrypt', () => client.send(new EncryptCommand(input)))
    if (CiphertextBlob === undefined || KeyId === undefined) throw keyError('unexpected', about('kms:Encrypt'))
    return { blob: CiphertextBlob, arn: KeyId }
  }
  const decrypt = async (under: string, blob: Uint8Array, context: KeyContext) => {
    const input = { KeyId: under, CiphertextBlob: blob, EncryptionContext: boundContext(context) }
    const out = await call('kms:Decrypt', () => client.send(new DecryptCommand(input)), under)
    if (out.Plaintext === undefined) throw keyError('unexpected', about('kms:Decrypt', under))
    return { key: out.Plaintext, arn: out.KeyId ?? under, version: out.KeyMaterialId ?? ONLY }
  }

  /**
   * The key that has to unwrap a wrap: the configured one, or one that it replaced. Whoever writes to the store cannot make us
   * ask another key.
   */
  const keyFor = (wrap: Wrap): string => {
    if (wrap.provider === 'awskms' && formerKeys.includes(wrap.keyId)) return wrap.keyId
    const unknown = wrap.provider !== 'awskms' || (isKeyArn(keyId) && !sameKey(wrap.keyId, keyId))
    if (unknown) throw keyError('unknown_key', about('kms:Decrypt'), { says: wrap.keyId })
    return keyId // an alias: the service itself refuses what another key wrapped
  }
  const blobOf = (wrap: Wrap, key: string): Uint8Array => {
    if (wrap.alg !== ALG || wrap.blob === '') throw keyError('wrap_altered', about('kms:Decrypt', key))
    return Buffer.from(wrap.blob, 'base64')
  }

  const rotations = async (): Promise<RotationsListEntry[]> => {
    const { Arn } = await describeKey() // the call takes no alias
    const entries: RotationsListEntry[] = []
    for (let marker: string | undefined, more = true; more;) {
      const input = { KeyId: Arn, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' as const, Marker: marker }
      const page = await call('kms:ListKeyRotations', () => client.send(new ListKeyRotationsCommand(input)))
      entries.push(...(page.Rotations ?? []))
      marker = page.NextMarker
      more = page.Truncated === true && marker !== undefined
    }
    return entries
  }

  return {
    provider: 'awskms',
    formerKeys,
    endsVersions: false,
    current,
    async wrap(epochKey, context) {
      const { blob, arn } = await encrypt(epochKey, context)
      // Encrypt does not say which material it used, and the key may rotate at any moment: only decrypting shows it.
      const { version } = await decrypt(arn, blob, context)
      return { provider: 'awskms', keyId: arn, version, alg: ALG, blob: Buffer.from(blob).toString('base64') }
    },
    async unwrap(wrap, context) {
      const under = keyFor(wrap)
      const { key, arn, version } = await decrypt(under, blobOf(wrap, under), context)
      // The record states which version each wrap depends on, and must not state it wrongly.
      if (!sameKey(arn, wrap.keyId) || version !== wrap.version) {
        throw keyError('wrap_altered', about('kms:Decrypt', wrap.keyId), { says: 'another version made it' })
      }
      return key
    },
    async rewrap(wrap, context, to = context) {
      const source = keyFor(wrap)
      const input = {
        SourceKeyId: source,
        CiphertextBlob: blobOf(wrap, source),
        SourceEncryptionContext: boundContext(context),
        DestinationKeyId: keyId,
        DestinationEncryptionContext: boundContext(to),
      }
      const out = await call('kms:ReEncrypt*', () => client.send(new ReEncryptCommand(input)))
      if (out.CiphertextBlob === undefined || out.KeyId === undefined)
        throw keyError('unexpected', about('kms:ReEncrypt*'))
      const blob = Buffer.from(out.CiphertextBlob).toString('base64')
      return { provider: 'awskms', keyId: out.KeyId, version: out.DestinationKeyMaterialId ?? ONLY, alg: ALG, blob }
    },
    async versions() {
      const { Arn, CreationDate, Enabled, CurrentKeyMaterialId } = await describeKey()
      const state = Enabled === false ? ('disabled' as const) : ('enabled' as const)
      if (CurrentKeyMaterialId === undefined) {
        return [{ keyId: Arn, version: ONLY, created: CreationDate ?? null, state }]
      }
      return (await rotations())
        .filter(({ KeyMaterialState }) => KeyMaterialState === 'CURRENT' || KeyMaterialState === 'NON_CURRENT')
        .map(({ KeyMaterialId, RotationDate }) => ({
          keyId: Arn,
          version: KeyMaterialId ?? ONLY,
          created: RotationDate ?? CreationDate ?? null, // the first material has no rotation
          state,
        }))
        .toSorted((a, b) => (a.created?.getTime() ?? 0) - (b.created?.getTime() ?? 0))
    },
    async rotate() {
      const before = await current()
      const input = { KeyId: before.keyId }
      await call('kms:RotateKeyOnDemand', () => client.send(new RotateKeyOnDemandCommand(input)))
      // The service answers before it has rotated.
      for (let poll = 0; poll < (options.rotationPolls ?? 60); poll++) {
        const now = await current()
        if (now.version !== before.version) return now
        await delay(options.rotationPollMs ?? 1000)
      }
      throw keyError('rotation_in_progress', about('kms:RotateKeyOnDemand', before.keyId))
    },
    async retire(version) {
      const now = await current()
      if (now.version === version) {
        throw new AppError('conflict', `${version} is the current version of ${now.keyId}: rotate first`, {
          reason: 'current',
        })
      }
      const message =
        `AWS KMS ends whole keys, never one version: ${version} of ${now.keyId} goes with the key. To end it, make a new ` +
        'key, name this one a former key, rewrap, and schedule the deletion of this one'
      throw new AppError('denied', message, { reason: 'not_retirable' })
    },
    async check() {
      const identity = await look(
        'identity for AWS KMS',
        async () => {
          const arn = await call('sts:GetCallerIdentity', () =>
            callerIdentity({ region, endpoint: stsEndpoint, credentials }),
          )
          return arn ?? { state: 'unknown', says: 'STS names nobody' }
        },
        'unknown',
      )
      const state = await look(`key ${keyId}`, async () => stateOf(await describeKey()), 'unknown')
      const trip = await roundTrip({
        permissions: { wrap: 'kms:Encrypt', unwrap: 'kms:Decrypt' },
        wrap: encrypt,
        unwrap: async ({ blob, arn }, context) => (await decrypt(arn, blob, context)).key,
      })
      const rotation = await look(
        `rotation of ${keyId}`,
        async () => {
          const input = new GetKeyRotationStatusCommand({ KeyId: (await describeKey()).Arn })
          const status = await call('kms:GetKeyRotationStatus', () => client.send(input))
          if (status.KeyRotationEnabled === true) return `every ${status.RotationPeriodInDays ?? 365} days`
          const fix = 'turn automatic rotation on (kms:EnableKeyRotation), or run credence keys rotate on a schedule'
          return { state: 'warn', says: 'the service does not rotate it by itself', fix }
        },
        'unknown',
      )
      return [identity, state, ...trip, rotation]
    },
    close: () => client.destroy(),
  }
}

function stateOf({ Arn, KeyState, KeyUsage, KeySpec, Origin, CustomKeyStoreId }: KeyMetadata) {
  if (KeyUsage !== 'ENCRYPT_DECRYPT' || KeySpec !== 'SYMMETRIC_DEFAULT') {
    const says = `${Arn ?? ''} is of kind ${KeySpec ?? '?'} for ${KeyUsage ?? '?'}`
    return { state: 'failed', says, fix: 'give a symmetric key for encryption' } as const
  }
  if (KeyState !== 'Enabled') {
    return { state: 'failed', says: `${Arn ?? ''} is ${KeyState ?? 'in no known state'}`, fix: 'enable it' } as const
  }
  const level = CustomKeyStoreId === undefined ? 'HSM of AWS (FIPS 140)' : `custom key store ${CustomKeyStoreId}`
  return `enabled; material from ${Origin ?? '?'}, kept in an ${level}`
}

function isKeyArn(id: string): boolean {
  return /^arn:[^:]+:kms:[^:]+:\d+:key\//.test(id)
}

/** The same key, or its replica in another region: multi-Region keys share their id and their material. */
function sameKey(one: string, other: string): boolean {
  const anywhere = (arn: string) => arn.replace(/^(arn:[^:]+:kms:)[^:]+(:\d+:key\/mrk-)/, '$1*$2')
  return anywhere(one) === anywhere(other)
}
