import { Command, Option } from 'commander'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Contract } from '#core/contract.ts'
import type { DataRecord } from '#core/record.ts'
import { exportJsonl } from '#services/encrypt/export/jsonl.ts'
import { streamNpz } from '#services/encrypt/export/npz.ts'
import { streamParquet } from '#services/encrypt/export/parquet.ts'
import { exportAdmitted } from '#services/encrypt/export/export.ts'
import { EXIT, ExitError } from '../exit.ts'
import { plural } from '#present/text.ts'
import { datasetOf, type SigningSystem } from '#app/system.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'

const FORMATS = ['jsonl', 'parquet', 'npz'] as const
type Format = (typeof FORMATS)[number]

interface ExportOptions extends ConfigOptions {
  readonly dataset?: string
  readonly out?: string
  readonly format?: Format
  readonly whole?: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description('the admitted records of a dataset, after verifying signatures, chain, digests and revocations')
    .addOption(configOption())
    .option('--dataset <name>', 'which (default: the only one)')
    .option('--out <file>', 'where to (default: standard output, as JSONL)')
    .addOption(new Option('--format <format>', 'default: by the name of the file').choices(FORMATS))
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
  const dataset = options.dataset ?? onlyDataset(system)
  const { contract } = datasetOf(system, dataset)
  const format = options.format ?? formatOf(options.out)
  const { out } = options
  if (out === undefined && format !== 'jsonl')
    throw new ExitError(EXIT.usage, `${format} is not for a terminal: say --out <file>`)
  let count = 0
  const open = () => {
    count = 0
    return counted(exportAdmitted(dataset, { vault: system.vault, links: system.chain.links(dataset) }), () => count++)
  }
  const bytes = encode(format, open, contract, options.whole === true)
  if (out === undefined) await pipeline(bytes, process.stdout, { end: false })
  else {
    const hash = createHash('sha256')
    try {
      await pipeline(hashed(bytes, hash), createWriteStream(`${out}.part`, { mode: 0o600, flush: true }))
    } catch (error) {
      await rm(`${out}.part`, { force: true })
      throw error
    }
    // Only what was verified to the end gets its name.
    await rename(`${out}.part`, out)
    process.stderr.write(`${plural(count, 'admitted record')} of ${dataset} in ${out}\nsha256 ${hash.digest('hex')}\n`)
  }
  await system.catalog.audit.append(system.actor, 'dataset.exported', dataset, { records: count, format })
  return EXIT.clean
}

function encode(
  format: Format,
  open: () => AsyncIterable<DataRecord>,
  { features, label }: Contract,
  whole: boolean,
): AsyncIterable<Uint8Array> {
  if (format === 'jsonl') return exportJsonl(open(), { whole })
  if (format === 'parquet') return streamParquet(open)
  if (features.kind === 'table')
    throw new ExitError(EXIT.usage, 'a table has no one array: export it as jsonl or parquet')
  return streamNpz(open, { x: features.field, ...(label !== undefined && { y: label }) })
}

async function* counted(records: AsyncIterable<DataRecord>, onRecord: () => void): AsyncGenerator<DataRecord> {
  for await (const record of records) {
    onRecord()
    yield record
  }
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

export function onlyDataset({ config }: SigningSystem): string {
  const names = Object.keys(config.datasets)
  const [name] = names
  if (name === undefined || names.length > 1)
    throw new ExitError(EXIT.usage, `say which: --dataset ${names.join(' or ')}`)
  return name
}

function formatOf(out: string | undefined): Format {
  const extension = out?.split('.').at(-1)
  return FORMATS.find((format) => format === extension) ?? 'jsonl'
}
