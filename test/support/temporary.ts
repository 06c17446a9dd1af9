import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'credence-tests-'
const NAMES = ['TMPDIR', 'NODE_COMPILE_CACHE', 'NODE_OPTIONS', 'CREDENCE_TEST_KEPT'] as const
const before = NAMES.map((name) => [name, process.env[name]] as const)
let folder: string

/** Gives a run of the tests a temporary folder of its own, which goes with it: whatever a killed process leaves there too. */
export function setup(): void {
  removeAbandoned()
  folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  chmodSync(folder, 0o711) // PostgreSQL runs as somebody else, and has to reach what is its own there
  process.env['TMPDIR'] = folder
  // Hundreds of programs are started; the first of them compiles for all.
  process.env['NODE_COMPILE_CACHE'] = join(folder, 'compiled')
  // And hundreds of databases are made, and the console's pages for each suite that opens them; the first is for all.
  process.env['CREDENCE_TEST_KEPT'] = folder
  const hook = new URL('made-database.js', import.meta.url).href
  process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import=${hook}`.trim()
}

/**
 * What a test that ended by itself leaves behind is a defect of the test, and ends the run with an error. An empty folder is
 * what a suite made that was then skipped.
 */
export function teardown(): void {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  const left = readdirSync(folder).filter((name) => name.startsWith('credence-') && !isEmpty(join(folder, name)))
  rmSync(folder, { recursive: true, force: true })
  if (left.length === 0) return
  process.exitCode = 1
  process.stderr.write(`Tests left temporary folders behind: ${left.join(', ')}\n`)
}

function isEmpty(path: string): boolean {
  return statSync(path).isDirectory() && readdirSync(path).length === 0
}

/** Removes the folders of runs that were killed. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
