import { PGlite } from '@electric-sql/pglite'

/**
 * Runs in a process of its own and ends with it: makes an empty database in the given folder. PostgreSQL clears its buffers when
 * it starts, so its default of 128 MB would be allocated for an empty database.
 */
const [folder] = process.argv.slice(2)
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB']
await (await PGlite.create({ dataDir: folder!, startParams })).close()
