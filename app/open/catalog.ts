import { join } from 'node:path'
import { AsyncDisposableStack } from '#core/disposal.ts'
import { AppError } from '#core/errors.ts'
import { openCatalog, type WholeCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { readText } from '#runtime/config/read-text.ts'
import type { Config } from '../config/load.ts'
import { lockData } from '#runtime/process/data-lock.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import { PACKAGES } from './packages.ts'

type CatalogConfig = NonNullable<Config['catalog']>

export interface CatalogOpening {
  readonly actor: string
  /** The name of the lock's holder, such as `credence run`. */
  readonly command: string
  readonly signal?: AbortSignal | undefined
}

export interface OpenedCatalog extends AsyncDisposable {
  readonly catalog: WholeCatalog
}

/**
 * Opens PostgreSQL if the configuration names it; else the database in the data folder, which only one process may have: throws
 * `conflict` while another has it.
 */
export async function openConfiguredCatalog(config: Config, opening: CatalogOpening): Promise<OpenedCatalog> {
  const { actor, command, signal } = opening
  if (config.catalog !== undefined) {
    const { openPostgres } = await withPackages(PACKAGES.postgres, () => import('#runtime/catalog/postgres.ts'))
    const url = withTls(config.catalog.postgres, config.emulator)
    const catalog = await openCatalog(openPostgres({ url, password: await passwordOf(config.catalog, url) }), { actor })
    return { catalog, [Symbol.asyncDispose]: () => catalog.close() }
  }
  await using stack = new AsyncDisposableStack()
  const lock = await lockData(config.data, { command, waitMs: 5000, signal })
  stack.defer(() => lock.release())
  const catalog = await openCatalog(await openPglite(join(config.data, 'catalog')), { actor })
  stack.defer(() => catalog.close())
  const held = stack.move()
  return { catalog, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** The function that returns the password for each new connection; undefined if the URL contains it. Throws `invalid`. */
async function passwordOf(catalog: CatalogConfig, address: string): Promise<(() => Promise<string>) | undefined> {
  const { identity, region, passwordFile } = catalog
  if (identity === undefined && passwordFile === undefined) return undefined
  const { hostname: host, port, username, password, searchParams } = new URL(address)
  if (password !== '' || searchParams.has('password')) {
    const other = identity === undefined ? 'passwordFile' : 'identity'
    throw new AppError('invalid', `catalog.postgres holds a password, and catalog.${other} gives another: keep one`)
  }
  if (passwordFile !== undefined)
    return async () => (await readText(passwordFile, "the catalog's password")).replace(/\r?\n$/, '')
  if (identity === 'aws') {
    const { rdsToken } = await withPackages(PACKAGES.rds, () => import('#clouds/aws/database-token.ts'))
    const access = { host, port: Number(port || 5432), user: decodeURIComponent(username), region }
    return () => rdsToken(access)
  }
  if (identity === 'azure') {
    const { postgresTokens } = await withPackages(PACKAGES.entra, () => import('#clouds/azure/database-token.ts'))
    return postgresTokens()
  }
  const { cloudSqlTokens } = await withPackages(PACKAGES.cloudsql, () => import('#clouds/gcp/database-token.ts'))
  return cloudSqlTokens()
}

/**
 * The URL with TLS: connections are encrypted and the server's certificate is verified, unless an emulator is allowed. Throws
 * `invalid`.
 */
function withTls(text: string, emulator: boolean): string {
  const url = URL.parse(text)
  // the driver takes the missing host of another URL for this machine
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw new AppError(
      'invalid',
      'catalog.postgres is no address of PostgreSQL: expected postgresql://user@host/database',
    )
  if (emulator) return text
  const mode = url.searchParams.get('sslmode')
  if (mode !== null && mode !== 'verify-full') {
    throw new AppError('invalid', `catalog.postgres asks for sslmode=${mode}: use verify-full, or leave it out`)
  }
  url.searchParams.set('sslmode', 'verify-full')
  return url.href
}
