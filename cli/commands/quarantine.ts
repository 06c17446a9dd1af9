import { Command, InvalidArgumentError, Option } from 'commander'
import { FAMILIES, type Family } from '#core/score.ts'
import type { FlaggedFilter, FlaggedRow, ReviewRow, Standing } from '#runtime/catalog/catalog.ts'
import { STANDINGS } from '#runtime/catalog/catalog.ts'
import { EXIT, ExitError } from '../exit.ts'
import { confirmed } from '../print/confirm.ts'
import { renderHeldClients } from '../print/federations.ts'
import { renderFlagged, type ListFormat } from '../print/lists.ts'
import { lookOf, PLAIN, type Look } from '#present/look.ts'
import { plural } from '#present/text.ts'
import { heldClients } from '#app/operations/federations.ts'
import { inQuarantine, reviewRecords, undoReview, withdraw } from '#app/operations/reviews.ts'
import { datasetOf, type SigningSystem } from '#app/system.ts'
import { configOption, configured, formatOption, withSigningSystem, type ConfigOptions } from './common.ts'
import { renderReviews } from './review-list.ts'
import { showRecord } from './show-record.ts'
import { wholeNumber } from './whole-number.ts'

interface QueryOptions extends ConfigOptions {
  readonly dataset?: string
  readonly campaign?: string
  readonly family?: Family
  readonly contributor?: string
  readonly label?: string
  readonly minRisk?: number
  readonly maxRisk?: number
  readonly notScanned?: boolean
}

interface ListOptions extends QueryOptions {
  readonly standing?: Standing
  readonly limit?: number
  readonly format: ListFormat
}

interface DecideOptions extends QueryOptions {
  readonly reason: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export function quarantineCommand(): Command {
  const command = new Command('quarantine').description(
    'review what is held: list, show, release, reject, undo, withdraw',
  )
  query(command.command('list'))
    .description('what is held, riskiest first; what was not scanned comes last')
    .addOption(new Option('--standing <standing>', 'only what stands so').choices(STANDINGS))
    .option('--limit <n>', 'at most so many (default: 50 in a table, else all)', wholeNumber)
    .addOption(formatOption())
    .action((options: ListOptions) => system('list', options, (opened) => list(opened, options)))
  command
    .command('show <record>')
    .description('the sample itself, why it is held, and the campaign it belongs to')
    .addOption(configOption())
    .option('--dataset <name>', 'where several datasets have a record of that id')
    .action((record: string, options: QueryOptions) =>
      system('show', options, (opened) => showRecord(opened, record, options.dataset)),
    )
  for (const action of ['release', 'reject'] as const) {
    query(command.command(`${action} [records...]`))
      .description(
        action === 'release'
          ? 'admit held records after all: by id, by campaign or by query'
          : 'refuse held records for good: by id, by campaign or by query',
      )
      .requiredOption('--reason <text>', 'why, for the audit log')
      .option('--dry-run', 'say what would happen and change nothing')
      .option('-y, --yes', 'do not ask')
      .action((records: string[], options: DecideOptions) =>
        system(action, options, (opened) => decide(opened, action, records, options)),
      )
  }
  command
    .command('undo <review>')
    .description('put back what a release or a reject did')
    .addOption(configOption())
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action((review: string, options: ConfigOptions & { reason: string }) =>
      system('undo', options, async (opened) => {
        tell(await undoReview(opened, review, options.reason))
        return EXIT.clean
      }),
    )
  command
    .command('withdraw <review>')
    .description('take back a decision that is recorded, but not carried out: one that nobody made, say')
    .addOption(configOption())
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action((review: string, options: ConfigOptions & { reason: string }) =>
      system('withdraw', options, async (opened) => {
        await withdraw(opened, review, options.reason)
        process.stdout.write(`Review ${review} is withdrawn; its records stand as they stood before.\n`)
        return EXIT.clean
      }),
    )
  command
    .command('history')
    .description('what was decided, by whom and why')
    .addOption(configOption())
    .option('--dataset <name>', 'only this dataset')
    .addOption(formatOption())
    .action((options: ConfigOptions & { dataset?: string; format: ListFormat }) =>
      system('history', options, async ({ catalog }) => {
        const { dataset } = options
        const reviews = await catalog.reviews.list(dataset === undefined ? {} : { dataset })
        process.stdout.write(renderReviews(reviews, options.format, look()))
        return EXIT.clean
      }),
    )
  return command
}

function query(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--dataset <name>', 'only this dataset')
    .option('--campaign <id>', 'only members of this campaign')
    .addOption(new Option('--family <family>', 'only what is suspected of this').choices(FAMILIES))
    .option('--contributor <name>', 'only what this contributor brought')
    .option('--label <label>', 'only what is labelled so')
    .option('--min-risk <risk>', 'only from this risk on', risk)
    .option('--max-risk <risk>', 'only up to this risk', risk)
    .option('--not-scanned', 'only what no detector looked at')
}

function system(
  what: string,
  options: ConfigOptions & { readonly dataset?: string },
  work: (opened: SigningSystem) => Promise<number>,
): Promise<void> {
  return withSigningSystem(
    `credence quarantine ${what}`,
    () => configured(options.config),
    (opened) => {
      if (options.dataset !== undefined) datasetOf(opened, options.dataset)
      return work(opened)
    },
  )
}

async function list({ catalog }: SigningSystem, options: ListOptions): Promise<number> {
  const filter = { ...filterOf(options), ...(options.standing && { standing: options.standing }) }
  const limit = options.limit ?? (options.format === 'table' ? 50 : undefined)
  const rows = await catalog.flagged.list({ ...filter, limit })
  process.stdout.write(renderFlagged(rows, options.format, look()))
  // a whole update is held by its client, and no query for records asks for it
  const clients = Object.keys(filter).length === 0 ? await heldClients({ catalog }) : []
  if (clients.length > 0 && options.format === 'table') {
    process.stdout.write(`\n${renderHeldClients(clients, options.format, look())}`)
    process.stderr.write('`credence federate clear` lets a held client be, `suspend` asks it no more\n')
  }
  const all = await catalog.flagged.count(filter)
  if (all > rows.length && options.format === 'table')
    process.stderr.write(`${rows.length} of ${plural(all, 'record')}; --limit shows more\n`)
  return EXIT.clean
}

async function decide(
  opened: SigningSystem,
  action: 'release' | 'reject',
  records: readonly string[],
  options: DecideOptions,
): Promise<number> {
  const filter = { ...filterOf(options), records: records.length > 0 ? records : undefined }
  if (Object.values(filter).every((value) => value === undefined))
    throw new ExitError(
      EXIT.usage,
      `say which: record ids, --campaign, or a query such as --dataset mail --min-risk 0.9`,
    )
  const rows = await inQuarantine(opened, filter)
  if (rows.length === 0) {
    process.stderr.write('Nothing in quarantine matches; nothing was changed.\n')
    return EXIT.nothing
  }
  preview(rows, action)
  if (options.dryRun === true) return EXIT.clean
  if (options.yes !== true && !(await confirmed(`${action} ${plural(rows.length, 'record')}?`))) {
    process.stderr.write('Nothing was changed.\n')
    return EXIT.failure
  }
  for (const [dataset, group] of Map.groupBy(rows, (row) => row.dataset)) {
    const decision = { dataset, action, records: group.map(({ record }) => record), reason: options.reason }
    tell(await reviewRecords(opened, decision))
  }
  return EXIT.clean
}

function tell({ id, dataset, action, records }: ReviewRow): void {
  const done = { release: 'released', reject: 'rejected', recall: 'recalled', undo: 'put back' }[action]
  process.stdout.write(
    `${plural(records.length, 'record')} of ${dataset} ${done}.\n` +
      (action === 'undo' ? '' : `Undo with: credence quarantine undo ${id} --reason '…'\n`),
  )
}

function preview(rows: readonly FlaggedRow[], action: string): void {
  const first = rows.slice(0, 5)
  process.stderr.write(renderFlagged(first, 'table', lookOf(process.stderr, process.env)))
  if (rows.length > first.length) process.stderr.write(`… and ${rows.length - first.length} more\n`)
  const datasets = [...Map.groupBy(rows, ({ dataset }) => dataset)].map(([name, { length }]) => `${length} of ${name}`)
  process.stderr.write(`To ${action}: ${plural(rows.length, 'record')} (${datasets.join(', ')}).\n`)
}

function filterOf({ notScanned, ...options }: QueryOptions): FlaggedFilter {
  const { dataset, campaign, family, contributor, label, minRisk, maxRisk } = options
  const scanned = notScanned === true ? false : undefined
  return { dataset, campaign, family, contributor, label, minRisk, maxRisk, scanned }
}

function look(): Look {
  return process.stdout.isTTY ? lookOf(process.stdout, process.env) : PLAIN
}

function risk(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a risk from 0 to 1')
  return value
}
