import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { isAppError } from '#core/errors.ts'
import type { Keyring, Wrap } from '#services/encrypt/keyring.ts'

export interface KeyringSuite {
  /** A keyring under a fresh key. */
  readonly open: () => Promise<Keyring>
  /** Gives the keyring's key a new version, as its operator would. */
  readonly rotate: (keyring: Keyring) => Promise<void>
}

const CONTEXT = { dataset: 'mnist', kid: '00112233445566778899aabbccddeeff' }

/** What every key service must do, whatever it stands on. */
export function describeKeyring(name: string, { open, rotate }: KeyringSuite): void {
  describe(`keyring: ${name}`, () => {
    let keyring: Keyring
    beforeAll(async () => {
      keyring = await open()
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

/** A version of the same form that the key does not have. */
function unknownVersion({ version }: Wrap): string {
  return version.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (digit) => (digit === '9' ? '8' : '9'))
}
