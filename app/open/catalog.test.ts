import { expect, test } from 'vitest'
import { configSchema } from '../config/schema.ts'
import { openConfiguredCatalog } from './catalog.ts'

test.each([
  'sqlite:///tmp/catalog.db',
  './catalog.sqlite',
  'localhost:5432',
  'mysql://root:secret@127.0.0.1/x',
  'postgres://u:secret@127.0.0.1:port/x',
])('%s is refused before anything is asked of it, and not repeated', async (postgres) => {
  const datasets = { mail: { source: './in', contract: './contract.yaml' } }
  const parsed = configSchema.parse({ version: 1, emulator: true, datasets, catalog: { postgres } })
  const config = { ...parsed, path: 'credence.yaml', workers: 1 }
  await expect(openConfiguredCatalog(config, { actor: 'ann', command: 'test' })).rejects.toMatchObject({
    code: 'invalid',
    message: 'catalog.postgres is no address of PostgreSQL: expected postgresql://user@host/database',
  })
})
