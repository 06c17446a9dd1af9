import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { emulatorCredential } from './emulator-credential.ts'

interface Authenticator {
  authenticateBasic(token: string, context: object): Promise<boolean>
}

/** Azurite's own check of a token, as it makes it when it is started with `--oauth basic`. */
const { default: BlobTokenAuthenticator } = createRequire(import.meta.url)(
  'azurite/dist/src/blob/authentication/BlobTokenAuthenticator.js',
) as { default: new (accounts: object, oauth: string, logger: object) => Authenticator }

test.each(['https://storage.azure.com/.default', 'https://credence.blob.core.windows.net/.default'])(
  'Azurite takes the token for %s',
  async (scope) => {
    const quiet = { info: () => {}, warn: () => {}, error: () => {} }
    const azurite = new BlobTokenAuthenticator({}, 'basic', quiet)
    const { token = '', expiresOnTimestamp = 0 } = (await emulatorCredential().getToken(scope)) ?? {}
    const at = (time: number) => ({ startTime: new Date(time), contextId: 'test', account: 'credence' })
    await expect(azurite.authenticateBasic(token, at(Date.now()))).resolves.toBe(true)
    await expect(azurite.authenticateBasic(token, at(expiresOnTimestamp + 1))).rejects.toMatchObject({
      body: expect.stringContaining('expired') as string,
    })
  },
)
