import type { Mitigation } from '#core/score.ts'
import { shellWord } from './text.ts'

export interface Advice {
  /** What to do, for a person. */
  readonly title: string
  readonly detail: string
  /** The command that does it, or shows what is needed; null if it happens outside Credence. */
  readonly command: string | null
  /** MITRE ATLAS mitigation. */
  readonly atlas: string | null
}

export interface AdviceSubject {
  /** The configuration's file, if it is not the one that commands find by default. */
  readonly config?: string | undefined
  readonly dataset: string
  readonly campaign: string
  /** The contributor with the largest share, if the records name one. */
  readonly contributor?: string | undefined
}

/** Advice on one mitigation, with the command for this campaign. Names come from outside, so they are quoted for the shell. */
export function adviceFor(mitigation: Mitigation, subject: AdviceSubject): Advice {
  const { title, detail, atlas, command } = ADVICE[mitigation]
  const plain = command(subject)
  return { title, detail, atlas, command: plain === null ? null : commandIn(plain, subject.config) }
}

/** The same after a scan, which stores nothing, so no command can do it. */
export function adviceOnScan(mitigation: Mitigation): Advice {
  const { title, detail, atlas } = { ...ADVICE[mitigation], ...ON_SCAN[mitigation] }
  return { title, detail, atlas, command: null }
}

/** A command with the option for a configuration file that is not the default one, placed before any redirection. */
export function commandIn(command: string, config: string | undefined): string {
  const [call = '', ...target] = command.split(' > ')
  const option = config === undefined ? '' : ` --config ${shellWord(config)}`
  return [`npx ${call}${option}`, ...target].join(' > ')
}

interface Entry extends Omit<Advice, 'command'> {
  readonly command: (subject: AdviceSubject) => string | null
}

const ADVICE: { readonly [key in Mitigation]: Entry } = {
  quarantine_records: {
    title: 'Look at the held records, then reject them',
    detail: 'They rest in quarantine, out of reach of training. Rejecting settles it, and can be undone.',
    command: (subject) => `credence quarantine reject ${scope(subject)} --reason 'poisoned'`,
    atlas: 'AML.M0007',
  },
  relabel: {
    title: 'Correct the labels and deliver the records again',
    detail: 'The samples look sound, their labels do not. This writes the list for whoever labels.',
    command: (subject) => `credence quarantine list ${scope(subject)} --format jsonl > relabel.jsonl`,
    atlas: 'AML.M0007',
  },
  drop_contributor: {
    title: 'Stop taking data from this contributor',
    detail: 'What was not held may be poisoned too. Reject what is held, and shut the door upstream.',
    command: ({ dataset, contributor }) =>
      contributor === undefined
        ? null
        : `credence quarantine reject --dataset ${shellWord(dataset)} --contributor ${shellWord(contributor)} --reason 'untrusted contributor'`,
    atlas: 'AML.M0025',
  },
  retrain_without: {
    title: 'Retrain any model that has seen these records',
    detail: 'A model trained on earlier copies may carry the backdoor. The export leaves out everything held.',
    command: ({ dataset }) =>
      `credence export --dataset ${shellWord(dataset)} --out ${shellWord(`${dataset}.admitted.parquet`)}`,
    atlas: 'AML.M0007',
  },
  rotate_source_credentials: {
    title: 'Change the credentials of the source',
    detail: 'Records came in through an account that should not have been able to send them.',
    command: () => null,
    atlas: 'AML.M0005',
  },
  deduplicate: {
    title: 'Keep one of the copies and reject the rest',
    detail: 'A near-copy weighs as often as it occurs. One is enough, if any.',
    command: (subject) => `credence quarantine list ${scope(subject)}`,
    atlas: 'AML.M0007',
  },
  collect_more: {
    title: 'Collect more records of this kind',
    detail: 'There are too few to tell an attack from a rare but honest case.',
    command: () => null,
    atlas: null,
  },
  inspect_upstream: {
    title: 'Find where these records came in',
    detail: 'Source, partition and position of every record are kept: the list shows them.',
    command: (subject) => `credence quarantine list ${scope(subject)} --format jsonl`,
    atlas: 'AML.M0025',
  },
}

const ON_SCAN: { readonly [key in Mitigation]?: Partial<Pick<Advice, 'title' | 'detail'>> } = {
  quarantine_records: {
    title: 'Look at these records, and train without them',
    detail: 'A scan changes nothing: leave them out yourself, or run the pipeline over the data.',
  },
  relabel: { title: 'Correct the labels', detail: 'The samples look sound, their labels do not.' },
  drop_contributor: { detail: 'What was not flagged may be poisoned too. Shut the door upstream.' },
  retrain_without: { detail: 'A model trained on earlier copies may carry the backdoor.' },
  deduplicate: { title: 'Keep one of the copies' },
  inspect_upstream: { detail: 'The id of each record says which file it is from, and where in it.' },
}

function scope({ dataset, campaign }: AdviceSubject): string {
  return `--dataset ${shellWord(dataset)} --campaign ${shellWord(campaign)}`
}
