import { Command, Option } from 'commander'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { isAppError } from '#core/errors.ts'
import { EXIT, ExitError } from '../exit.ts'
import { plural, visible } from '#present/text.ts'
import { EXPORT_FORMATS, exportDataset, type ExportFormat } from '#app/operations/export.ts'
import { datasetOf, type SigningSystem } from '#app/system.ts'
import { toOutput } from '../print/output-file.ts'
import { configOption, configured, onlyDataset, withSigningSystem, type ConfigOptions } from './common.ts'
import { refuseRedirected, refuseSource } from './outside-sources.ts'

interface ExportOptions extends ConfigOptions {
  readonly dataset?: string
  readonly out?: string
  readonly format?: ExportFormat
  readonly whole?: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description('the admitted records of a dataset, after verifying signatures, chain, digests and revocations')
    .addOption(configOption())
    .option('--dataset <name>', 'which (default: the only one)')
    .option('--out <file>', 'where to (default: standard output, as JSONL)')
    .addOption(new Option('--format <format>', 'default: by the name of the file').choices(EXPORT_FORMATS))
    .option('--whole', 'JSONL with ids and provenance, not only the fields')
    .action(async (options: ExportOptions) => {
      await withSigningSystem(
        'credence export',
        () => configured(options.config),
        (system) => run(system, options),
      )
    })
}

async function run(system: SigningSystem, options: ExportOptions): Promise<number> {
  const { out, whole = false } = options
  const dataset = options.dataset ?? onlyDataset(system)
  const format = options.format ?? formatOf(out)
  if (out === undefined && format !== 'jsonl')
    throw new ExitError(EXIT.usage, `${format} is not for a terminal: say --out <file>`)
  await (out === undefined ? refuseRedirected(system.config) : refuseSource(system.config, out))
  const write =
    out === undefined ? toTerminal : (bytes: AsyncIterable<Uint8Array>) => toOutput(out, () => toFile(out, bytes))
  const { records, recalled, sha256, guarded } = await exportDataset(system, { dataset, format, whole }, write).catch(
    asUsage,
  )
  if (out !== undefined)
    process.stderr.write(`${plural(records, 'admitted record')} of ${dataset} in ${out}\nsha256 ${sha256}\n`)
  const { features } = datasetOf(system, dataset).contract
  if (format === 'npz' && features.kind === 'image' && features.delivered !== undefined)
    process.stderr.write(
      `x is what was compared, of ${features.shape.join(' × ')}: the images as they were delivered are in ${visible(features.delivered)} of a parquet or jsonl export.\n`,
    )
  if (recalled > 0) process.stderr.write(`${plural(recalled, 'recalled record')} left out.\n`)
  if (guarded > 0)
    process.stderr.write(
      `${plural(guarded, 'text')} would be taken for a formula by a spreadsheet, and begin with an apostrophe.\n`,
    )
  return EXIT.clean
}

function toTerminal(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  return pipeline(bytes, process.stdout, { end: false })
}

/** Only what was verified to the end gets its name. */
async function toFile(out: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await pipeline(bytes, createWriteStream(`${out}.part`, { mode: 0o600, flush: true }))
  } catch (error) {
    await rm(`${out}.part`, { force: true })
    throw error
  }
  await rename(`${out}.part`, out)
}

function asUsage(error: unknown): never {
  if (isAppError(error, 'invalid') && (error.reason === 'npz_of_table' || error.reason === 'csv_of_arrays'))
    throw new ExitError(EXIT.usage, error.message, { cause: error })
  throw error
}

/** By the file's extension; JSONL where it has none. Another one would promise what the file does not hold. */
function formatOf(out: string | undefined): ExportFormat {
  const extension = extname(out ?? '')
    .slice(1)
    .toLowerCase()
  if (extension === '') return 'jsonl'
  const format = EXPORT_FORMATS.find((name) => name === extension)
  if (format !== undefined) return format
  throw new ExitError(
    EXIT.usage,
    `no export is a .${extension}: name the file .${EXPORT_FORMATS.join(', .')}, or say --format`,
  )
}
