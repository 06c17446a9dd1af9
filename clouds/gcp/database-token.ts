import { GoogleAuth } from 'google-auth-library'
import { AppError } from '#core/errors.ts'
import { restError } from './errors.ts'

/** Lets its bearer sign in to Cloud SQL, and do nothing else. */
const SCOPE = 'https://www.googleapis.com/auth/sqlservice.login'

/** What a client of Google gives of its credentials. */
export interface TokenSource {
  getAccessToken(): Promise<string | null | undefined>
}

/** Gives tokens that Cloud SQL takes for a password; the SDK keeps each until it is nearly over. They throw what `restError` says. */
export function cloudSqlTokens(auth: TokenSource = new GoogleAuth({ scopes: [SCOPE] })): () => Promise<string> {
  return async () => {
    const token = await auth.getAccessToken().catch((error: unknown) => {
      throw restError(error, 'catalog: a token for Cloud SQL')
    })
    if (typeof token === 'string' && token !== '') return token
    throw new AppError('denied', 'catalog: Google gives no token for Cloud SQL', { reason: 'credentials' })
  }
}
