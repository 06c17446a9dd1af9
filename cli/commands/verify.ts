import { Command, InvalidArgumentError, Option } from 'commander'
import { readOnlyFiles } from '#services/encrypt/stores/files.ts'
import type { VerifyReport } from '#services/encrypt/chain/verify.ts'
import { datasetsIn } from '#services/encrypt/chain/verify.ts'
import { fromInput } from '../print/input-file.ts'
import { EXIT, ExitError } from '../exit.ts'
import { PLAIN } from '#present/look.ts'
import { count, plural } from '#present/text.ts'
import { renderList, type ListFormat } from '../print/lists.ts'
import { verifyInstallation, verifyStore, type KeptHeads } from '#app/operations/verify.ts'
import { configOption, configured, formatOption, withSigningSystem, type ConfigOptions } from './common.ts'

interface VerifyOptions extends ConfigOptions {
  readonly store?: string
  readonly key?: string
  readonly head?: KeptHeads
  readonly format: ListFormat
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check signatures, chain and the digest of every object; offline with --store and --key')
    .addOption(configOption())
    .option('--store <folder>', 'a copy of the object store instead of the data folder')
    .option('--key <public.pem>', 'the public key, as `credence audit export` writes it')
    .addOption(
      new Option(
        '--head <dataset=link:sha256>',
        'the last link of a chain that you kept elsewhere: it must be there still; may be repeated',
      ).argParser(addHead),
    )
    .addOption(formatOption())
    .action(async (options: VerifyOptions) => {
      if (options.store !== undefined) {
        if (options.key === undefined) throw new ExitError(EXIT.usage, 'say --key <public.pem> too')
        // a copy may be evidence, or on a disk that can only be read
        const store = readOnlyFiles(options.store)
        const key = await fromInput(options.key, 'the public key')
        if ((await datasetsIn(store)).length === 0)
          throw new ExitError(
            EXIT.failure,
            `there is no signed chain in ${options.store}: name the folder that holds manifests/`,
          )
        process.exitCode = await tellAll(verifyStore(store, key, options.head), options.format)
        return
      }
      await withSigningSystem(
        'credence verify',
        () => configured(options.config),
        (system) => tellAll(verifyInstallation(system, options.head), options.format),
      )
    })
}

/** As `verify` prints it. */
function addHead(text: string, heads: KeptHeads = new Map()): KeptHeads {
  const [, dataset, ordinal, sha256] = /^([^=]+)=(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  if (dataset === undefined || sha256 === undefined)
    throw new InvalidArgumentError('expected a dataset and its last link, such as mail=12:9f86…, as `verify` prints it')
  return new Map([...heads, [dataset, { ordinal: Number(ordinal), sha256 }]])
}

async function tellAll(reports: AsyncIterable<VerifyReport>, format: ListFormat): Promise<number> {
  const rows: object[] = []
  let code: number = EXIT.clean
  for await (const report of reports) {
    const isWhole = report.problems.length === 0
    code = Math.max(code, isWhole ? EXIT.clean : EXIT.findings)
    if (format === 'table') tell(report)
    else rows.push({ ...report, whole: isWhole })
  }
  if (format !== 'table')
    process.stdout.write(renderList(rows, format, PLAIN, { columns: [], cells: () => [], empty: '' }))
  return code
}

function tell({ dataset, problems, links, head, objects, counts, admitted }: VerifyReport): void {
  if (links === 0 && problems.length === 0) {
    process.stdout.write(`${dataset}: nothing is signed yet\n`)
    return
  }
  for (const { path, message } of problems)
    process.stdout.write(`${dataset}: ${message.startsWith(path) ? message : `${path}: ${message}`}\n`)
  const verdict = problems.length === 0 ? 'whole' : plural(problems.length, 'problem')
  process.stdout.write(
    `${dataset}: ${verdict}; ${plural(links, 'signed link')}, ${plural(objects, 'object')}, ${count(admitted ?? counts.admitted)} records admitted\n`,
  )
  if (head !== null && problems.length === 0)
    process.stdout.write(`  keep this elsewhere, for --head: ${dataset}=${links}:${head}\n`)
  if (problems.length > 0)
    process.stdout.write(
      '  what to do: find out who can write there, and put what is named back from a\n  copy of the store; `credence help incidents` says what to keep before that\n',
    )
}
