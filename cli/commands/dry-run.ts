import { Command } from 'commander'
import { loadContract } from '#runtime/config/load-contract.ts'
import type { DatasetConfig } from '#app/config/schema.ts'
import { createPreparer } from '#services/ingest/record/prepare.ts'
import { EXIT } from '../exit.ts'
import { lookOf } from '#present/look.ts'
import { undeclared } from '../print/dead-letter.ts'
import { renderTable } from '../print/table.ts'
import { count, plural } from '#present/text.ts'
import { REASON_WORDS } from '#present/words.ts'
import { firstItems } from '#app/first-items.ts'
import { openSource } from '#app/open/source.ts'
import { configOption, configured, lifecycle, type ConfigOptions } from './common.ts'

/** So many fields that a contract does not know are named. */
const NAMED = 5

export function dryRunCommand(): Command {
  return new Command('dry-run')
    .description('read, decode, sanitize and validate everything the sources hold; changes nothing')
    .addOption(configOption())
    .action(async (options: ConfigOptions) => {
      process.exitCode = await lifecycle().run((signal) => dryRun(options.config, signal))
    })
}

async function dryRun(path: string, signal: AbortSignal): Promise<number> {
  const config = await configured(path)
  let [received, refused] = [0, 0]
  const rows: string[][] = []
  for (const [dataset, settings] of Object.entries(config.datasets)) {
    const { contract } = await loadContract(settings.contract)
    const preparer = createPreparer(contract, { dataset, source: dataset })
    const tally = new Map<string, { count: number; example: string }>()
    let records = 0
    const source = await openSource(dataset, unregistered(settings), contract, config)
    for await (const item of firstItems(source, signal)) {
      received++
      const prepared = preparer.prepare(item)
      if (prepared.kind === 'record') {
        records++
        for (const { rule, path: where } of prepared.notes)
          note(tally, `sanitized: ${rule}`, `${item.partition}#${item.position} at ${where}`)
      } else {
        refused++
        const { reason, detail, body } = prepared.letter
        const extra = undeclared(body, detail, contract.schema)
        const named =
          extra.length === 0 ? '' : `: ${extra.slice(0, NAMED).join(', ')}${extra.length > NAMED ? ', …' : ''}`
        note(tally, `dead letter: ${REASON_WORDS[reason]}`, `${item.partition}#${item.position}: ${detail}${named}`)
      }
    }
    rows.push([dataset, 'records', count(records), ''])
    for (const [what, { count: found, example }] of tally) rows.push([dataset, what, count(found), example])
  }
  process.stdout.write(
    `${renderTable(
      [
        { header: 'dataset' },
        { header: 'what', shrink: true },
        { header: 'count', align: 'right' },
        { header: 'for example', shrink: true },
      ],
      rows,
      lookOf(process.stdout, process.env),
    )}\n${plural(received, 'item')} read, ${count(refused)} would be dead letters. Nothing was changed.\n`,
  )
  if (received === 0) return EXIT.nothing
  return refused > 0 ? EXIT.findings : EXIT.clean
}

/** A fan-out consumer would have to be registered first: polling reads the same and leaves nothing behind. */
function unregistered(settings: DatasetConfig): DatasetConfig {
  const { source } = settings
  return 'kinesis' in source ? { ...settings, source: { kinesis: { ...source.kinesis, mode: 'polling' } } } : settings
}

function note(tally: Map<string, { count: number; example: string }>, what: string, example: string): void {
  const entry = tally.get(what) ?? { count: 0, example }
  tally.set(what, { ...entry, count: entry.count + 1 })
}
