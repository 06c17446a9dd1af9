import { Command, InvalidArgumentError, Option } from 'commander'
import { open, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { AuditReport } from '#runtime/audit/verify.ts'
import { EXIT, ExitError } from '../exit.ts'
import { plural, safeJson } from '#present/text.ts'
import { exportAuditLog, verifyAuditLog, verifyExportedLog } from '#app/operations/audit.ts'
import { fromInput } from '../print/input-file.ts'
import { toOutput } from '../print/output-file.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'
import { refuseSource } from './outside-sources.ts'

interface VerifyOptions extends ConfigOptions {
  readonly file?: string
  readonly key?: string
  readonly since?: { readonly seq: number; readonly hash: string }
  readonly format: Format
}

const FORMATS = ['table', 'json'] as const
type Format = (typeof FORMATS)[number]

export function auditCommand(): Command {
  const command = new Command('audit').description(
    'the append-only, hash-chained, signed log of everything that was done',
  )
  command
    .command('verify')
    .description('find any edit, removal, reordering or truncation; offline with --file and --key')
    .addOption(configOption())
    .option('--file <log.jsonl>', 'an exported log instead of the catalog')
    .option('--key <public.pem>', 'the public key that checkpoints must be signed by')
    .addOption(
      new Option('--since <entry:hash>', 'an entry that you kept elsewhere: it must be there still').argParser(entry),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('table'))
    .action(async (options: VerifyOptions) => {
      if (options.file !== undefined) {
        process.exitCode = await verifyFile(options.file, options)
        return
      }
      await withSigningSystem(
        'credence audit verify',
        () => configured(options.config),
        async (system) => {
          const publicKeyPem = options.key === undefined ? undefined : await fromInput(options.key, 'the public key')
          const report = await verifyAuditLog(system, { publicKeyPem, since: options.since, scores: true })
          if (report.unopened > 0 && options.format === 'table')
            process.stdout.write(
              `The scores of ${plural(report.unopened, 'window')} could not be opened: what is held there was not compared with them. credence verify says why.\n`,
            )
          return tell(report, options.format)
        },
      )
    })
  command
    .command('export')
    .description(
      'write the whole log as JSON lines, with the public key beside it, so that others can verify it elsewhere',
    )
    .addOption(configOption())
    .requiredOption('--out <log.jsonl>', 'where to')
    .action(async (options: ConfigOptions & { out: string }) => {
      await withSigningSystem(
        'credence audit export',
        () => configured(options.config),
        async (system) => {
          await refuseSource(system.config, options.out)
          const { lines, publicKeyPem } = await exportAuditLog(system)
          await toOutput(options.out, () => writeFile(options.out, lines))
          await toOutput(`${options.out}.pem`, () => writeFile(`${options.out}.pem`, publicKeyPem))
          process.stdout.write(
            `${options.out} and ${options.out}.pem\nAnybody can check it: credence audit verify --file ${options.out} --key ${options.out}.pem\n`,
          )
          return EXIT.clean
        },
      )
    })
  return command
}

async function verifyFile(file: string, { key, since, format }: VerifyOptions): Promise<number> {
  if (key === undefined)
    throw new ExitError(
      EXIT.usage,
      'say --key <public.pem> too: without the key, whoever rewrote the log could have signed it',
    )
  const publicKey = await fromInput(key, 'the public key')
  await using log = await open(file).catch((cause: unknown) => {
    throw new ExitError(EXIT.failure, `cannot read ${file}: expected the log that \`credence audit export\` wrote`, {
      cause,
    })
  })
  const lines = createInterface({ input: log.createReadStream({ autoClose: false }), crlfDelay: Infinity })
  return tell(await verifyExportedLog(lines, publicKey, since), format)
}

/** As `audit verify` prints it. */
function entry(text: string): { readonly seq: number; readonly hash: string } {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined)
    throw new InvalidArgumentError('expected an entry and its hash, such as 12:9f86…, as `audit verify` prints it')
  return { seq: Number(seq), hash }
}

function tell(report: AuditReport, format: Format): number {
  const { entries, head, checkpoints, certifiedTo, problems } = report
  if (format === 'json') {
    const whole = problems.length === 0
    process.stdout.write(`${safeJson({ ...report, chains: Object.fromEntries(report.chains), whole }, 2)}\n`)
    return whole ? EXIT.clean : EXIT.findings
  }
  for (const { kind, message } of problems) process.stdout.write(`${kind}: ${message}\n`)
  if (problems.length > 0) {
    process.stdout.write(
      `The log is not whole: ${plural(problems.length, 'problem')} in ${plural(entries, 'entry', 'entries')}.\n`,
    )
    return EXIT.findings
  }
  process.stdout.write(
    `The log is whole: ${plural(entries, 'entry', 'entries')}, each chained to the one before; ${plural(checkpoints, 'signed checkpoint')}.\n` +
      `Signed up to entry ${certifiedTo} of ${head.seq}. Keep this elsewhere, for --since: ${head.seq}:${head.hash}\n`,
  )
  return EXIT.clean
}
