import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'
import { AppError } from '#core/errors.ts'

/** What Azure Database for PostgreSQL is called where tokens are given out. */
const SCOPE = 'https://ossrdbms-aad.database.windows.net/.default'
const NO_IDENTITY = /^(?:CredentialUnavailable|Authentication|AggregateAuthentication|AuthenticationRequired)Error$/

/**
 * Gives tokens that Azure Database for PostgreSQL takes for a password; the SDK keeps each until it is nearly over. They throw
 * `denied` (`credentials`) where Entra ID knows no identity, and `unavailable` where it does not answer.
 */
export function postgresTokens(credential: TokenCredential = new DefaultAzureCredential()): () => Promise<string> {
  return async () => {
    try {
      const token = await credential.getToken(SCOPE)
      if (token !== null) return token.token
    } catch (error) {
      const { name, statusCode = 0 } = error as { readonly name?: string; readonly statusCode?: number }
      if (!NO_IDENTITY.test(name ?? '') || statusCode >= 500)
        throw new AppError('unavailable', 'catalog: Entra ID does not answer', { cause: error, reason: 'connection' })
    }
    const message = 'catalog: Entra ID gives no token for PostgreSQL: attach a managed identity, or run `az login`'
    throw new AppError('denied', message, { reason: 'credentials' })
  }
}
