import { Command, Option } from 'commander'
import { DEAD_REASONS, type DeadReason } from '#core/record.ts'
import { EXIT } from '../exit.ts'
import { renderDeadLetter } from '../print/dead-letter.ts'
import { renderDeadLetters, type ListFormat } from '../print/lists.ts'
import { lookOf } from '#present/look.ts'
import { plural, visible } from '#present/text.ts'
import { readDeadLetter, redrive } from '#app/operations/dead-letters.ts'
import { datasetOf } from '#app/system.ts'
import { configOption, configured, formatOption, withSigningSystem, withSystem, type ConfigOptions } from './common.ts'
import { describeFailures, runWithProgress } from './run-pipeline.ts'
import { wholeNumber } from './whole-number.ts'

interface Options extends ConfigOptions {
  readonly dataset?: string
  readonly reason?: DeadReason
  readonly limit?: number
}

export function deadletterCommand(): Command {
  const command = new Command('deadletter').description('records that could not be decoded or broke their contract')
  shared(command.command('list'))
    .description('what is kept, and why')
    .option('--state <state>', 'open or redriven', 'open')
    .addOption(formatOption())
    .action(async (options: Options & { format: ListFormat; state: string }) => {
      await withSystem(
        'credence deadletter list',
        () => configured(options.config),
        async (system) => {
          if (options.dataset !== undefined) datasetOf(system, options.dataset)
          const { catalog } = system
          const state = options.state === 'redriven' ? 'redriven' : 'open'
          const rows = await catalog.deadLetters.list({ ...filterOf(options), state })
          process.stdout.write(renderDeadLetters(rows, options.format, lookOf(process.stdout, process.env)))
          return EXIT.clean
        },
      )
    })
  command
    .command('show <id>')
    .description('what came, made safe to show, where it came from, and the rule that it breaks')
    .addOption(configOption())
    .action(async (id: string, options: ConfigOptions) => {
      await withSystem(
        'credence deadletter show',
        () => configured(options.config),
        async (system) => {
          const opened = await readDeadLetter(system, id)
          const schema = system.contracts.get(opened.row.dataset)?.contract.schema
          process.stdout.write(renderDeadLetter(opened, schema, lookOf(process.stdout, process.env)))
          return EXIT.clean
        },
      )
    })
  shared(command.command('redrive [ids...]'))
    .description('decode dead letters again by the contract as it is now; what has become a record runs the whole way')
    .option('--dry-run', 'say what would happen and change nothing')
    .action(async (ids: string[], options: Options & { dryRun?: boolean }) => {
      await withSigningSystem(
        'credence deadletter redrive',
        () => configured(options.config),
        async (system, signal) => {
          const { reason, limit, dryRun = false } = options
          let recovered = 0
          const names = options.dataset === undefined ? Object.keys(system.config.datasets) : [options.dataset]
          for (const dataset of names) {
            const chosen = ids.length > 0 ? ids : undefined
            const summary = await redrive(system, dataset, { ids: chosen, reason, limit, dryRun })
            recovered += summary.recovered
            if (summary.tried === 0) continue
            const would = dryRun ? 'would be recovered' : 'recovered'
            process.stdout.write(
              `${dataset}: ${plural(summary.tried, 'dead letter')} tried, ${summary.recovered} ${would}, ${summary.failed.length} still dead\n`,
            )
            for (const { id, reason: why, detail } of summary.failed.slice(0, 20))
              process.stdout.write(`  ${id}  ${why}: ${visible(detail)}\n`)
          }
          if (recovered === 0 || dryRun) return EXIT.clean
          const run = await runWithProgress(system, signal, { reads: false })
          process.stderr.write(describeFailures(run.failures))
          return run.failures.length > 0 ? EXIT.failure : EXIT.clean
        },
      )
    })
  return command
}

function shared(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--dataset <name>', 'only this dataset')
    .addOption(new Option('--reason <reason>', 'only those dead for this reason').choices(DEAD_REASONS))
    .option('--limit <n>', 'at most so many', wholeNumber)
}

function filterOf({ dataset, reason, limit }: Options) {
  return {
    dataset,
    reason,
    limit,
  }
}
