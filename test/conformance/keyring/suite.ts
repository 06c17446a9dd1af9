import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isAppError } from '#core/errors.ts'
import type { Keyring, Wrap } from '#services/encrypt/keyring.ts'
import type { Emulator } from '#emulators/emulator.ts'

export interface KeyringSuite {
  /** Opens a keyring under a fresh key. */
  readonly open: () => Promise<Keyring>
  /** Gives the keyring's key a new version, as its operator would. */
  readonly rotate: (keyring: Keyring) => Promise<void>
  /** Cases to skip, by title, with the reason why the service behind the keyring cannot support them. */
  readonly skip?: Readonly<Record<string, string>>
}

const CONTEXT = { dataset: 'mnist', kid: '00112233445566778899aabbccddeeff' }

/** The tests that every key service must pass. */
export function describeKeyring(name: string, { open, rotate, skip = {} }: KeyringSuite): void {
  describe(`keyring: ${name}`, () => {
    let keyring: Keyring
    beforeAll(async () => {
      keyring = await open()
    })
    beforeEach((context) => {
      const reason = skip[context.task.name]
      context.skip(reason !== undefined, reason)
    })

    it('unwraps what it wrapped', async () => {
      const key = randomBytes(32)
      const wrap = await keyring.wrap(key, CONTEXT)
      expect(wrap.provider).toBe(keyring.provider)
      expect(Buffer.from(await keyring.unwrap(wrap, CONTEXT))).toEqual(key)
    })

    it('names the key and the version that it wrapped under', async () => {
      const { keyId, version } = await keyring.wrap(randomBytes(32), CONTEXT)
      expect({ keyId, version }).toEqual(await keyring.current())
    })

    it('never shows the key it wraps', async () => {
      const key = randomBytes(32)
      const wrap = await keyring.wrap(key, CONTEXT)
      expect(Buffer.from(wrap.blob, 'base64').includes(key)).toBe(false)
      expect((await keyring.wrap(key, CONTEXT)).blob).not.toBe(wrap.blob)
    })

    it('does not unwrap under another context', async () => {
      const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
      await refuses(keyring.unwrap(wrap, { ...CONTEXT, dataset: 'mails' }))
      await refuses(keyring.unwrap(wrap, { ...CONTEXT, kid: 'ff112233445566778899aabbccddeeff' }))
      await refuses(keyring.unwrap(wrap, { dataset: CONTEXT.kid, kid: CONTEXT.dataset }))
    })

    it('does not unwrap where the record says anything else of the key', async () => {
      const said = { epoch: 2, created: '2026-01-01T00:00:00.000Z', state: 'active' }
      const key = randomBytes(32)
      const wrap = await keyring.wrap(key, { ...CONTEXT, said })
      expect(Buffer.from(await keyring.unwrap(wrap, { ...CONTEXT, said }))).toEqual(key)
      await refuses(keyring.unwrap(wrap, { ...CONTEXT, said: { ...said, epoch: 3 } }))
      await refuses(keyring.unwrap(wrap, { ...CONTEXT, said: { ...said, created: '2999-01-01T00:00:00.000Z' } }))
      await refuses(keyring.unwrap(wrap, { ...CONTEXT, said: { ...said, state: 'destroyed' } }))
      await refuses(keyring.unwrap(wrap, CONTEXT)) // as if it were a wrap of the former format
      await refuses(keyring.unwrap(await keyring.wrap(key, CONTEXT), { ...CONTEXT, said }))
    })

    it('does not unwrap what was altered, wherever the bit flipped', async () => {
      const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
      const blob = Buffer.from(wrap.blob, 'base64')
      for (const at of [0, Math.floor(blob.length / 2), blob.length - 1]) {
        const altered = Buffer.from(blob)
        altered.writeUInt8(altered.readUInt8(at) ^ 1, at)
        await refuses(keyring.unwrap({ ...wrap, blob: altered.toString('base64') }, CONTEXT))
      }
      for (const cut of [blob.subarray(0, -1), blob.subarray(0, 4), Buffer.alloc(0)]) {
        await refuses(keyring.unwrap({ ...wrap, blob: cut.toString('base64') }, CONTEXT))
      }
    })

    it('does not unwrap under a key or a version that it does not have', async () => {
      const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
      await refuses((await open()).unwrap(wrap, CONTEXT))
      await refuses(keyring.unwrap({ ...wrap, version: unknownVersion(wrap) }, CONTEXT))
    })

    it('still unwraps what an older version wrapped once the key has a new one', async () => {
      const key = randomBytes(32)
      const before = await keyring.wrap(key, CONTEXT)
      await rotate(keyring)
      expect((await keyring.current()).keyId).toBe(before.keyId)
      expect((await keyring.current()).version).not.toBe(before.version)
      expect(Buffer.from(await keyring.unwrap(before, CONTEXT))).toEqual(key)
      const after = await keyring.wrap(key, CONTEXT)
      expect(after.version).not.toBe(before.version)
      expect(Buffer.from(await keyring.unwrap(after, CONTEXT))).toEqual(key)
    })
  })
}

async function refuses(unwrapping: Promise<unknown>): Promise<void> {
  const error = await unwrapping.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(isAppError(error), 'refused with an AppError').toBe(true)
  expect(['denied', 'corrupt', 'not_found', 'invalid']).toContain(isAppError(error) ? error.code : '')
}

/** A well-formed version that the key does not have. */
function unknownVersion({ version }: Wrap): string {
  return version.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (digit) => (digit === '9' ? '8' : '9'))
}

export interface RemoteKeyringSuite {
  readonly open: () => Promise<Keyring>
  readonly emulator: () => Emulator
  readonly permissions: { readonly wrap: string; readonly unwrap: string }
  /** The caller's name in the service's refusals; undefined if the service names nobody. */
  readonly identity?: string
  readonly disable: (keyId: string, version: string) => Promise<void>
  readonly enable: (keyId: string, version: string) => Promise<void>
}

/**
 * The tests of failures that every key service over a network must pass: one call, no retry, and an error that says which call
 * failed and why.
 */
export function describeRemoteKeyring(name: string, suite: RemoteKeyringSuite): void {
  const { open, emulator, permissions, identity, disable, enable } = suite
  describe(`keyring: ${name}, when the service fails`, () => {
    let keyring: Keyring
    let wrap: Wrap
    beforeAll(async () => {
      keyring = await open()
    })
    beforeEach(async () => {
      emulator().clearFaults()
      wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    })
    afterAll(() => emulator().clearFaults())

    it.each([
      ['throttled', 'throttled', 'throttled'],
      ['denied', 'denied', 'access_denied'],
      ['unavailable', 'unavailable', 'unavailable'],
      ['torn', 'unavailable', 'unavailable'],
      ['torn_after', 'unavailable', 'unavailable'],
      ['disabled', 'denied', 'key_disabled'],
      ['destroyed', 'not_found', 'key_destroyed'],
    ] as const)(
      '%s: unwrapping throws %s (%s) after one call, and works again afterwards',
      async (kind, code, reason) => {
        const before = emulator().calls.length
        emulator().inject({ action: permissions.unwrap, kind, times: 1 })
        await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({ name: 'AppError', code, reason })
        expect(
          emulator()
            .calls.slice(before)
            .map(({ action }) => action),
        ).toEqual([permissions.unwrap])
        await keyring.unwrap(wrap, CONTEXT)
      },
    )

    it('wrapping that is throttled or cut off is not tried again by itself', async () => {
      for (const kind of ['throttled', 'torn'] as const) {
        const before = emulator().calls.length
        emulator().inject({ action: permissions.wrap, kind, times: 1 })
        await expect(keyring.wrap(randomBytes(32), CONTEXT)).rejects.toMatchObject({ name: 'AppError' })
        const wraps = emulator()
          .calls.slice(before)
          .filter(({ action }) => action === permissions.wrap)
        expect(wraps).toHaveLength(1)
      }
    })

    it('a refusal says in one line which key, which identity, which permission, and what to do', async () => {
      emulator().inject({ action: permissions.unwrap, kind: 'denied', times: 1 })
      const error = await keyring.unwrap(wrap, CONTEXT).catch((thrown: unknown) => thrown)
      const message = isAppError(error) ? error.message : ''
      expect(message).not.toContain('\n')
      for (const part of [
        wrap.keyId,
        permissions.unwrap,
        ...(identity === undefined ? [] : [identity]),
        ': grant it',
      ]) {
        expect(message).toContain(part)
      }
      expect(message).not.toContain(wrap.blob)
    })

    it('a key that is disabled on the way neither wraps nor unwraps, and does both once it is enabled again', async () => {
      const key = randomBytes(32)
      const made = await keyring.wrap(key, CONTEXT)
      await disable(made.keyId, made.version)
      const refused = { code: 'denied', reason: 'key_disabled' }
      await expect(keyring.unwrap(made, CONTEXT)).rejects.toMatchObject(refused)
      await expect(keyring.wrap(key, CONTEXT)).rejects.toMatchObject(refused)
      await enable(made.keyId, made.version)
      expect(Buffer.from(await keyring.unwrap(made, CONTEXT))).toEqual(key)
      await keyring.wrap(key, CONTEXT)
    })

    it('a service that is not there is unavailable, and the check says so without throwing', async () => {
      emulator().inject({ kind: 'torn' })
      await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({ code: 'unavailable' })
      const lines = (await keyring.check?.()) ?? []
      const states = lines.filter(({ what }) => !what.startsWith('identity')).map(({ state }) => state)
      expect(states).toContain('failed')
      expect(states).not.toContain('ok')
      emulator().clearFaults()
    })
  })
}
