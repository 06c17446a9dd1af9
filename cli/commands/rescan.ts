import { Command, InvalidArgumentError } from 'commander'
import { writeFile } from 'node:fs/promises'
import { policySchema, type Policy } from '#core/decision.ts'
import { stillAdmitted } from '#app/operations/recalls.ts'
import { rescan, rescanWhatIf, type JudgedWindow } from '#app/operations/rescans.ts'
import type { SigningSystem } from '#app/system.ts'
import { count, plural, riskText, safeJson, shellWord, visible } from '#present/text.ts'
import { createScanPool } from '#services/scan/worker/pool.ts'
import { EXIT } from '../exit.ts'
import type { ListFormat } from '../print/lists.ts'
import { toOutput } from '../print/output-file.ts'
import { configOption, configured, formatOption, onlyDataset, withSigningSystem, type ConfigOptions } from './common.ts'
import { refuseSource } from './outside-sources.ts'

interface RescanOptions extends ConfigOptions {
  readonly dataset?: string
  readonly since?: Date | number
  readonly whatIf?: Policy
  readonly again?: boolean
  readonly out?: string
  readonly format: ListFormat
}

export function rescanCommand(): Command {
  return new Command('rescan')
    .description(
      'judge committed windows anew with the detectors and the policy of now; changes nothing, goes on where it was ended',
    )
    .addOption(configOption())
    .option('--dataset <name>', 'which (default: the only one)')
    .option(
      '--since <when>',
      'windows committed from this time on (2026-11-01), or from this number on (default: all)',
      since,
    )
    .option(
      '--what-if <policy>',
      'what another policy would hold, by the risks of then: risk=0.4, innocentShare=0.1 or reviewBudget=50',
      policy,
    )
    .option('--again', 'forget what an earlier rescan has judged')
    .option(
      '--out <file>',
      'records that were admitted and would be held, as JSON lines: for `credence recall add --from`',
    )
    .addOption(formatOption())
    .action((options: RescanOptions) =>
      withSigningSystem(
        'credence rescan',
        () => configured(options.config),
        (system, signal) => run(system, options, signal),
      ),
    )
}

async function run(system: SigningSystem, options: RescanOptions, signal: AbortSignal): Promise<number> {
  const { since, whatIf, again, format } = options
  const dataset = options.dataset ?? onlyDataset(system)
  if (options.out !== undefined) await refuseSource(system.config, options.out)
  await using pool = createScanPool(system.config.workers)
  const score: typeof pool.score = (task) => pool.score(task)
  const choice = { dataset, since }
  const judging =
    whatIf === undefined ? rescan(system, choice, { score, again, signal }) : rescanWhatIf(system, choice, whatIf)
  const all: JudgedWindow[] = []
  for await (const window of judging) {
    all.push(window)
    if (format === 'jsonl') process.stdout.write(`${safeJson(window)}\n`)
    else if (format === 'table') process.stdout.write(`${lineOf(window)}\n`)
  }
  if (format === 'json') process.stdout.write(`${safeJson(all, 2)}\n`)
  if (signal.aborted) {
    process.stderr.write('Ended early; the same command goes on from here.\n')
    return EXIT.failure
  }
  return conclude(system, dataset, all, options)
}

async function conclude(
  system: SigningSystem,
  dataset: string,
  all: readonly JudgedWindow[],
  { out, whatIf }: RescanOptions,
): Promise<number> {
  const found = all.flatMap(({ found }) => found)
  const admitted = new Set(
    await stillAdmitted(
      system,
      dataset,
      found.map(({ record }) => record),
    ),
  )
  const rows = found.filter(({ record }) => admitted.has(record)).sort((a, b) => b.risk - a.risk)
  if (out !== undefined)
    await toOutput(out, () =>
      writeFile(out, rows.map((row) => `${safeJson(row)}\n`).join(''), { mode: 0o600, flush: true }),
    )
  const now = plural(rows.length, 'record')
  process.stderr.write(
    all.length === 0
      ? `No window of ${dataset} is committed there.\n`
      : `${plural(all.length, 'window')} of ${dataset}: ${now} admitted that would be held${whatIf === undefined ? ' now' : ''}.\n`,
  )
  for (const { record, risk, families } of rows.slice(0, 10))
    process.stderr.write(`${['', visible(record), `risk ${riskText(risk)}`, ...families].join('  ')}\n`)
  if (rows.length > 10) process.stderr.write(`  … and ${count(rows.length - 10)} more\n`)
  if (rows.length === 0) return EXIT.clean
  process.stderr.write(
    out === undefined
      ? 'Nothing was changed. To recall them: the same with --out found.jsonl, look at it, then credence recall add --from found.jsonl\n'
      : `Nothing was changed. To recall them: credence recall add --dataset ${shellWord(dataset)} --from ${shellWord(out)} --reason '…'\n`,
  )
  return EXIT.findings
}

function lineOf({ ordinal, before, after, found }: JudgedWindow): string {
  const [then, now] = [before, after].map(({ quarantine, reject }) => quarantine + reject) as [number, number]
  const fewer = found.length - (now - then)
  return `window ${count(ordinal)}: ${count(then)} held then, ${count(now)} now (${count(found.length)} more, ${count(fewer)} fewer)`
}

function since(text: string): Date | number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  const time = new Date(text)
  if (/^\d{4}-/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('expected a time such as 2026-11-01, or the number of a window')
}

function policy(text: string): Policy {
  const [name = '', value = ''] = text.split('=')
  const parsed = policySchema.safeParse({ hold: { [name]: value.trim() === '' ? value : Number(value) } })
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError('expected risk=0.4, innocentShare=0.1 or reviewBudget=50')
}
