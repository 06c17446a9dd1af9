import { Command } from 'commander'
import { EXIT } from '../exit.ts'
import { lookOf, paint } from '#present/look.ts'
import { riskText, safeJson, visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { explainRecord, type Explanation } from '#app/operations/explain.ts'
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
        async (system) => {
          const explanation = await explainRecord(system, record, options.dataset)
          if (options.format === 'json') process.stdout.write(`${safeJson(explanation, 2)}\n`)
          else tell(explanation)
          return explanation.rederived.wholeWindowAgrees ? EXIT.clean : EXIT.failure
        },
      )
    })
}

function tell(facts: Explanation): void {
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
    ...(facts.effort === 'quick'
      ? ([['effort', 'quick: these suspected nothing, and no other was asked']] as [string, string][])
      : []),
    facts.unscanned !== null
      ? ['not scanned', visible(facts.unscanned)]
      : ['risk', `${riskText(facts.risk)}${facts.certified ? '' : ' (uncertified: too little clean history yet)'}`],
    [
      'memory',
      facts.memory === null
        ? 'none: judged alone'
        : `what the windows up to ${facts.memory.through} taught, sha256 ${facts.memory.sha256.slice(0, 16)}…`,
    ],
    ...facts.issues.map(({ family, score, why }): [string, string] => [
      FAMILY_WORDS[family].name,
      `${riskText(score)} · ${visible(why)}`,
    ]),
    ...voices(facts),
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

/** Who spoke against the record, who was silent, and what could not be said. */
function voices({ detectors, spoke, notes, unscanned }: Explanation): [string, string][] {
  const unsaid = notes.map((note): [string, string] => ['not said', visible(note)])
  if (spoke === null || unscanned !== null) return unsaid
  const silent = detectors.filter(({ name }) => !spoke.includes(name)).map(({ name }) => name)
  return [
    ['spoke', spoke.length === 0 ? 'none' : visible(spoke.join(', '))],
    ['silent', silent.length === 0 ? 'none' : visible(silent.join(', '))],
    ...unsaid,
  ]
}
