import { Command } from 'commander'
import { keysStatus, retireVersion, rewrap, rotateKey, type RewrapReport } from '#services/encrypt/rotation.ts'
import { EXIT } from '../exit.ts'
import { renderList, type ListFormat } from '../present/lists.ts'
import { lookOf } from '../present/look.ts'
import { count, plural } from '../present/text.ts'
import type { System } from '../system.ts'
import { configOption, configured, formatOption, withSystem, type ConfigOptions } from './common.ts'

export function keysCommand(): Command {
  const command = new Command('keys').description('the keys that wrap the keys: status, rotate, rewrap, retire')
  sub(command, 'status', 'versions and epochs, their age, what depends on them, what blocks retirement')
    .option('--objects', 'count the objects of each epoch, which reads every one of them')
    .addOption(formatOption())
    .action((options: ConfigOptions & { format: ListFormat; objects?: boolean }) =>
      opened('status', options, (system) => status(system, options.format, options.objects === true)),
    )
  sub(command, 'rotate', 'a new version of the key; key records are wrapped anew, no object is touched')
    .option('--new-epochs', 'new epoch keys too, for the objects to come')
    .option('--no-rewrap', 'leave the key records under the version that wraps them')
    .action((options: ConfigOptions & { newEpochs?: boolean; rewrap: boolean }) =>
      opened('rotate', options, async (system) => {
        const { keyring, keys, catalog, actor } = system
        const { version, epochs } = await rotateKey(keyring, keys, options.newEpochs === true)
        await catalog.audit.append(actor, 'key.rotated', `${version.keyId}/${version.version}`, {
          epochs: epochs.length,
        })
        process.stdout.write(`Version ${version.version} of key ${version.keyId} is current.\n`)
        if (epochs.length > 0) process.stdout.write(`New epoch keys: ${epochs.join(', ')}.\n`)
        return options.rewrap ? await doRewrap(system, {}) : EXIT.clean
      }),
    )
  sub(command, 'rewrap', 'bring every key record under the current version: work for each epoch, none for the objects')
    .option('--dry-run', 'say what would be done')
    .option('--resume <path>', 'go on after this record, as an interrupted run named it')
    .action((options: ConfigOptions & { dryRun?: boolean; resume?: string }) =>
      opened('rewrap', options, (system) => doRewrap(system, options)),
    )
  sub(command, 'retire <version>', 'destroy a version that nothing depends on any more').action(
    (version: string, options: ConfigOptions) =>
      opened('retire', options, async ({ keyring, keys, catalog, actor }) => {
        await retireVersion(keyring, keys, version)
        await catalog.audit.append(actor, 'key.retired', `${keyring.keyId}/${version}`)
        process.stdout.write(`Version ${version} is destroyed.\n`)
        return EXIT.clean
      }),
  )
  return command
}

function sub(command: Command, name: string, description: string): Command {
  return command.command(name).description(description).addOption(configOption())
}

function opened(what: string, options: ConfigOptions, work: (system: System) => Promise<number>): Promise<void> {
  return withSystem(`credence keys ${what}`, () => configured(options.config), work)
}

async function doRewrap(
  system: System,
  { dryRun = false, resume }: { dryRun?: boolean; resume?: string },
): Promise<number> {
  const report = await rewrap(system.keys, { dryRun, ...(resume !== undefined && { resume }) })
  if (!dryRun) {
    const { records, rewrapped, failed } = report
    await system.catalog.audit.append(system.actor, 'key.rewrapped', system.keyring.keyId, {
      records,
      rewrapped,
      failed: failed.length,
    })
  }
  process.stdout.write(describe(report, dryRun))
  return report.failed.length > 0 ? EXIT.failure : EXIT.clean
}

function describe({ records, rewrapped, failed, last }: RewrapReport, dryRun: boolean): string {
  const done = dryRun ? 'would be wrapped anew' : 'wrapped anew'
  const lines = [`${count(rewrapped)} of ${plural(records, 'key record')} ${done}; no object was touched.`]
  for (const { path, code, message } of failed) lines.push(`${path}: ${code}: ${message}`)
  if (failed.length > 0) lines.push(`Run it again to do what is left${last === null ? '' : `, or --resume ${last}`}.`)
  return `${lines.join('\n')}\n`
}

async function status({ keys, store, keyring }: System, format: ListFormat, countObjects: boolean): Promise<number> {
  const { epochs, versions } = await keysStatus({ keys, store, local: keyring, countObjects })
  const look = lookOf(process.stdout, process.env)
  if (format !== 'table') {
    const rows = [
      ...versions.map((row) => ({ type: 'version', ...row })),
      ...epochs.map((row) => ({ type: 'epoch', ...row })),
    ]
    process.stdout.write(renderList(rows, format, look, { columns: [], cells: () => [], empty: '' }))
    return EXIT.clean
  }
  process.stdout.write(
    renderList(versions, format, look, {
      columns: [
        { header: 'key' },
        { header: 'version', align: 'right' },
        { header: 'state' },
        { header: 'made' },
        { header: 'retirement', shrink: true },
      ],
      cells: (row) => [
        `${row.provider}:${row.keyId}`,
        row.version,
        row.current ? { text: 'current', style: 'good' } : 'previous',
        row.created?.toISOString().slice(0, 10) ?? '–',
        row.current
          ? 'blocked: it is current'
          : row.blockedBy.length === 0
            ? { text: `credence keys retire ${row.version}`, style: 'accent' }
            : `blocked by ${plural(row.blockedBy.length, 'key record')}: credence keys rewrap`,
      ],
      empty: 'There are no keys yet.',
    }),
  )
  process.stdout.write('\n')
  process.stdout.write(
    renderList(epochs, format, look, {
      columns: [
        { header: 'data set' },
        { header: 'epoch', align: 'right' },
        { header: 'epoch key' },
        { header: 'state' },
        { header: 'age', align: 'right' },
        { header: 'wrapped by', shrink: true },
        { header: 'objects', align: 'right' },
      ],
      cells: (row) => [
        row.dataset,
        count(row.epoch),
        row.kid,
        row.current ? { text: 'current', style: 'good' } : row.state,
        `${row.ageDays} d`,
        row.wraps.map((wrap) => `${wrap.provider} version ${wrap.version}`).join(', '),
        row.objects === null ? '–' : count(row.objects),
      ],
      empty: 'There are no epoch keys yet.',
    }),
  )
  return EXIT.clean
}
