import { describe, expect, test } from 'vitest'
import { rdsToken } from './aws/database-token.ts'
import { postgresTokens } from './azure/database-token.ts'
import { cloudSqlTokens } from './gcp/database-token.ts'

const access = {
  host: 'catalog.abc.eu-central-1.rds.amazonaws.com',
  port: 5432,
  user: 'credence-scan',
  region: 'eu-central-1',
}

describe('tokens that sign in to a database', () => {
  test('of RDS name host, port and user, and last for 15 minutes', async () => {
    const token = await rdsToken({ ...access, credentials: { accessKeyId: 'test', secretAccessKey: 'secret' } })
    const url = new URL(`https://${token}`)
    expect(url.host).toBe('catalog.abc.eu-central-1.rds.amazonaws.com:5432')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'connect',
      DBUser: 'credence-scan',
      'X-Amz-Expires': '900',
    })
    expect(token).not.toContain('secret')
  })

  test('of RDS are not to be had without credentials', async () => {
    const none = () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }))
    await expect(rdsToken({ ...access, credentials: none })).rejects.toMatchObject({ code: 'denied' })
  })

  test('of Azure are for PostgreSQL alone', async () => {
    const asked: unknown[] = []
    const credential = {
      getToken: (scope: string | string[]) => {
        asked.push(scope)
        return Promise.resolve({ token: 'a token', expiresOnTimestamp: 0 })
      },
    }
    expect(await postgresTokens(credential)()).toBe('a token')
    expect(asked).toEqual(['https://ossrdbms-aad.database.windows.net/.default'])
  })

  test.each([
    ['denied', 'credentials', Object.assign(new Error('none'), { name: 'CredentialUnavailableError' })],
    ['unavailable', 'connection', Object.assign(new Error('busy'), { name: 'AuthenticationError', statusCode: 503 })],
    ['unavailable', 'connection', new Error('socket hang up')],
  ])('of Azure: %s (%s) where there is none', async (code, reason, error) => {
    const tokens = postgresTokens({ getToken: () => Promise.reject(error) })
    await expect(tokens()).rejects.toMatchObject({ code, reason })
  })

  test('of Google are what the account gives', async () => {
    expect(await cloudSqlTokens({ getAccessToken: () => Promise.resolve('a token') })()).toBe('a token')
    const none = cloudSqlTokens({ getAccessToken: () => Promise.resolve(null) })
    await expect(none()).rejects.toMatchObject({ code: 'denied', reason: 'credentials' })
    const lost = cloudSqlTokens({
      getAccessToken: () => Promise.reject(new Error('Could not load the default credentials')),
    })
    await expect(lost()).rejects.toMatchObject({ code: 'denied' })
  })
})
