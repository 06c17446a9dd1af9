/**
 * Loaded by every process that a run of the tests starts. `runtime/catalog/make-database` makes an empty database in three seconds of a
 * processor, always the same one: the first that each installation of the program makes is kept for the run, and copied from then on.
 */
import { createHash } from 'node:crypto'
import { cpSync, constants, existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

const [, program = '', folder] = process.argv
const kept = process.env['CREDENCE_TEST_KEPT']
if (isMainThread && kept !== undefined && folder !== undefined && /[\\/]make-database\.[jt]s$/.test(program)) {
  const made = join(kept, `database-${createHash('sha256').update(program).digest('hex').slice(0, 16)}`)
  if (existsSync(made)) {
    cpSync(made, folder, { recursive: true, mode: constants.COPYFILE_FICLONE })
    process.exit(0)
  }
  process.once('exit', (code) => {
    if (code === 0) keep(made)
  })
}

/** Whole or not at all; another process may be first. */
function keep(made) {
  const half = `${made}.half-${process.pid}`
  cpSync(folder, half, { recursive: true })
  try {
    renameSync(half, made)
  } catch {
    rmSync(half, { recursive: true, force: true })
  }
}
