import type { TokenCredential } from '@azure/identity'

/** What signs in to an emulator of Azure: it has no directory that could issue a token. Only where `emulator: true`. */
export function emulatorCredential(): TokenCredential {
  return {
    async getToken(scopes) {
      const [scope = ''] = typeof scopes === 'string' ? [scopes] : scopes
      const expires = Date.now() + 3_600_000
      const audience = scope.replace(/\/\.default$/, '')
      const claims = { aud: audience, exp: Math.floor(expires / 1000), oid: 'emulator', appid: 'credence' }
      const encoded = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return { token: `e30.${encoded}.`, expiresOnTimestamp: expires }
    },
  }
}
