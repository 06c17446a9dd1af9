import { Command, InvalidArgumentError } from 'commander'
import { pruneMemories, storedMemories } from '#app/operations/kept-memories.ts'
import { memoryStatus, resetMemory, rollBackMemory, type MemoryStatus } from '#app/operations/memories.ts'
import { judgeRepeat } from '#app/operations/repeats.ts'
import { datasetOf, type SigningSystem } from '#app/system.ts'
import { lookOf, PLAIN } from '#present/look.ts'
import { count, percent, plural, visible } from '#present/text.ts'
import { EXIT } from '../exit.ts'
import { confirmed } from '../print/confirm.ts'
import { leftOutLines } from '../print/left-out.ts'
import { newerLines } from '../print/newer-memory.ts'
import { renderList, type ListFormat } from '../print/lists.ts'
import { configOption, configured, formatOption, onlyDataset, withSigningSystem, type ConfigOptions } from './common.ts'

interface StatusOptions extends ConfigOptions {
  readonly dataset?: string
  readonly format: ListFormat
}

interface NaturalOptions extends ConfigOptions {
  readonly dataset?: string
  readonly undo?: boolean
  readonly reason: string
}

interface PruneOptions extends ConfigOptions {
  readonly dataset?: string
  readonly yes?: boolean
}

interface ForgetOptions extends ConfigOptions {
  readonly dataset?: string
  readonly to?: number
  readonly reason: string
  readonly yes?: boolean
}

export function memoryCommand(): Command {
  const command = new Command('memory').description(
    'what the windows of a dataset have taught later ones: status, reset, rollback, prune, natural',
  )
  command
    .command('status')
    .description('how far it goes, how many windows taught it, what it has found, and what it was made to forget')
    .addOption(configOption())
    .option('--dataset <name>', 'only this dataset')
    .addOption(formatOption())
    .action((options: StatusOptions) => open('status', options, (system) => status(system, options)))
  forgetting(command.command('reset'))
    .description('begin anew: windows that are staged from now on are taught by one another alone')
    .action((options: ForgetOptions) => open('reset', options, (system) => forget(system, options)))
  forgetting(command.command('rollback'))
    .description('go back: what was taught behind a window is passed over by those that are staged from now on')
    .requiredOption('--to <window>', 'the last window whose lesson stays, as `status` lists them', ordinal)
    .action((options: ForgetOptions) => open('rollback', options, (system) => forget(system, options)))
  command
    .command('natural')
    .addOption(configOption())
    .option('--dataset <name>', 'which (default: the only one)')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .description(
      'say of something that repeats itself, as `status` names it, that it is what the dataset is like: nobody is asked about it until far more of it comes',
    )
    .argument('<repetition>')
    .option('--undo', 'ask about it again')
    .action((repetition: string, options: NaturalOptions) =>
      open('natural', options, (system) => natural(system, repetition, options)),
    )
  command
    .command('prune')
    .description('remove memories that nothing asks for any more; of older ones, fewer and fewer stay to go back to')
    .addOption(configOption())
    .option('--dataset <name>', 'only this dataset')
    .option('-y, --yes', 'do not ask')
    .action((options: PruneOptions) => open('prune', options, (system) => prune(system, options)))
  return command
}

function forgetting(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--dataset <name>', 'which (default: the only one)')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('-y, --yes', 'do not ask')
}

function open(what: string, options: ConfigOptions, work: (system: SigningSystem) => Promise<number>): Promise<void> {
  return withSigningSystem(`credence memory ${what}`, () => configured(options.config), work)
}

async function status(system: SigningSystem, { dataset, format }: StatusOptions): Promise<number> {
  const names = dataset === undefined ? Object.keys(system.config.datasets) : [dataset]
  const rows: MemoryStatus[] = []
  for (const name of names) rows.push(await memoryStatus(system, name))
  const look = process.stdout.isTTY ? lookOf(process.stdout, process.env) : PLAIN
  const text = renderList(rows, format, look, {
    columns: [
      { header: 'dataset' },
      { header: 'through window', align: 'right' },
      { header: 'taught by', align: 'right' },
      { header: 'certifies' },
      { header: 'campaigns', align: 'right' },
      { header: 'found', align: 'right' },
      { header: 'sha256', shrink: true },
    ],
    cells: ({ dataset, every, newest, newer }) =>
      newest === null
        ? [dataset, ...unread(every, newer), '–', '–', '–', '–']
        : [
            dataset,
            count(newest.through),
            plural(newest.windows, 'window'),
            newest.certified ? 'yes' : 'not yet',
            count(newest.campaigns),
            count(newest.found),
            newest.sha256,
          ],
    empty: 'There are no datasets.',
  })
  process.stdout.write(text)
  if (format === 'table') for (const row of rows) process.stdout.write(restOf(row))
  return rows.some(({ newer }) => newer !== null) ? EXIT.failure : EXIT.clean
}

/** How far a memory goes and what taught it, where there is none to read. */
function unread(every: number | null, newer: MemoryStatus['newer']): [string, string] {
  if (newer !== null) return [count(newer.through), 'a newer version']
  return [every === null ? 'off' : 'none yet', '–']
}

function restOf({ dataset, newest, newer, kept, stored, marks }: MemoryStatus): string {
  const named = (newest?.named ?? []).map(
    ({ says, evidence }) => `${visible(dataset)}: ${visible(says)} (evidence ${evidence.toFixed(1)})`,
  )
  const made = marks.map(
    ({ after, keeps, actor, madeAt, reason }) =>
      `${visible(dataset)}: windows behind ${count(after)} pass over ${count(keeps + 1)} to ${count(after)} ` +
      `(${visible(actor)}, ${madeAt.toISOString().slice(0, 19).replace('T', ' ')}: ${visible(reason)})`,
  )
  const repeats = (newest?.repeats ?? []).map(({ id, summary, records, isNatural }) =>
    isNatural
      ? `${visible(dataset)}: ${visible(id)} was called natural: ${visible(summary)}. To be asked again: credence memory natural ${visible(id)} --undo --dataset ${visible(dataset)} --reason '…'`
      : `${visible(dataset)}: ${visible(id)} repeats itself, and nothing of it is held (${plural(records, 'record')} admitted): ${visible(summary)}. ` +
        `If it is poison: credence recall add --suggested --dataset ${visible(dataset)} --campaign ${visible(id)} --reason '…'. If it is natural: credence memory natural ${visible(id)} --dataset ${visible(dataset)} --reason '…'`,
  )
  const lines = [
    ...newerLines(dataset, newer),
    ...leftOutLines(dataset, newest?.pool),
    ...named,
    ...repeats,
    ...judgedLines(dataset, newest),
    ...made,
  ]
  if (kept.length > 0) lines.push(`${visible(dataset)}: can go back to ${kept.map(count).join(', ')}`)
  if (stored.outlived !== null && stored.outlived > 0)
    lines.push(
      `${visible(dataset)}: of ${plural(stored.memories, 'stored memory', 'stored memories')} ${count(stored.outlived)} serve nothing any more: credence memory prune removes them`,
    )
  return lines.map((line) => `${line}\n`).join('')
}

/** What people's verdicts say of each family, of what is spared, and how precise what was held became with them. */
function judgedLines(dataset: string, newest: MemoryStatus['newest']): string[] {
  if (newest === null || newest.verdicts.families.length === 0) return []
  const { families, spared, curve } = newest.verdicts
  const judged = families.map(({ family, released, rejected, precision, shift }) => {
    const held = `${percent(precision.mean, 1)} of what it holds is poison (${percent(precision.low, 1)} to ${percent(precision.high, 1)})`
    const less = shift > 0 ? `; alone it needs ${shift.toFixed(1)} nats more` : ''
    return `${family}: ${count(rejected)} rejected, ${count(released)} released: ${held}${less}`
  })
  const causes = spared.map(
    ({ id, released, people, risk, summary }) =>
      `${visible(id)} is spared but for controls: released ${plural(released, 'time')} by ${plural(people, 'person', 'people')}, ` +
      `at most ${percent(risk, 1)} of it is poison: ${visible(summary)}`,
  )
  const points = curve.map(({ verdicts, rejected }) => `${count(verdicts)}: ${percent(rejected, verdicts)}`)
  return [...judged, ...causes, `verdicts given, and how many of them rejected: ${points.join(', ')}`].map(
    (line) => `${visible(dataset)}: ${line}`,
  )
}

async function natural(system: SigningSystem, campaign: string, options: NaturalOptions): Promise<number> {
  const { reason, undo } = options
  const dataset = options.dataset ?? onlyDataset(system)
  const isNatural = undo !== true
  await judgeRepeat(system, dataset, { campaign, isNatural, reason })
  const said = isNatural
    ? 'is natural: nobody is asked about it until twice as much of it comes, and what else speaks against its records holds them as before'
    : 'is asked about again'
  process.stdout.write(`${visible(campaign)} of ${visible(dataset)} ${said}.\n`)
  return EXIT.clean
}

async function prune(system: SigningSystem, { dataset, yes }: PruneOptions): Promise<number> {
  const names = dataset === undefined ? Object.keys(system.config.datasets) : [dataset]
  for (const name of names) {
    const { memories, outlived } = await storedMemories(system, name)
    const isMeant =
      outlived === 0 ||
      yes === true ||
      (await confirmed(`remove ${count(outlived)} of the ${count(memories)} memories of ${name}?`))
    const gone = isMeant ? await pruneMemories(system, name) : 0
    process.stdout.write(
      `${visible(name)}: ${plural(gone, 'memory', 'memories')} removed, ${count(memories - gone)} kept\n`,
    )
  }
  return EXIT.clean
}

async function forget(system: SigningSystem, { dataset: named, to, reason, yes }: ForgetOptions): Promise<number> {
  const dataset = named ?? onlyDataset(system)
  datasetOf(system, dataset)
  const what =
    to === undefined ? `reset the memory of ${dataset}` : `take the memory of ${dataset} back to window ${to}`
  if (yes !== true && !(await confirmed(`${what}?`))) {
    process.stderr.write('Nothing was changed.\n')
    return EXIT.failure
  }
  const { after, keeps } =
    to === undefined
      ? await resetMemory(system, dataset, reason)
      : await rollBackMemory(system, dataset, { to, reason })
  process.stdout.write(
    `Windows behind ${count(after)} of ${dataset} pass over what ${count(keeps + 1)} to ${count(after)} taught. ` +
      'Those that are staged already are judged as they would have been.\n',
  )
  return EXIT.clean
}

function ordinal(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected the number of a window')
  return value
}
