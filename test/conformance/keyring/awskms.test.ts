import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAwsKmsKeyring, type AwsKmsKeyring, type AwsKmsOptions } from '#services/encrypt/keys/awskms/keyring.ts'
import { startAwsKms, type AwsKmsEmulator } from '#emulators/aws-kms.ts'
import { startKeyVault } from '#emulators/keyvault.ts'
import { describeKeyring, describeRemoteKeyring } from './suite.ts'

const CONTEXT = { dataset: 'mnist', kid: '00112233445566778899aabbccddeeff' }
const credentials = { accessKeyId: 'credence', secretAccessKey: 'not-a-secret' }

let emulator: AwsKmsEmulator
let admin: KMSClient
beforeAll(async () => {
  emulator = await startAwsKms()
  admin = new KMSClient({ region: 'us-east-1', endpoint: emulator.endpoint, credentials, maxAttempts: 1 })
})
afterAll(async () => {
  admin.destroy()
  await emulator.close()
})
beforeEach(() => emulator.clearFaults())

async function newKeyArn(): Promise<string> {
  const { KeyMetadata } = await admin.send(new CreateKeyCommand({}))
  return KeyMetadata?.Arn ?? ''
}

function keyringOf(keyId: string, more: Partial<AwsKmsOptions> = {}): AwsKmsKeyring {
  const { endpoint, region } = emulator
  return createAwsKmsKeyring({
    key: keyId,
    region,
    endpoint,
    emulator: true,
    credentials,
    ...more,
    ...(more.emulator === false ? {} : { stsEndpoint: endpoint }),
  })
}

describeKeyring('AWS KMS', {
  open: async () => keyringOf(await newKeyArn()),
  rotate: async (keyring) => {
    await keyring.rotate?.()
  },
})

describeRemoteKeyring('AWS KMS', {
  open: async () => keyringOf(await newKeyArn()),
  emulator: () => emulator,
  permissions: { wrap: 'kms:Encrypt', unwrap: 'kms:Decrypt' },
  identity: 'arn:aws:iam::000000000000:user/credence',
  disable: async (keyId) => {
    await admin.send(new DisableKeyCommand({ KeyId: keyId }))
  },
  enable: async (keyId) => {
    await admin.send(new EnableKeyCommand({ KeyId: keyId }))
  },
})

describe('keyring: AWS KMS, what is its own', () => {
  test('the encryption context names the dataset and the key, and the call names the key by its ARN', async () => {
    const arn = await newKeyArn()
    const before = emulator.calls.length
    const wrap = await keyringOf(arn).wrap(randomBytes(32), CONTEXT)
    expect(wrap.keyId).toBe(arn)
    expect(wrap.version).toMatch(/^[0-9a-f]{64}$/)
    expect(emulator.calls.slice(before)).toEqual([
      { action: 'kms:Encrypt', resource: arn },
      { action: 'kms:Decrypt', resource: arn },
    ])
  })

  test('a key that is pending deletion says so until its deletion is cancelled', async () => {
    const arn = await newKeyArn()
    const keyring = keyringOf(arn)
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await admin.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 }))
    await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({
      code: 'denied',
      reason: 'key_pending_deletion',
      message: expect.stringContaining(arn) as string,
    })
    await admin.send(new CancelKeyDeletionCommand({ KeyId: arn }))
    await admin.send(new EnableKeyCommand({ KeyId: arn }))
    await keyring.unwrap(wrap, CONTEXT)
  })

  test('an alias resolves to its key; once it points elsewhere, the former key must be named', async () => {
    const [first, second] = [await newKeyArn(), await newKeyArn()]
    await admin.send(new CreateAliasCommand({ AliasName: 'alias/moves', TargetKeyId: first }))
    const key = randomBytes(32)
    const wrap = await keyringOf('alias/moves').wrap(key, CONTEXT)
    expect(wrap.keyId).toBe(first)
    await admin.send(new UpdateAliasCommand({ AliasName: 'alias/moves', TargetKeyId: second }))
    await expect(keyringOf('alias/moves').unwrap(wrap, CONTEXT)).rejects.toMatchObject({
      code: 'not_found',
      reason: 'unknown_key',
    })
    const follower = keyringOf('alias/moves', { formerKeys: [first] })
    expect(Buffer.from(await follower.unwrap(wrap, CONTEXT))).toEqual(key)
    const moved = await follower.rewrap(wrap, CONTEXT)
    expect(moved.keyId).toBe(second)
    expect(Buffer.from(await keyringOf(second).unwrap(moved, CONTEXT))).toEqual(key)
  })

  test('a rewrap inside the service shows the key to nobody, and needs no permission to decrypt', async () => {
    const keyring = keyringOf(await newKeyArn())
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    const { version } = await keyring.rotate()
    const before = emulator.calls.length
    const moved = await keyring.rewrap(wrap, CONTEXT)
    expect(moved.version).toBe(version)
    expect(emulator.calls.slice(before).map(({ action }) => action)).toEqual(['kms:ReEncryptFrom', 'kms:ReEncryptTo'])
    await expect(keyring.rewrap(wrap, { ...CONTEXT, dataset: 'mails' })).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('a wrap under a key of somebody else is not even asked for', async () => {
    const wrap = await keyringOf(await newKeyArn()).wrap(randomBytes(32), CONTEXT)
    const before = emulator.calls.length
    await expect(keyringOf(await newKeyArn()).unwrap(wrap, CONTEXT)).rejects.toMatchObject({ reason: 'unknown_key' })
    expect(emulator.calls.slice(before).map(({ action }) => action)).toEqual(['kms:CreateKey'])
  })

  test('versions are listed over all pages, oldest first; the last is current', async () => {
    const keyring = keyringOf(await newKeyArn())
    const made = [(await keyring.current()).version]
    for (let i = 0; i < 5; i++) made.push((await keyring.rotate()).version)
    expect((await keyring.versions()).map(({ version }) => version)).toEqual(made)
    expect((await keyring.current()).version).toBe(made.at(-1))
  })

  test('a rotation that takes its time is waited for; one that takes too long is left to itself', async () => {
    const slow = await startAwsKms({ rotationLooks: 3 })
    try {
      const at = new KMSClient({ region: 'us-east-1', endpoint: slow.endpoint, credentials })
      const { KeyMetadata } = await at.send(new CreateKeyCommand({}))
      const options = { endpoint: slow.endpoint, rotationPollMs: 1 }
      const keyring = keyringOf(KeyMetadata?.Arn ?? '', options)
      const before = await keyring.current()
      expect((await keyring.rotate()).version).not.toBe(before.version)
      const hasty = keyringOf(KeyMetadata?.Arn ?? '', { ...options, rotationPolls: 1 })
      await expect(hasty.rotate()).rejects.toMatchObject({ code: 'unavailable', reason: 'rotation_in_progress' })
      await expect(hasty.rotate()).rejects.toMatchObject({ code: 'unavailable', reason: 'rotation_in_progress' })
      at.destroy()
    } finally {
      await slow.close()
    }
  })

  test('a version cannot be ended by itself, and the refusal says what to do instead', async () => {
    const keyring = keyringOf(await newKeyArn())
    const { version } = await keyring.current()
    await expect(keyring.retire(version)).rejects.toMatchObject({ code: 'conflict', reason: 'current' })
    await keyring.rotate()
    await expect(keyring.retire(version)).rejects.toMatchObject({
      code: 'denied',
      reason: 'not_retirable',
      message: expect.stringContaining('make a new key') as string,
    })
  })

  test('the eleventh rotation on demand is refused with what to do', async () => {
    const keyring = keyringOf(await newKeyArn())
    for (let i = 0; i < 10; i++) await keyring.rotate()
    await expect(keyring.rotate()).rejects.toMatchObject({ code: 'denied', reason: 'rotation_limit' })
  })

  test('the check tells identity, state, both permissions and rotation', async () => {
    const arn = await newKeyArn()
    const states = async () => (await keyringOf(arn).check()).map(({ what, state }) => [what.split(' ')[0], state])
    expect(await states()).toEqual([
      ['identity', 'ok'],
      ['key', 'ok'],
      ['permission', 'ok'],
      ['permission', 'ok'],
      ['rotation', 'warn'],
    ])
    await admin.send(new EnableKeyRotationCommand({ KeyId: arn }))
    emulator.inject({ action: 'kms:Decrypt', kind: 'denied' })
    emulator.inject({ action: 'kms:DescribeKey', kind: 'denied', times: 1 })
    const lines = await keyringOf(arn).check()
    expect(lines.map(({ state }) => state)).toEqual(['ok', 'unknown', 'ok', 'failed', 'ok'])
    expect(lines[3]).toMatchObject({
      what: 'permission kms:Decrypt',
      says: expect.stringContaining('arn:aws:iam::000000000000:user/credence') as string,
    })
  })

  test('a certificate that nobody vouches for is refused, for good', async () => {
    const stranger = await startKeyVault() // any server over TLS
    const keyring = keyringOf(await newKeyArn(), { endpoint: stranger.endpoint, emulator: false })
    await expect(keyring.current()).rejects.toMatchObject({ code: 'denied', reason: 'tls' })
    await stranger.close()
  })

  test('what was answered is there after a new start on the same folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-kms-'))
    try {
      const first = await startAwsKms({ folder })
      const at = new KMSClient({ region: 'us-east-1', endpoint: first.endpoint, credentials })
      const arn = (await at.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
      const key = randomBytes(32)
      const wrap = await keyringOf(arn, { endpoint: first.endpoint }).wrap(key, CONTEXT)
      at.destroy()
      await first.close()
      const second = await startAwsKms({ folder })
      expect(Buffer.from(await keyringOf(arn, { endpoint: second.endpoint }).unwrap(wrap, CONTEXT))).toEqual(key)
      await second.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test.each([
    [{ key: 'alias/x' }, 'region'],
    [{ key: 'alias/x', region: 'us-east-1', endpoint: 'http://kms.example' }, 'insecure_endpoint'],
  ])('refuses %j at once', (options, reason) => {
    expect(() => createAwsKmsKeyring(options)).toThrow(expect.objectContaining({ code: 'invalid', reason }) as Error)
  })
})
