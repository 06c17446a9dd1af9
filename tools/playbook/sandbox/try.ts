import { globSync } from 'node:fs'
import { ROOT } from '../files.ts'
import { openSandbox } from './run.ts'

// Runs every command of the playbook that is marked as runnable, as printed: `npm run playbook:try`, or with pages behind it.
const pages = process.argv.length > 2 ? process.argv.slice(2) : globSync('docs/playbook/**/*.md', { cwd: ROOT }).sort()
await using sandbox = await openSandbox()
for (const page of pages) {
  const tried = await sandbox.tryPage(page)
  const shown = tried.filter(({ hidden }) => !hidden)
  if (tried.length === 0) continue
  const seconds = tried.reduce((sum, step) => sum + step.seconds, 0)
  process.stdout.write(`${page}: ${shown.length} blocks, ${seconds.toFixed(0)} s\n`)
  for (const { script, said, wrong } of tried) {
    if (wrong === null) continue
    process.stdout.write(`  ${wrong}:\n${script.replaceAll(/^/gm, '    ')}\n${said.replaceAll(/^/gm, '    | ')}\n`)
    process.exitCode = 1
  }
}
