import { createHash, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { KeyClient } from '@azure/keyvault-keys'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { canonicalJson } from '#core/value.ts'
import {
  createKeyVaultKeyring,
  type KeyVaultKeyring,
  type KeyVaultOptions,
} from '#services/encrypt/keys/keyvault/keyring.ts'
import { startKeyVault, type KeyVaultEmulator } from '#emulators/keyvault.ts'
import { describeKeyring, describeRemoteKeyring } from './suite.ts'

const CONTEXT = { dataset: 'mnist', kid: '00112233445566778899aabbccddeeff' }
const WRAP = 'Microsoft.KeyVault/vaults/keys/wrap/action'
const SIGN = 'Microsoft.KeyVault/vaults/keys/sign/action'
const UNWRAP = 'Microsoft.KeyVault/vaults/keys/unwrap/action'

const claims = { appid: '11111111-aaaa', oid: '22222222-bbbb' }
const credential = {
  getToken: async () => ({
    token: `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`,
    expiresOnTimestamp: Date.now() + 3_600_000,
  }),
}

let vault: KeyVaultEmulator
let admin: KeyClient
beforeAll(async () => {
  vault = await startKeyVault()
  admin = adminOf(vault)
})
afterAll(() => vault.close())
beforeEach(() => vault.clearFaults())

function adminOf({ endpoint, ca }: KeyVaultEmulator): KeyClient {
  return new KeyClient(endpoint, credential, { disableChallengeResourceVerification: true, tlsOptions: { ca } })
}

let names = 0
async function newKeyId(): Promise<string> {
  const name = `key-${++names}`
  await admin.createRsaKey(name, { keySize: 2048 })
  return `${vault.endpoint}/keys/${name}`
}

function keyringOf(keyId: string, more: Partial<KeyVaultOptions> = {}): KeyVaultKeyring {
  return createKeyVaultKeyring({ key: keyId, credential, ca: vault.ca, emulator: true, ...more })
}

const nameOf = (keyId: string) => keyId.split('/').at(-1) ?? ''

describeKeyring('Key Vault', {
  open: async () => keyringOf(await newKeyId()),
  rotate: async (keyring) => {
    await keyring.rotate?.()
  },
})

describeRemoteKeyring('Key Vault', {
  open: async () => keyringOf(await newKeyId()),
  emulator: () => vault,
  permissions: { wrap: WRAP, unwrap: UNWRAP },
  identity: 'appid=11111111-aaaa;oid=22222222-bbbb',
  disable: async (keyId, version) => {
    await admin.updateKeyProperties(nameOf(keyId), version, { enabled: false })
  },
  enable: async (keyId, version) => {
    await admin.updateKeyProperties(nameOf(keyId), version, { enabled: true })
  },
})

describe('keyring: Key Vault, what is its own', () => {
  test('wrapping happens in the vault under the full version, and is signed there; unwrapping is one call', async () => {
    const keyId = await newKeyId()
    const keyring = keyringOf(keyId)
    const before = vault.calls.length
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await keyring.unwrap(wrap, CONTEXT)
    const resource = `${keyId}/${wrap.version}`
    expect(vault.calls.slice(before)).toEqual([
      { action: 'Microsoft.KeyVault/vaults/keys/read', resource: keyId },
      { action: WRAP, resource },
      { action: SIGN, resource },
      { action: UNWRAP, resource },
    ])
  })

  test('a wrap that somebody made with the public key alone is refused before the vault is asked', async () => {
    const keyId = await newKeyId()
    const keyring = keyringOf(keyId)
    const honest = await keyring.wrap(randomBytes(32), CONTEXT)
    const { key } = await admin.getKey(nameOf(keyId))
    const jwk = { kty: 'RSA', n: Buffer.from(key?.n ?? '').toString('base64url'), e: 'AQAB' }
    const bound = { format: 'credence-key/1', ...CONTEXT, provider: 'keyvault', keyId, version: honest.version }
    const digest = createHash('sha256').update(canonicalJson(bound)).digest()
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    const wrapped = publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, Buffer.concat([Buffer.alloc(32, 7), digest]))
    const before = vault.calls.length
    for (const signature of [Buffer.from(honest.blob, 'base64').subarray(256), randomBytes(256), Buffer.alloc(0)]) {
      const forged = { ...honest, blob: Buffer.concat([wrapped, signature]).toString('base64') }
      await expect(keyring.unwrap(forged, CONTEXT)).rejects.toMatchObject({ code: 'corrupt', reason: 'wrong_context' })
    }
    expect(vault.calls).toHaveLength(before)
  })

  test('a process that did not wrap reads the public key of a version once', async () => {
    const keyId = await newKeyId()
    const wrap = await keyringOf(keyId).wrap(randomBytes(32), CONTEXT)
    const cold = keyringOf(keyId)
    const before = vault.calls.length
    for (let i = 0; i < 3; i++) await cold.unwrap(wrap, CONTEXT)
    const actions = vault.calls.slice(before).map(({ action }) => action)
    expect(actions).toEqual(['Microsoft.KeyVault/vaults/keys/read', UNWRAP, UNWRAP, UNWRAP])
  })

  test('a version that is not one never reaches the vault', async () => {
    const keyring = keyringOf(await newKeyId())
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    const before = vault.calls.length
    for (const version of ['', '../other/0', `${wrap.version}/../x`, '?api-version=1']) {
      await expect(keyring.unwrap({ ...wrap, version }, CONTEXT)).rejects.toMatchObject({ code: 'corrupt' })
    }
    expect(vault.calls).toHaveLength(before)
  })

  test('a certificate that nobody vouches for is refused, for good, before anything is sent', async () => {
    const before = vault.calls.length
    const { ca: _, ...untrusting } = { key: `${vault.endpoint}/keys/key-1`, credential, emulator: true, ca: '' }
    await expect(createKeyVaultKeyring(untrusting).current()).rejects.toMatchObject({ code: 'denied', reason: 'tls' })
    expect(vault.calls).toHaveLength(before)
  })

  test('an address that is not a vault of Azure is not given a token', async () => {
    const keyring = keyringOf(await newKeyId(), { emulator: false })
    const before = vault.calls.length
    await expect(keyring.current()).rejects.toMatchObject({ name: 'AppError' })
    expect(vault.calls).toHaveLength(before)
  })

  test('versions are listed over all pages, oldest first, and the newest wraps', async () => {
    const keyring = keyringOf(await newKeyId())
    const made = [(await keyring.current()).version]
    for (let i = 0; i < 3; i++) made.push((await keyring.rotate()).version)
    const listed = (await keyring.versions()).map(({ version }) => version)
    expect(new Set(listed)).toEqual(new Set(made))
    expect(listed.at(-1)).toBe(made.at(-1))
    expect((await keyring.wrap(randomBytes(32), CONTEXT)).version).toBe(made.at(-1))
  })

  test('retiring disables a version, which then unwraps nothing; the newest cannot be retired', async () => {
    const keyring = keyringOf(await newKeyId())
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await expect(keyring.retire(wrap.version)).rejects.toMatchObject({ code: 'conflict', reason: 'current' })
    await keyring.rotate()
    await keyring.retire(wrap.version)
    expect((await keyring.versions())[0]).toMatchObject({ version: wrap.version, state: 'disabled' })
    await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({ code: 'denied', reason: 'key_disabled' })
  })

  test('a key that was deleted softly unwraps again once it is recovered', async () => {
    const keyId = await newKeyId()
    const keyring = keyringOf(keyId)
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await (await admin.beginDeleteKey(nameOf(keyId))).pollUntilDone()
    await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({ code: 'not_found', reason: 'key_destroyed' })
    await (await admin.beginRecoverDeletedKey(nameOf(keyId))).pollUntilDone()
    await keyring.unwrap(wrap, CONTEXT)
  })

  test('a key that was purged is gone: its versions do not come back under its name', async () => {
    const keyId = await newKeyId()
    const keyring = keyringOf(keyId)
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await (await admin.beginDeleteKey(nameOf(keyId))).pollUntilDone()
    await admin.purgeDeletedKey(nameOf(keyId))
    await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({ code: 'not_found', reason: 'key_destroyed' })
    await admin.createRsaKey(nameOf(keyId), { keySize: 2048 })
    await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({ code: 'not_found', reason: 'key_destroyed' })
  })

  test('what a former key wrapped still unwraps', async () => {
    const former = await newKeyId()
    const key = randomBytes(32)
    const wrap = await keyringOf(former).wrap(key, CONTEXT)
    const follower = keyringOf(await newKeyId(), { formerKeys: [former] })
    expect(Buffer.from(await follower.unwrap(wrap, CONTEXT))).toEqual(key)
  })

  test('the check tells identity, state, both permissions and rotation', async () => {
    const keyId = await newKeyId()
    const lines = await keyringOf(keyId).check()
    expect(lines.map(({ state }) => state)).toEqual(['ok', 'warn', 'ok', 'ok', 'warn'])
    expect(lines[0]?.says).toBe('app 11111111-aaaa (object 22222222-bbbb)')
    expect(lines[1]?.fix).toContain('purge protection')
    await admin.updateKeyRotationPolicy(nameOf(keyId), {
      lifetimeActions: [{ action: 'Rotate', timeAfterCreate: 'P90D' }],
    })
    vault.inject({ action: UNWRAP, kind: 'denied' })
    const refused = await keyringOf(keyId).check()
    expect(refused.map(({ state }) => state)).toEqual(['ok', 'warn', 'ok', 'failed', 'ok'])
    expect(refused[3]).toMatchObject({ what: `permission ${UNWRAP}` })
  })

  test('what was answered is there after a new start on the same folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-vault-'))
    try {
      const first = await startKeyVault({ folder })
      await adminOf(first).createRsaKey('kept', { keySize: 2048 })
      const key = randomBytes(32)
      const keyId = `${first.endpoint}/keys/kept`
      const wrap = await keyringOf(keyId, { ca: first.ca }).wrap(key, CONTEXT)
      await first.close()
      const second = await startKeyVault({ folder, port: Number(new URL(first.endpoint).port) })
      expect(Buffer.from(await keyringOf(keyId, { ca: second.ca }).unwrap(wrap, CONTEXT))).toEqual(key)
      await second.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test.each([
    ['http://vault.example/keys/k', 'insecure_endpoint'],
    ['https://vault.example/secrets/k', 'key_id'],
    ['https://vault.example/keys/k/0123', 'key_id'],
    ['k', 'key_id'],
  ])('refuses %s at once', (keyId, reason) => {
    expect(() => createKeyVaultKeyring({ key: keyId, credential })).toThrow(
      expect.objectContaining({ code: 'invalid', reason }) as Error,
    )
  })
})
