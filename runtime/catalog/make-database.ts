import { PGlite } from '@electric-sql/pglite'

/** What runs in a process of its own, and ends with it: an empty database in the folder that it is given. */
const [folder] = process.argv.slice(2)
await (await PGlite.create({ dataDir: folder! })).close()
