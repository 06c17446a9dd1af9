import { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import type { VerifyReport } from '#services/encrypt/chain/verify.ts'
import { EXIT, ExitError } from '../exit.ts'
import { count, plural } from '#present/text.ts'
import { verifyInstallation, verifyStore } from '#app/operations/verify.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'

interface VerifyOptions extends ConfigOptions {
  readonly store?: string
  readonly key?: string
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check signatures, chain and the digest of every object; offline with --store and --key')
    .addOption(configOption())
    .option('--store <folder>', 'a copy of the object store instead of the data folder')
    .option('--key <public.pem>', 'the public key, as `credence audit export` writes it')
    .action(async (options: VerifyOptions) => {
      if (options.store !== undefined) {
        if (options.key === undefined) throw new ExitError(EXIT.usage, 'say --key <public.pem> too')
        const store = await openFileStore(options.store)
        process.exitCode = await tellAll(verifyStore(store, await readFile(options.key, 'utf8')))
        return
      }
      await withSigningSystem(
        'credence verify',
        () => configured(options.config),
        (system) => tellAll(verifyInstallation(system)),
      )
    })
}

async function tellAll(reports: AsyncIterable<VerifyReport>): Promise<number> {
  let code: number = EXIT.clean
  for await (const report of reports) code = Math.max(code, tell(report))
  return code
}

function tell({ dataset, problems, links, objects, counts, admitted }: VerifyReport): number {
  for (const problem of problems) process.stdout.write(`${dataset}: ${problem.path}: ${problem.message}\n`)
  const verdict = problems.length === 0 ? 'whole' : plural(problems.length, 'problem')
  process.stdout.write(
    `${dataset}: ${verdict}; ${plural(links, 'signed link')}, ${plural(objects, 'object')}, ${count(admitted ?? counts.admitted)} records admitted\n`,
  )
  return problems.length === 0 ? EXIT.clean : EXIT.findings
}
