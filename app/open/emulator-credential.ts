import type { TokenCredential } from '@azure/identity'

/** A tenant of nobody: Azurite takes tokens whose issuer looks like a directory's. */
const ISSUER = 'https://sts.windows.net/00000000-0000-0000-0000-000000000000/'

/** What signs in to an emulator of Azure: it has no directory that could issue a token. Only where `emulator: true`. */
export function emulatorCredential(): TokenCredential {
  return {
    async getToken(scopes) {
      const [scope = ''] = typeof scopes === 'string' ? [scopes] : scopes
      const now = Math.floor(Date.now() / 1000)
      const exp = now + 3600
      const audience = scope.replace(/\/\.default$/, '')
      const claims = { aud: audience, iss: ISSUER, iat: now, nbf: now, exp, oid: 'emulator', appid: 'credence' }
      const encoded = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return { token: `e30.${encoded}.`, expiresOnTimestamp: exp * 1000 }
    },
  }
}
