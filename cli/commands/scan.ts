import { Command, InvalidArgumentError, Option } from 'commander'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { policySchema, type Policy } from '#core/decision.ts'
import { isAppError } from '#core/errors.ts'
import { loadContract } from '#runtime/config/load-contract.ts'
import { readRecords } from '#services/ingest/sources/files/read-records.ts'
import { createScanPool } from '#services/scan/worker/pool.ts'
import { EXIT, ExitError } from '../exit.ts'
import { lookOf } from '#present/look.ts'
import { isHeld, isNothingScanned } from '#present/scanned.ts'
import { renderScan, SCAN_FORMATS, type ScanFormat } from '../print/scan-output.ts'
import { readBenchmarks } from '#app/benchmarks.ts'
import { scanInWindows, toScanOutput } from '#app/scan-file.ts'
import { asConfiguration, lifecycle } from './common.ts'
import { inferred } from './inferred.ts'
import { serve, withServiceOptions, type ServiceOptions } from './services.ts'

interface ScanCommandOptions {
  readonly format: ScanFormat | 'html'
  readonly all?: boolean
  readonly contract?: string
  readonly label?: string
  readonly contributor?: string
  readonly seed: number
  readonly hold?: number
  readonly model?: string
  readonly against?: readonly string[]
}

export function scanCommand(): Command {
  return withServiceOptions(new Command('scan'))
    .description(
      'scan a file or a folder with no configuration at all, which writes nothing; without a path: a process that scans staged windows',
    )
    .argument(
      '[path]',
      'JSONL, CSV, Parquet, Arrow, WebDataset, IDX pair, .npy, .npz, e-mails, text; gzip, zstd and zip too',
    )
    .addOption(new Option('--format <format>', 'how to print').choices([...SCAN_FORMATS, 'html']).default('table'))
    .option('--all', 'every record, not just what is flagged')
    .option('--contract <file>', 'the contract; without one it is inferred')
    .option('--label <field>', 'the field with the label')
    .option('--contributor <field>', 'the field that says who a record came from')
    .option('--model <file>', 'your own classifier (ONNX, or a TensorFlow.js layers model.json) in place of the probe')
    .option(
      '--against <files...>',
      'benchmarks that a model will be judged by: records that hold a part of them are flagged',
    )
    .option('--hold <risk>', 'flag from this risk on', probability)
    .option('--seed <n>', 'same seed, same bytes', integer, 0)
    .addHelpText(
      'after',
      '\nExit code: 0 clean, 1 something is flagged or held, 2 failure, 3 nothing could be scanned.',
    )
    .action(async (path: string | undefined, options: ScanCommandOptions & ServiceOptions, command: Command) => {
      // Without either, it is the path that was forgotten.
      if (path === undefined && !existsSync(options.config))
        return command.error("error: missing required argument 'path'")
      if (path === undefined) return serve(['scan'], options)
      process.exitCode = await lifecycle().run((signal) => {
        // Nothing is written, so that nothing needs to be finished.
        signal.addEventListener('abort', () => process.exit(130), { once: true })
        return scan(path, options)
      })
    })
}

async function scan(path: string, options: ScanCommandOptions): Promise<number> {
  const { label, contributor, seed } = options
  const against = await benchmarks(options.against ?? [])
  const found = options.contract === undefined ? await inferred(path, { label, contributor }) : null
  const contract = found?.contract ?? (await asConfiguration(() => loadContract(options.contract ?? ''))).contract
  const { items } = await readRecords(path, contract, found?.path === undefined ? {} : { path: found.path })
  if (items.length === 0) throw new ExitError(EXIT.nothing, `${path} holds no records`)
  const policy: Policy = policySchema.parse(options.hold === undefined ? {} : { hold: { risk: options.hold } })
  const threads = availableParallelism()
  await using pool = createScanPool(threads)
  const scanned = await scanInWindows(items, {
    contract,
    policy,
    seed,
    pool: { scan: (input) => pool.scan(input, { against }) },
    threads,
    model: options.model,
  })
  const output = toScanOutput(path, scanned, found?.notes ?? [])
  if (options.format === 'html') {
    const { scanReport } = await import('#report/scan-report.ts')
    process.stdout.write(scanReport(path, scanned, { contract, policy, seed }))
  } else {
    const look = lookOf(process.stdout, process.env)
    process.stdout.write(renderScan(output, { format: options.format, all: options.all === true, look }))
  }
  if (isNothingScanned(output)) return EXIT.nothing
  return output.records.some(isHeld) ? EXIT.findings : EXIT.clean
}

async function benchmarks(paths: readonly string[]) {
  try {
    return await readBenchmarks(paths)
  } catch (error) {
    if (isAppError(error, 'invalid')) throw new ExitError(EXIT.usage, error.message, { cause: error })
    throw error
  }
}

function probability(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a risk from 0 to 1')
  return value
}

function integer(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number from 0 on')
  return value
}
