import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'
import { AppError } from '#core/errors.ts'

/** The scope of tokens for Azure Database for PostgreSQL. */
const SCOPE = 'https://ossrdbms-aad.database.windows.net/.default'
const NO_IDENTITY = /^(?:CredentialUnavailable|Authentication|AggregateAuthentication|AuthenticationRequired)Error$/

/**
 * Returns a function that gets tokens which Azure Database for PostgreSQL accepts as a password; the SDK caches each until
 * shortly before it expires. The function throws `denied` (`credentials`) if Entra ID knows no identity, and `unavailable` if it
 * does not answer.
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
