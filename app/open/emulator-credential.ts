import type { TokenCredential } from '@azure/identity'

/** An invented tenant: Azurite accepts tokens whose issuer looks like a directory's. */
const ISSUER = 'https://sts.windows.net/00000000-0000-0000-0000-000000000000/'

/** The credential for an emulator of Azure, which has no directory to issue tokens. Only used with `emulator: true`. */
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
