import { Command } from 'commander'
import { join, relative } from 'node:path'
import { checkpointAudit } from '#runtime/audit/checkpoint.ts'
import { EXIT } from '../exit.ts'
import { lookOf } from '../present/look.ts'
import { renderSummary, type DatasetSummary, type PlantedTruth } from '../present/summary.ts'
import { writeReport } from '../report/write.ts'
import type { System } from '../system.ts'
import { configOption, configured, withSystem, type ConfigOptions } from './common.ts'
import { describeJobFailures, runWithProgress, summaries, type PipelineRun } from './run-pipeline.ts'

export function runCommand(): Command {
  return new Command('run')
    .description('ingest, scan and encrypt what the sources hold, then report; carries on where it was stopped')
    .addOption(configOption())
    .option('--report <file>', 'where the HTML report goes (default: report.html in the data folder)')
    .option('--no-report', 'write no report')
    .addHelpText(
      'after',
      '\nExit code: 0 nothing held, 1 something is held, 2 failure, 3 nothing to scan, 78 bad configuration.',
    )
    .action(async (options: ConfigOptions & { report?: string | false }) => {
      await withSystem(
        'credence run',
        () => configured(options.config),
        async (system, signal) => {
          const run = await runWithProgress(system, signal)
          if (run.stopped) return stopped(run)
          const report = options.report === false ? null : (options.report ?? join(system.config.data, 'report.html'))
          return await finish(system, run, { report, configPath: options.config })
        },
      )
    })
}

export function stopped(run: PipelineRun): number {
  process.stderr.write(
    `${describeJobFailures(run.failures)}Stopped. Nothing is lost: run it again and it carries on.\n`,
  )
  return EXIT.failure
}

export interface FinishOptions {
  readonly report: string | null
  readonly configPath: string
  readonly title?: string
  readonly planted?: (held: readonly DatasetSummary[]) => Promise<PlantedTruth>
}

/** After a run: the audit log's checkpoint, the report, the summary; resolves to the exit code. */
export async function finish(system: System, run: PipelineRun, options: FinishOptions): Promise<number> {
  const { config, catalog, signer } = system
  await checkpointAudit(catalog.audit, signer)
  const datasets = await summaries(system)
  const planted = await options.planted?.(datasets)
  const next = nextCommands(datasets, options.configPath)
  if (options.report !== null) {
    await writeReport(system, {
      path: options.report,
      title: options.title ?? 'Credence run',
      seconds: run.seconds,
      configPath: options.configPath,
      planted,
      next,
    })
  }
  const held = datasets.reduce((sum, { counts }) => sum + counts.quarantined + counts.rejected, 0)
  const received = datasets.reduce((sum, { counts }) => sum + counts.received, 0)
  const here = (path: string) => relative(process.cwd(), path) || '.'
  process.stdout.write(
    renderSummary(
      {
        datasets,
        planted,
        seconds: run.seconds,
        certified: false,
        places: [
          { what: 'encrypted objects', path: here(join(config.data, 'objects')) },
          { what: 'signed manifests', path: here(join(config.data, 'objects', 'manifests')) },
          ...(options.report === null ? [] : [{ what: 'report', path: here(options.report) }]),
        ],
        next,
      },
      lookOf(process.stdout, process.env),
    ),
  )
  process.stderr.write(describeJobFailures(run.failures))
  if (run.failures.length > 0) return EXIT.failure
  if (received === 0) return EXIT.nothing
  return held > 0 ? EXIT.findings : EXIT.clean
}

function nextCommands(datasets: readonly DatasetSummary[], configPath: string) {
  const config = configPath === 'credence.yaml' ? '' : ` --config ${configPath}`
  const most = [...datasets].sort((a, b) => b.counts.quarantined - a.counts.quarantined)[0]
  if (most === undefined || most.counts.received === 0) return []
  return [
    ...(most.counts.quarantined > 0
      ? [
          {
            command: `npx credence quarantine list --dataset ${most.dataset} --limit 10${config}`,
            why: 'what is held, riskiest first',
          },
        ]
      : []),
    {
      command: `npx credence export --dataset ${most.dataset} --out ${most.dataset}.jsonl${config}`,
      why: 'the admitted records, verified',
    },
    { command: `npx credence keys rotate${config}`, why: 'a new key, without re-encrypting anything' },
    { command: `npx credence audit verify${config}`, why: 'proof that nobody edited the log' },
  ]
}
