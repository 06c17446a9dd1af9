import { Command, Option } from 'commander'
import type { NewAdmitted, ReviewRow } from '#runtime/catalog/catalog.ts'
import { listRecalls, recallable, recallNamed, recallRecords, undoRecall } from '#app/operations/recalls.ts'
import { suggestedRecalls, type SuggestedRecall } from '#app/operations/memories.ts'
import type { Recallable } from '#app/operations/recalls.ts'
import { blastRadius, type BlastRadius } from '#app/operations/blast-radius.ts'
import type { SigningSystem } from '#app/system.ts'
import { lookOf, PLAIN } from '#present/look.ts'
import { count, plural, riskText, safeJson, visible } from '#present/text.ts'
import { EXIT, ExitError } from '../exit.ts'
import { fromInput } from '../print/input-file.ts'
import { confirmed } from '../print/confirm.ts'
import { LIST_FORMATS, renderList, type ListFormat } from '../print/lists.ts'
import { configOption, configured, formatOption, onlyDataset, withSigningSystem, type ConfigOptions } from './common.ts'
import { renderReviews } from './review-list.ts'

interface AddOptions extends ConfigOptions {
  readonly dataset?: string
  readonly campaign?: string
  readonly from?: string
  readonly suggested?: boolean
  readonly reason: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

interface ListOptions extends ConfigOptions {
  readonly dataset?: string
  readonly suggested?: boolean
  readonly format: ListFormat
}

export function recallCommand(): Command {
  const command = new Command('recall').description(
    'take back what was admitted and is found to be poison later: add, list, show, undo',
  )
  command
    .command('add [records...]')
    .description('records that nothing exports or delivers from now on: by id, or all of a campaign that are admitted')
    .addOption(configOption())
    .option('--dataset <name>', 'which (default: the only one)')
    .option('--campaign <id>', 'members of this campaign')
    .option('--suggested', 'what the memory has shown to belong to a campaign; with --campaign, of this one')
    .option('--from <file>', 'records of this file: what `credence rescan --out` wrote')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--dry-run', 'say what would happen and change nothing')
    .option('-y, --yes', 'do not ask')
    .action((records: string[], options: AddOptions) => open('add', options, (system) => add(system, records, options)))
  command
    .command('list')
    .description('what was recalled, by whom and why')
    .addOption(configOption())
    .option('--dataset <name>', 'only this dataset')
    .option('--suggested', 'what the memory would have recalled, and nobody has yet')
    .addOption(formatOption())
    .action((options: ListOptions) =>
      open('list', options, async (system) => {
        if (options.suggested === true) return suggested(system, options)
        const recalls = await listRecalls(system, options.dataset)
        const look = process.stdout.isTTY ? lookOf(process.stdout, process.env) : PLAIN
        process.stdout.write(renderReviews(recalls, options.format, look, 'Nothing was recalled.'))
        return EXIT.clean
      }),
    )
  command
    .command('show <recall>')
    .description('its records, and which exports held them, by whom and when')
    .addOption(configOption())
    .addOption(new Option('--format <format>', 'how to print').choices(LIST_FORMATS).default('table'))
    .action((recall: string, options: ConfigOptions & { format: ListFormat }) =>
      open('show', options, (system) => show(system, recall, options.format)),
    )
  command
    .command('undo <recall>')
    .description('end a recall: its records stand as they would without it')
    .addOption(configOption())
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action((recall: string, options: ConfigOptions & { reason: string }) =>
      open('undo', options, async (system) => {
        const { dataset, records } = await undoRecall(system, recall, options.reason)
        process.stdout.write(
          `${plural(records.length, 'record')} of ${dataset} admitted again, as before the recall.\n`,
        )
        return EXIT.clean
      }),
    )
  return command
}

function open(what: string, options: ConfigOptions, work: (system: SigningSystem) => Promise<number>): Promise<void> {
  return withSigningSystem(`credence recall ${what}`, () => configured(options.config), work)
}

async function add(system: SigningSystem, named: readonly string[], options: AddOptions): Promise<number> {
  const { campaign, from, reason } = options
  const dataset = options.dataset ?? onlyDataset(system)
  const shown = options.suggested === true ? await suggestedIn(system, dataset, campaign) : []
  const records = [...named, ...(from === undefined ? [] : await recordsIn(from)), ...shown]
  const isCampaign = campaign !== undefined && options.suggested !== true
  if (options.suggested !== true && (records.length === 0) === (campaign === undefined))
    throw new ExitError(EXIT.usage, 'say which: record ids, --from <file>, --suggested, or --campaign <id>')
  const found = await recallable(system, { dataset, ...(isCampaign ? { campaign } : { records }) })
  tellRest(found)
  if (found.admitted.length === 0) {
    process.stderr.write('Nothing of it is admitted; nothing was changed.\n')
    return EXIT.nothing
  }
  preview(found)
  if (options.dryRun === true) return EXIT.clean
  if (options.yes !== true && !(await confirmed(`recall ${plural(found.admitted.length, 'record')}?`))) {
    process.stderr.write('Nothing was changed.\n')
    return EXIT.failure
  }
  tell(await recallRecords(system, found, { reason }))
  return EXIT.clean
}

async function suggestedIn(system: SigningSystem, dataset: string, campaign: string | undefined): Promise<string[]> {
  return (await suggestedRecalls(system, dataset, campaign)).map(({ record }) => record)
}

async function suggested(system: SigningSystem, { dataset, format }: ListOptions): Promise<number> {
  const datasets = dataset === undefined ? Object.keys(system.config.datasets) : [dataset]
  const rows: (SuggestedRecall & { readonly dataset: string })[] = []
  for (const name of datasets)
    rows.push(...(await suggestedRecalls(system, name)).map((row) => ({ dataset: name, ...row })))
  const text = renderList(rows, format, process.stdout.isTTY ? lookOf(process.stdout, process.env) : PLAIN, {
    columns: [
      { header: 'dataset' },
      { header: 'record', shrink: true },
      { header: 'window', align: 'right' },
      { header: 'campaign', shrink: true },
      { header: 'log-odds', align: 'right' },
    ],
    cells: (row) => [row.dataset, row.record, count(row.window), row.campaign, row.logOdds.toFixed(1)],
    empty: 'The memory suggests no recall.',
  })
  process.stdout.write(text)
  if (rows.length > 0 && format === 'table')
    process.stderr.write("Nothing was changed. To recall them: credence recall add --suggested --reason '…'\n")
  return EXIT.clean
}

/** The ids of a file with a JSON object a line, each once. */
async function recordsIn(file: string): Promise<string[]> {
  const lines = (await fromInput(file, 'what `credence rescan --out` wrote')).split('\n').filter((line) => line !== '')
  const ids = lines.map((line, at) => {
    const id = asObject(line)?.['record']
    if (typeof id === 'string') return id
    throw new ExitError(EXIT.usage, `${file}:${at + 1}: no JSON object with a record`)
  })
  return [...new Set(ids)]
}

function asObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

function tellRest({ already, forgotten }: Recallable): void {
  if (already.length > 0) process.stderr.write(`${plural(already.length, 'record')} recalled already.\n`)
  if (forgotten > 0)
    process.stderr.write(`${plural(forgotten, 'window')} forgotten with their key: nobody exports what they held.\n`)
}

function preview({ dataset, admitted }: Recallable): void {
  const first = admitted.slice(0, 5).map((row) => `  ${lineOf(row)}\n`)
  process.stderr.write(first.join(''))
  if (admitted.length > first.length) process.stderr.write(`  … and ${count(admitted.length - first.length)} more\n`)
  const windows = new Set(admitted.map(({ window }) => window)).size
  process.stderr.write(
    `To recall: ${plural(admitted.length, 'record')} of ${dataset}, in ${plural(windows, 'window')}.\n`,
  )
}

function lineOf({ record, risk, campaign }: NewAdmitted): string {
  return `${visible(record)}  risk ${riskText(risk)}${campaign === null ? '' : `  campaign ${visible(campaign)}`}`
}

function tell({ id, dataset, records }: ReviewRow): void {
  process.stdout.write(
    `${plural(records.length, 'record')} of ${dataset} recalled: no export, sink or reader has them from now on.\n` +
      `Who holds them already: credence recall show ${id}\nUndo with: credence recall undo ${id} --reason '…'\n`,
  )
}

async function show(system: SigningSystem, id: string, format: ListFormat): Promise<number> {
  const recall = await recallNamed(system, id)
  const radius = await blastRadius(system, recall)
  if (format !== 'table') {
    process.stdout.write(`${safeJson({ ...recall, heldBy: radius }, format === 'json' ? 2 : undefined)}\n`)
    return EXIT.clean
  }
  const { dataset, records, actor, createdAt, reason, undoneBy, state } = recall
  const lines = [
    `${plural(records.length, 'record')} of ${dataset}, ${undoneBy === null ? state : `undone by ${undoneBy}`}`,
    `by ${visible(actor)}, ${createdAt.toISOString().slice(0, 19).replace('T', ' ')}: ${visible(reason)}`,
    '',
    ...records.slice(0, 20).map((record) => `  ${visible(record)}`),
    ...(records.length > 20 ? [`  … and ${count(records.length - 20)} more; --format json has them all`] : []),
    '',
    ...radiusLines(radius),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return EXIT.clean
}

function radiusLines({ exports, sink }: BlastRadius): string[] {
  const held = exports.map(
    ({ at, by, format, held, records, isExact, sha256 }) =>
      `  ${at.slice(0, 19).replace('T', ' ')}  ${visible(by)}  ${format} of ${plural(records, 'record')}: ` +
      `${isExact ? '' : 'at least '}${count(held)} of these${sha256 === null ? '' : `, sha256 ${sha256}`}`,
  )
  return [
    held.length === 0 ? 'No export that the audit log knows held any of them.' : 'Exports that held them:',
    ...held,
    ...(sink === null || sink.held === 0
      ? []
      : [
          `The sink held ${count(sink.held)} of them; ${sink.isTold ? 'its view leaves them out' : 'the recall is not delivered to it yet'}.`,
        ]),
    'Nobody can say who read the store itself: openDataset, the Python reader, copies.',
  ]
}
