import { Command } from 'commander'
import type { Decision, Policy } from '#core/decision.ts'
import type { DataRecord, Provenance } from '#core/record.ts'
import type { DetectorInfo, Issue } from '#core/score.ts'
import { decideWindow } from '#services/scan/verdict/decide-window.ts'
import { EXIT, ExitError } from '../exit.ts'
import { lookOf, paint } from '#present/look.ts'
import { riskText, safeJson, visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { readWindow, type OpenedWindow } from '#app/read-window.ts'
import type { SigningSystem } from '#app/system.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'

interface ExplainOptions extends ConfigOptions {
  readonly dataset?: string
  readonly format: 'table' | 'json'
}

export function explainCommand(): Command {
  return new Command('explain')
    .description('why a record was admitted or held: inputs, versions, scores, evidence; re-derives the decision')
    .argument('<record>', 'its id')
    .addOption(configOption())
    .option('--dataset <name>', 'only look there')
    .option('--format <format>', 'table or json', 'table')
    .action(async (record: string, options: ExplainOptions) => {
      await withSigningSystem(
        'credence explain',
        () => configured(options.config),
        (system) => explain(system, record, options),
      )
    })
}

async function explain(system: SigningSystem, id: string, { dataset, format }: ExplainOptions): Promise<number> {
  const found = await find(system, id, dataset)
  if (found === null) throw new ExitError(EXIT.failure, `no committed window holds a record ${id}`)
  const { opened, index, record, dataset: name } = found
  const { sidecar } = opened
  const scored = sidecar.records[index]
  if (scored === undefined) throw new ExitError(EXIT.failure, `window ${opened.row.id} has no score for ${id}`)
  const again = decideWindow(
    Float64Array.from(sidecar.records, ({ risk }) => risk),
    sidecar.policy,
    sidecar.unscanned,
  )
  const agrees = sidecar.records.every(({ decision }, i) => decision === again[i])
  const [flagged] = await system.catalog.flagged.list({ records: [id], dataset: name })
  const link = await system.chain.find(name, { kind: 'window', window: opened.row.id })
  const campaign = sidecar.campaigns.find(({ members }) => members.includes(index))
  const facts: Facts = {
    record: id,
    dataset: name,
    provenance: record.provenance,
    window: { id: opened.row.id, ordinal: opened.row.ordinal, index, records: sidecar.records.length },
    manifest: link === null ? null : { path: link.path, sha256: link.sha256 },
    contract: link?.statement.predicate.contract?.sha256 ?? null,
    policy: sidecar.policy,
    seed: sidecar.seed,
    detectors: sidecar.detectors,
    certified: sidecar.certified,
    risk: scored.risk,
    issues: scored.issues,
    campaign:
      campaign === undefined ? null : { id: campaign.id, summary: campaign.summary, evidence: campaign.evidence },
    decision: scored.decision,
    rederived: { decision: again[index], wholeWindowAgrees: agrees },
    standing: flagged?.standing ?? 'admitted',
  }
  if (format === 'json') process.stdout.write(`${safeJson(facts, 2)}\n`)
  else tell(facts)
  return agrees ? EXIT.clean : EXIT.failure
}

function tell(facts: Facts): void {
  const look = lookOf(process.stdout, process.env)
  const { provenance, window, manifest } = facts
  const lines: [string, string][] = [
    ['record', visible(facts.record)],
    [
      'from',
      visible(
        `${provenance.source} · ${provenance.partition} · position ${provenance.position}${provenance.contributor === undefined ? '' : ` · ${provenance.contributor}`}`,
      ),
    ],
    ['window', `${facts.dataset} ${window.ordinal} (${window.id}), record ${window.index + 1} of ${window.records}`],
    ['manifest', manifest === null ? '–' : `${manifest.path}, sha256 ${manifest.sha256.slice(0, 16)}…`],
    ['contract', facts.contract === null ? '–' : `sha256 ${facts.contract.slice(0, 16)}…`],
    ['policy', JSON.stringify(facts.policy)],
    ['seed', String(facts.seed)],
    ['detectors', facts.detectors.map(({ name, version }) => `${name} ${version}`).join(', ')],
    ['risk', `${riskText(facts.risk)}${facts.certified ? '' : ' (uncertified: no clean history yet)'}`],
    ...facts.issues.map(({ family, score, why }): [string, string] => [
      FAMILY_WORDS[family].name,
      `${riskText(score)} · ${visible(why)}`,
    ]),
    ...(facts.campaign === null
      ? []
      : ([['campaign', visible(`${facts.campaign.id} · ${facts.campaign.summary}`)]] as [string, string][])),
    ['decision', `${facts.decision}; stands ${facts.standing}`],
    [
      're-derived',
      `${facts.rederived.decision} from what is stored${facts.rederived.wholeWindowAgrees ? ', as is every other decision of the window' : '; the window does not agree with what is stored'}`,
    ],
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  process.stdout.write(
    `${lines.map(([name, text]) => `${paint(look, 'dim', name.padEnd(width))}  ${text}`).join('\n')}\n`,
  )
}

interface Facts {
  readonly record: string
  readonly dataset: string
  readonly provenance: Provenance
  readonly window: { readonly id: string; readonly ordinal: number; readonly index: number; readonly records: number }
  readonly manifest: { readonly path: string; readonly sha256: string } | null
  readonly contract: string | null
  readonly policy: Policy
  readonly seed: number
  readonly detectors: readonly DetectorInfo[]
  readonly certified: boolean
  readonly risk: number
  readonly issues: readonly Issue[]
  readonly campaign: { readonly id: string; readonly summary: string; readonly evidence: number } | null
  readonly decision: Decision
  readonly rederived: { readonly decision: Decision | undefined; readonly wholeWindowAgrees: boolean }
  readonly standing: string
}

interface Found {
  readonly dataset: string
  readonly opened: OpenedWindow
  readonly index: number
  readonly record: DataRecord
}

/** Held records are in the catalog; an admitted one is looked for where its id says it came from, then everywhere. */
async function find(system: SigningSystem, id: string, dataset: string | undefined): Promise<Found | null> {
  const filter = dataset === undefined ? {} : { dataset }
  const [flagged] = await system.catalog.flagged.list({ records: [id], ...filter })
  const windows = await system.catalog.windows.list({ ...filter, state: 'committed' })
  const partition = id.slice(0, Math.max(0, id.lastIndexOf('#')))
  const likely = windows.filter(
    (row) => row.id === flagged?.window || row.segments.some((segment) => segment.partition === partition),
  )
  const rest = windows.filter((row) => !likely.includes(row))
  for (const row of [...likely, ...rest]) {
    const opened = await readWindow(system, row)
    const index = opened.records.findIndex((record) => record.id === id)
    const record = opened.records[index]
    if (record !== undefined) return { dataset: row.dataset, opened, index, record }
  }
  return null
}
