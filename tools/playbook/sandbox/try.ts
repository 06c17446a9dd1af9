import { globSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { ROOT } from '../files.ts'
import { writeTried } from '../tried.ts'
import { openSandbox, type Tried } from './run.ts'

// Runs every command of the playbook that is marked as runnable, as printed: `npm run playbook:try`, or with pages behind it. With `--write`, how
// long they took is put on record.
const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } })
const pages = positionals.length > 0 ? positionals : globSync('docs/playbook/**/*.md', { cwd: ROOT }).sort()
const machine = { cores: availableParallelism(), load: Number((loadavg()[0] ?? 0).toFixed(1)) }
const whole = new Map<string, readonly Tried[]>()
await using sandbox = await openSandbox()
for (const page of pages) {
  const tried = await sandbox.tryPage(page)
  const shown = tried.filter(({ hidden }) => !hidden)
  if (tried.length === 0) continue
  if (tried.every(({ wrong }) => wrong === null)) whole.set(page, tried)
  const seconds = tried.reduce((sum, step) => sum + step.seconds, 0)
  process.stdout.write(`${page}: ${shown.length} blocks, ${seconds.toFixed(0)} s\n`)
  for (const { script, said, wrong } of tried) {
    if (wrong === null) continue
    process.stdout.write(`  ${wrong}:\n${script.replaceAll(/^/gm, '    ')}\n${said.replaceAll(/^/gm, '    | ')}\n`)
    process.exitCode = 1
  }
}
if (values.write === true) writeTried(whole, machine)
