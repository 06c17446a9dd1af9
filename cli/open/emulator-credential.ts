import type { TokenCredential } from '@azure/identity'

/** What signs in to an emulator of Azure: it has no directory that could issue a token. Only where `emulator: true`. */
export function emulatorCredential(): TokenCredential {
  const claims = Buffer.from(JSON.stringify({ oid: 'emulator', appid: 'credence' })).toString('base64url')
  return { getToken: async () => ({ token: `e30.${claims}.`, expiresOnTimestamp: Date.now() + 3_600_000 }) }
}
