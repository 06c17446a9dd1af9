import { Command, Option } from 'commander'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { exportJsonl } from '#services/encrypt/export-jsonl.ts'
import { exportNpz } from '#services/encrypt/export-npz.ts'
import { exportParquet } from '#services/encrypt/export-parquet.ts'
import { exportAdmitted } from '#services/encrypt/export.ts'
import type { Link } from '#services/encrypt/manifest-chain.ts'
import { EXIT, ExitError } from '../exit.ts'
import { plural } from '../present/text.ts'
import { datasetOf, type System } from '../system.ts'
import { configOption, configured, withSystem, type ConfigOptions } from './common.ts'

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
      await withSystem(
        'credence export',
        () => configured(options.config),
        (system) => run(system, options),
      )
    })
}

async function run(system: System, options: ExportOptions): Promise<number> {
  const dataset = options.dataset ?? onlyDataset(system)
  const { contract } = datasetOf(system, dataset)
  const format = options.format ?? formatOf(options.out)
  let count = 0
  const records = counted(
    exportAdmitted(dataset, { vault: system.vault, links: wholeChain(system, dataset) }),
    () => count++,
  )
  const hash = createHash('sha256')
  const { out } = options
  if (out === undefined && format !== 'jsonl')
    throw new ExitError(EXIT.usage, `${format} is not for a terminal: say --out <file>`)
  if (format === 'jsonl') {
    const lines = exportJsonl(records, { whole: options.whole === true })
    if (out === undefined) await pipeline(lines, process.stdout, { end: false })
    else await pipeline(hashed(lines, hash), createWriteStream(`${out}.part`, { mode: 0o600 }))
  } else if (out !== undefined) {
    const { features, label } = contract
    if (format === 'npz' && features.kind === 'table')
      throw new ExitError(EXIT.usage, 'a table has no one array: export it as jsonl or parquet')
    const bytes =
      format === 'parquet' || features.kind === 'table'
        ? await exportParquet(records)
        : await exportNpz(records, { x: features.field, ...(label !== undefined && { y: label }) })
    hash.update(bytes)
    await writeFile(`${out}.part`, bytes, { mode: 0o600 })
  }
  if (out !== undefined) {
    // Only what was verified to the end gets its name.
    await rename(`${out}.part`, out)
    process.stderr.write(`${plural(count, 'admitted record')} of ${dataset} in ${out}\nsha256 ${hash.digest('hex')}\n`)
  }
  await system.catalog.audit.append(system.actor, 'dataset.exported', dataset, { records: count, format })
  return EXIT.clean
}

/** The chain's links, refused when the catalog knows of more than there are: a chain cut short verifies by itself. */
async function* wholeChain({ chain, catalog }: System, dataset: string): AsyncGenerator<Link> {
  let last = 0
  for await (const link of chain.links(dataset)) {
    last = link.ordinal
    yield link
  }
  const windows = await catalog.windows.list({ dataset, state: 'committed' })
  const reviews = await catalog.reviews.list({ dataset, state: 'applied' })
  const known = Math.max(0, ...[...windows, ...reviews].map(({ manifest }) => manifest ?? 0))
  if (last < known)
    throw new AppError('corrupt', `the chain of ${dataset} ends at link ${last}, but link ${known} was written`, {
      reason: 'chain_truncated',
    })
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

export function onlyDataset({ config }: System): string {
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
