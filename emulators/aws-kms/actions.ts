import { randomBytes } from 'node:crypto'
import {
  arnOf,
  currentMaterial,
  findKey,
  KmsError,
  newKey,
  newMaterial,
  open,
  seal,
  sealedUnder,
  seconds,
  usable,
  type EncryptionContext,
  type KmsKey,
  type KmsState,
} from './keys.ts'

/** The members of the requests that are understood here. */
export interface KmsRequest {
  readonly KeyId?: string
  readonly AliasName?: string
  readonly TargetKeyId?: string
  readonly Plaintext?: string
  readonly CiphertextBlob?: string
  readonly EncryptionContext?: EncryptionContext
  readonly SourceKeyId?: string
  readonly SourceEncryptionContext?: EncryptionContext
  readonly DestinationKeyId?: string
  readonly DestinationEncryptionContext?: EncryptionContext
  readonly NumberOfBytes?: number
  readonly KeySpec?: string
  readonly PendingWindowInDays?: number
  readonly IncludeKeyMaterial?: string
  readonly Limit?: number
  readonly Marker?: string
}

export interface KmsAction {
  /** What a caller must be allowed, and on which key: noted before the work, and where faults strike. */
  readonly permissions: (state: KmsState, request: KmsRequest) => readonly (readonly [string, string])[]
  readonly run: (state: KmsState, request: KmsRequest, settings: KmsSettings) => object
}

export interface KmsSettings {
  /** Looks at a key until a rotation that was begun is done. */
  readonly rotationLooks: number
}

const ON_DEMAND_ROTATIONS = 10
/** The service may return fewer than asked for; this one always does. */
const PAGE = 3

const named = (state: KmsState, { KeyId }: KmsRequest): KmsKey => findKey(state, required(KeyId, 'keyId'))

function action(name: string, run: KmsAction['run'], key = named): KmsAction {
  return { run, permissions: (state, request) => [[`kms:${name}`, arnOf(key(state, request).id)]] }
}

function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined && value !== '') return value
  const message = `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must not be null`
  throw new KmsError('ValidationException', message)
}

const bytes = (base64: string | undefined, name: string): Buffer => Buffer.from(required(base64, name), 'base64')

function metadata(key: KmsKey): object {
  return {
    AWSAccountId: arnOf(key.id).split(':')[4],
    KeyId: key.id,
    Arn: arnOf(key.id),
    CreationDate: key.created,
    Enabled: key.state === 'Enabled',
    KeyState: key.state,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    MultiRegion: false,
    CurrentKeyMaterialId: currentMaterial(key).id,
    ...(key.deletion === null ? {} : { DeletionDate: key.deletion }),
  }
}

/** A rotation goes on by itself; here every look at the key brings it on by one. */
function lookedAt(key: KmsKey): void {
  if (key.rotating === null) return
  if (key.rotating > 0) key.rotating -= 1
  else {
    key.materials.push(newMaterial(seconds()))
    key.rotating = null
  }
}

function setState(to: 'Enabled' | 'Disabled'): KmsAction['run'] {
  return (state, request) => {
    const key = named(state, request)
    if (key.state === 'PendingDeletion') usable(key)
    key.state = to
    return {}
  }
}

function dataKey(state: KmsState, request: KmsRequest) {
  const key = usable(named(state, request))
  const plaintext = randomBytes(request.NumberOfBytes ?? (request.KeySpec === 'AES_128' ? 16 : 32))
  return {
    KeyId: arnOf(key.id),
    KeyMaterialId: currentMaterial(key).id,
    Plaintext: plaintext.toString('base64'),
    CiphertextBlob: seal(key, plaintext, request.EncryptionContext).toString('base64'),
  }
}

/** The key that a ciphertext is under; another than the one that is named is refused. */
function source(state: KmsState, blob: Buffer, keyId: string | undefined) {
  const found = sealedUnder(state, blob)
  if (keyId !== undefined && findKey(state, keyId).id !== found.key.id) {
    throw new KmsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  }
  return found
}

function decrypt(state: KmsState, request: KmsRequest) {
  const blob = bytes(request.CiphertextBlob, 'ciphertextBlob')
  const { key, material } = source(state, blob, request.KeyId)
  usable(key)
  return {
    KeyId: arnOf(key.id),
    KeyMaterialId: material.id,
    Plaintext: open(material, blob, request.EncryptionContext).toString('base64'),
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  }
}

function reEncrypt(state: KmsState, request: KmsRequest) {
  const blob = bytes(request.CiphertextBlob, 'ciphertextBlob')
  const { key, material } = source(state, blob, request.SourceKeyId)
  const target = usable(findKey(state, required(request.DestinationKeyId, 'destinationKeyId')))
  const plaintext = open(material, blob, (usable(key), request.SourceEncryptionContext))
  return {
    SourceKeyId: arnOf(key.id),
    SourceKeyMaterialId: material.id,
    KeyId: arnOf(target.id),
    DestinationKeyMaterialId: currentMaterial(target).id,
    CiphertextBlob: seal(target, plaintext, request.DestinationEncryptionContext).toString('base64'),
    SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  }
}

function rotate(state: KmsState, request: KmsRequest, { rotationLooks }: KmsSettings): object {
  const key = usable(named(state, request))
  if (key.rotating !== null) throw new KmsError('ConflictException', 'On-demand rotation is in progress')
  if (key.materials.length > ON_DEMAND_ROTATIONS) {
    throw new KmsError('LimitExceededException', 'The maximum number of on-demand rotations has been exceeded')
  }
  key.rotating = rotationLooks
  return { KeyId: key.id }
}

function listRotations(state: KmsState, request: KmsRequest): object {
  const key = named(state, request)
  const all = key.materials
    .filter(({ rotated }) => rotated !== null || request.IncludeKeyMaterial === 'ALL_KEY_MATERIAL')
    .map(({ id, rotated }) => ({
      KeyId: key.id,
      KeyMaterialId: id,
      KeyMaterialState: id === currentMaterial(key).id ? 'CURRENT' : 'NON_CURRENT',
      ...(rotated === null ? {} : { RotationDate: rotated, RotationType: 'ON_DEMAND' }),
    }))
  const from = Number(request.Marker ?? 0)
  const to = from + Math.min(request.Limit ?? PAGE, PAGE)
  return {
    Rotations: all.slice(from, to),
    Truncated: to < all.length,
    ...(to < all.length ? { NextMarker: `${to}` } : {}),
  }
}

const sealedKey = (state: KmsState, request: KmsRequest): KmsKey =>
  request.KeyId === undefined
    ? sealedUnder(state, bytes(request.CiphertextBlob, 'ciphertextBlob')).key
    : named(state, request)

export const ACTIONS: Readonly<Record<string, KmsAction>> = {
  CreateKey: {
    permissions: () => [['kms:CreateKey', '*']],
    run(state) {
      const key = newKey()
      state.keys[key.id] = key
      return { KeyMetadata: metadata(key) }
    },
  },
  DescribeKey: action('DescribeKey', (state, request) => {
    const key = named(state, request)
    lookedAt(key)
    return { KeyMetadata: metadata(key) }
  }),
  CreateAlias: action('CreateAlias', setAlias, target),
  UpdateAlias: action('UpdateAlias', setAlias, target),
  EnableKey: action('EnableKey', setState('Enabled')),
  DisableKey: action('DisableKey', setState('Disabled')),
  ScheduleKeyDeletion: action('ScheduleKeyDeletion', (state, request) => {
    const key = named(state, request)
    key.state = 'PendingDeletion'
    key.deletion = seconds() + (request.PendingWindowInDays ?? 30) * 86_400
    return { KeyId: arnOf(key.id), DeletionDate: key.deletion, KeyState: key.state }
  }),
  CancelKeyDeletion: action('CancelKeyDeletion', (state, request) => {
    const key = named(state, request)
    Object.assign(key, { state: 'Disabled', deletion: null })
    return { KeyId: arnOf(key.id) }
  }),
  GenerateDataKey: action('GenerateDataKey', dataKey),
  GenerateDataKeyWithoutPlaintext: action('GenerateDataKeyWithoutPlaintext', (state, request) => {
    const { Plaintext: _, ...answer } = dataKey(state, request)
    return answer
  }),
  Encrypt: action('Encrypt', (state, request) => {
    const key = usable(named(state, request))
    const sealed = seal(key, bytes(request.Plaintext, 'plaintext'), request.EncryptionContext)
    return { KeyId: arnOf(key.id), CiphertextBlob: sealed.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
  }),
  Decrypt: action('Decrypt', decrypt, sealedKey),
  ReEncrypt: {
    permissions: (state, request) => [
      [
        'kms:ReEncryptFrom',
        arnOf(sealedKey(state, { ...request, ...(request.SourceKeyId && { KeyId: request.SourceKeyId }) }).id),
      ],
      ['kms:ReEncryptTo', arnOf(findKey(state, required(request.DestinationKeyId, 'destinationKeyId')).id)],
    ],
    run: reEncrypt,
  },
  RotateKeyOnDemand: action('RotateKeyOnDemand', rotate),
  ListKeyRotations: action('ListKeyRotations', listRotations),
  EnableKeyRotation: action('EnableKeyRotation', (state, request) => {
    usable(named(state, request)).automatic = true
    return {}
  }),
  GetKeyRotationStatus: action('GetKeyRotationStatus', (state, request) => {
    const { id, automatic } = named(state, request)
    return { KeyId: id, KeyRotationEnabled: automatic, ...(automatic ? { RotationPeriodInDays: 365 } : {}) }
  }),
}

function target(state: KmsState, request: KmsRequest): KmsKey {
  return findKey(state, required(request.TargetKeyId, 'targetKeyId'))
}

function setAlias(state: KmsState, request: KmsRequest): object {
  state.aliases[required(request.AliasName, 'aliasName')] = target(state, request).id
  return {}
}
