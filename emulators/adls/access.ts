import type { StorageRequest } from './actions.ts'
import type { Settings } from './tree.ts'
import { header, Refusal } from './wire.ts'

const AUDIENCE = /^https:\/\/(?:storage\.azure\.com|[a-z0-9]+\.(?:blob|dfs)\.core\.windows\.net)\/?$/

/**
 * Lets a request through that carries an account key's signature or a bearer token for storage that has not expired; their
 * signatures are not verified. A stranger's is told what the service tells: whether the account forbids public access
 * altogether, or only this container has none.
 */
export function authorize(request: StorageRequest, allowPublicAccess: boolean, settings: Settings | undefined): void {
  const authorization = header(request.headers, 'authorization')
  if (authorization === undefined) {
    if (!allowPublicAccess) {
      throw new Refusal(409, 'PublicAccessNotPermitted', 'Public access is not permitted on this storage account.')
    }
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (reads && (settings?.publicAccess === 'container' || (settings?.publicAccess === 'blob' && request.path !== '')))
      return
    throw new Refusal(404, 'ResourceNotFound', 'The specified resource does not exist.')
  }
  if (/^SharedKey [^:]+:[A-Za-z0-9+/]+=*$/.test(authorization)) return
  const token = /^Bearer ([^ ]+)$/.exec(authorization)?.[1]
  if (token === undefined) throw new Refusal(400, 'InvalidAuthenticationInfo')
  const { aud, exp } = claimsIn(token)
  if (typeof aud !== 'string' || !AUDIENCE.test(aud)) {
    throw new Refusal(401, 'InvalidAuthenticationInfo', 'Audience validation failed.')
  }
  if (typeof exp !== 'number' || exp * 1000 < Date.now()) {
    throw new Refusal(401, 'InvalidAuthenticationInfo', 'Lifetime validation failed. The token is expired.')
  }
}

function claimsIn(token: string): { aud?: unknown; exp?: unknown } {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      aud?: unknown
      exp?: unknown
    }
  } catch {
    throw new Refusal(401, 'InvalidAuthenticationInfo', 'The token is malformed.')
  }
}
