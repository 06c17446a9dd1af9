import { GoogleAuth } from 'google-auth-library'
import { AppError } from '#core/errors.ts'
import { restError } from './errors.ts'

/** Permits to sign in to Cloud SQL and nothing else. */
const SCOPE = 'https://www.googleapis.com/auth/sqlservice.login'

/** The part of a Google client's credentials that is used here. */
export interface TokenSource {
  getAccessToken(): Promise<string | null | undefined>
}

/**
 * Returns a function that gets tokens which Cloud SQL accepts as a password; the SDK caches each until shortly before it
 * expires. The function throws errors as `restError` maps them.
 */
export function cloudSqlTokens(auth: TokenSource = new GoogleAuth({ scopes: [SCOPE] })): () => Promise<string> {
  return async () => {
    const token = await auth.getAccessToken().catch((error: unknown) => {
      throw restError(error, 'catalog: a token for Cloud SQL')
    })
    if (typeof token === 'string' && token !== '') return token
    throw new AppError('denied', 'catalog: Google gives no token for Cloud SQL', { reason: 'credentials' })
  }
}
