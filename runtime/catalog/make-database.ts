import { PGlite } from '@electric-sql/pglite'

/**
 * What runs in a process of its own, and ends with it: an empty database in the folder that it is given. PostgreSQL clears its buffers as it
 * starts, so that 128 MB of them, as it has them unless told otherwise, are taken for a database that holds nothing.
 */
const [folder] = process.argv.slice(2)
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB']
await (await PGlite.create({ dataDir: folder!, startParams })).close()
