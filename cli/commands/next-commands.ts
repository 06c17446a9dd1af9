import type { Config } from '#app/config/load.ts'
import type { DatasetSummary } from '#app/operations/summaries.ts'
import { shellWord } from '#present/text.ts'
import { outsideSources } from './outside-sources.ts'

interface NextCommand {
  readonly command: string
  readonly why: string
}

/** What a person does after a run: decides over what is held, looks at what could not be read, takes what was admitted. */
export async function nextCommands(
  config: Pick<Config, 'data' | 'datasets'>,
  datasets: readonly DatasetSummary[],
  configPath: string,
): Promise<NextCommand[]> {
  const configured = configPath === 'credence.yaml' ? '' : ` --config ${shellWord(configPath)}`
  const fed = datasets.filter(({ counts }) => counts.received > 0)
  const mostOf = (what: 'quarantined' | 'deadLettered') => fed.toSorted((a, b) => b.counts[what] - a.counts[what])[0]
  const [most, unread] = [mostOf('quarantined'), mostOf('deadLettered')]
  if (most === undefined || unread === undefined) return []
  const out = shellWord(await outsideSources(config, `${most.dataset}.admitted.jsonl`))
  return [
    ...(most.counts.quarantined > 0
      ? [
          { command: `npx credence console${configured}`, why: 'decide over what is held, in a browser' },
          {
            command: `npx credence quarantine list --dataset ${most.dataset} --limit 10${configured}`,
            why: 'the same on the terminal, riskiest first',
          },
        ]
      : []),
    ...(unread.counts.deadLettered > 0
      ? [
          {
            command: `npx credence deadletter list --dataset ${unread.dataset} --limit 10${configured}`,
            why: 'what could not be read, and why',
          },
        ]
      : []),
    {
      command: `npx credence export --dataset ${most.dataset} --out ${out}${configured}`,
      why: 'the admitted records, verified',
    },
    { command: `npx credence keys rotate${configured}`, why: 'a new key, without re-encrypting anything' },
    { command: `npx credence audit verify${configured}`, why: 'proof that nobody edited the log' },
  ]
}
