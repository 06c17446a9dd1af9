import { Command, InvalidArgumentError, Option } from 'commander'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Config } from '#app/config/load.ts'
import type { Truth } from '../demo/deliveries.ts'
import { scoreTruth } from '../demo/score-truth.ts'
import { describeFailure, EXIT } from '../exit.ts'
import { lookOf } from '#present/look.ts'
import { renderSummary } from '../print/summary.ts'
import { writeReport, type ReportOptions } from '#report/write.ts'
import { plural, visibleLines } from '#present/text.ts'
import type { PlantedTruth } from '#present/planted.ts'
import { signAuditLog } from '#app/operations/audit.ts'
import { certifiedDatasets } from '#app/operations/certified.ts'
import { summaries, type DatasetSummary } from '#app/operations/summaries.ts'
import type { SigningSystem } from '#app/system.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'
import { nextCommands } from './next-commands.ts'
import { refuseSource } from './outside-sources.ts'
import { describeFailures, runWithProgress, type PipelineRun } from './run-pipeline.ts'

interface RunOptions extends ConfigOptions {
  readonly report?: string | false
  readonly untilIdle?: number
  readonly planted?: string | undefined
  readonly failOn: FailOn
}

/** What a run ends with exit code 1 for: anything that is held, what this run held itself, or nothing. */
const FAIL_ON = ['held', 'new', 'failure'] as const
export type FailOn = (typeof FAIL_ON)[number]

export function runCommand(): Command {
  return new Command('run')
    .description('ingest, scan and encrypt what the sources hold, then report; carries on where it was stopped')
    .addOption(configOption())
    .option('--report <file>', 'where the HTML report goes (default: report.html in the data folder)')
    .option('--no-report', 'write no report')
    .option('--until-idle <seconds>', 'stop following streams once nothing came for so long', seconds)
    .addOption(
      new Option('--fail-on <what>', 'exit code 1 for anything held, for what this run held (new), or never (failure)')
        .choices(FAIL_ON)
        .default('held'),
    )
    .addOption(new Option('--planted <file>', 'what an example planted, to hold the findings against').hideHelp())
    .addHelpText(
      'after',
      '\nExit code: 0 all admitted, 1 something is held or dead-lettered (see --fail-on), 2 failure, 3 nothing to scan, 78 bad configuration.',
    )
    .action(async (options: RunOptions) => {
      await withSigningSystem(
        'credence run',
        () => configured(options.config),
        async (system, signal) => {
          const { untilIdle: untilIdleSeconds, planted } = options
          if (typeof options.report === 'string') await refuseSource(system.config, options.report)
          const run = await runWithProgress(system, signal, {
            untilIdleSeconds,
          })
          // To be stopped is how the following of streams ends.
          if (run.stopped && !followsStreams(system)) return stopped(run)
          const report = options.report === false ? null : (options.report ?? join(system.config.data, 'report.html'))
          return await finish(system, run, {
            report,
            configPath: options.config,
            failOn: options.failOn,
            ...(planted !== undefined && {
              planted: async () => scoreTruth(system, JSON.parse(await readFile(planted, 'utf8')) as Truth),
            }),
          })
        },
      )
    })
}

function followsStreams({ config }: SigningSystem): boolean {
  return Object.values(config.datasets).some(({ source }) => !('root' in source))
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('expected seconds, such as 30')
  return value
}

export function stopped(run: PipelineRun): number {
  process.stderr.write(`${describeFailures(run.failures)}Stopped. Nothing is lost: run it again and it carries on.\n`)
  return EXIT.failure
}

export interface FinishOptions {
  readonly report: string | null
  readonly configPath: string
  readonly title?: string | undefined
  readonly planted?: ((held: readonly DatasetSummary[]) => Promise<PlantedTruth>) | undefined
  readonly failOn?: FailOn
}

/** After a run: the audit log's checkpoint, the report, the summary; resolves to the exit code. */
export async function finish(system: SigningSystem, run: PipelineRun, options: FinishOptions): Promise<number> {
  const { config } = system
  await signAuditLog(system)
  const datasets = await summaries(system)
  const planted = await options.planted?.(datasets)
  const next = await nextCommands(config, datasets, options.configPath)
  const report = await reported(system, options, {
    title: options.title ?? 'Credence run',
    seconds: run.seconds,
    planted,
    next,
  })
  const held = datasets.reduce((sum, { counts }) => sum + counts.quarantined + counts.rejected, 0)
  const received = datasets.reduce((sum, { counts }) => sum + counts.received, 0)
  const here = (path: string) => relative(process.cwd(), path) || '.'
  const objects = objectsPlace(config) ?? here(join(config.data, 'objects'))
  process.stdout.write(
    renderSummary(
      {
        datasets,
        planted,
        seconds: run.seconds,
        certified: await certifiedDatasets(system),
        places: [
          { what: 'encrypted objects', path: objects },
          { what: 'signed manifests', path: `${objects}/manifests` },
          ...sinkPlaces(config),
          ...(report === null ? [] : [{ what: 'report', path: here(report) }]),
        ],
        next,
      },
      lookOf(process.stdout, process.env),
    ),
  )
  process.stderr.write(describeFailures(run.failures))
  // Where the queue is shared, others see to them.
  const pending = config.queue === undefined ? datasets.reduce((sum, dataset) => sum + dataset.pending, 0) : 0
  if (pending > 0)
    process.stderr.write(`${plural(pending, 'record')} wait to be committed: the next run goes on there.\n`)
  if (run.failures.length > 0 || pending > 0) return EXIT.failure
  if (received === 0) return EXIT.nothing
  const dead = datasets.reduce((sum, { counts }) => sum + counts.deadLettered, 0)
  return findings(options.failOn ?? 'held', { all: held + dead, now: run.heldNow })
}

function findings(failOn: FailOn, { all, now }: { readonly all: number; readonly now: number }): number {
  const counted = { held: all, new: now, failure: 0 }[failOn]
  return counted > 0 ? EXIT.findings : EXIT.clean
}

/** Where the configured store keeps objects, as people name it; null for the data folder. */
function objectsPlace({ store }: Config): string | null {
  if (store === undefined) return null
  const below = (place: string, prefix: string | undefined) => (prefix === undefined ? place : `${place}/${prefix}`)
  if ('s3' in store) return below(`s3://${store.s3.bucket}`, store.s3.prefix)
  if ('gcs' in store) return below(`gs://${store.gcs.bucket}`, store.gcs.prefix)
  const { url, container, prefix } = 'adls' in store ? store.adls : store.blob
  return below(`${url.replace(/\/+$/, '')}/${container}`, prefix)
}

function sinkPlaces({ datasets }: Config): { what: string; path: string }[] {
  return Object.values(datasets).flatMap(({ sink }) => {
    if (sink === undefined) return []
    const { project, dataset, table } = sink.bigquery
    return [{ what: 'admitted rows', path: `${project}.${dataset}.${table}` }]
  })
}

/** Where the report is; null where none was asked for. A run stays what it was when its report cannot be written. */
async function reported(
  system: SigningSystem,
  { report, configPath }: FinishOptions,
  about: Omit<ReportOptions, 'path' | 'configPath'>,
): Promise<string | null> {
  if (report === null) return null
  try {
    await writeReport(system, { ...about, path: report, configPath })
    return report
  } catch (error) {
    process.stderr.write(`The report could not be written: ${visibleLines(describeFailure(error).message)}\n`)
    return null
  }
}
