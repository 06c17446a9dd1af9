import type { TokenCredential } from '@azure/identity'

const LASTS_MS = 3_600_000

/** What signs in to an emulator of Azure: it has no directory that could issue a token. Only where `emulator: true`. */
export function emulatorCredential(): TokenCredential {
  return {
    async getToken(scopes) {
      const expiresOnTimestamp = Date.now() + LASTS_MS
      const aud = [scopes].flat()[0]?.replace(/\/\.default$/, '')
      const claims = { aud, exp: Math.floor(expiresOnTimestamp / 1000), oid: 'emulator', appid: 'credence' }
      return { token: `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`, expiresOnTimestamp }
    },
  }
}
