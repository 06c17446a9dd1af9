import { FORMAT_NAMES } from '#services/ingest/formats/format.ts'
import { EXIT } from '../exit.ts'

/** What `credence help <topic>` explains besides commands: what no single command owns. */
export const TOPICS = {
  'exit-codes': {
    about: 'what a script can rely on',
    text: `Every command ends with one of these:

  ${EXIT.clean}   all is well: nothing flagged, nothing held
  ${EXIT.findings}   findings: records were flagged, or are held for review
  ${EXIT.failure}   a failure; the message says what failed and what to do
  ${EXIT.nothing}   nothing to scan, or nothing that could be scanned (fewer than 50 records)
  ${EXIT.usage}  the command line is wrong
  ${EXIT.configuration}  the configuration is refused; \`credence lint\` lists every problem

A process that a signal ended reports 128 and the signal's number, and so does one that nobody read on (${EXIT.unread}). \`credence run --fail-on\` says what exit code ${EXIT.findings} is for.`,
  },
  formats: {
    about: 'which files can be read',
    text: `A file is recognised by its content first, then by its name:

  ${FORMAT_NAMES.join(', ')}

\`.npz\` holds x (n × …) and y (n). A folder of PNG and JPEG files is labelled by the folder that each lies in, and so is a
\`.zip\`, which is read as the folder that it holds. gzip and zstd are unpacked around all but Parquet, Arrow and \`.npz\`. Text is UTF-8, UTF-16 or Windows-1252; the output says what was assumed. What cannot be read is
kept raw as a dead letter: \`credence deadletter list\`.`,
  },
  configuration: {
    about: 'where settings come from',
    text: `\`credence init <file or folder>\` writes a credence.yaml and a contract. Every setting has a default; credence.schema.json gives
editors completion. \${NAME} in the file stands for the variable NAME of the environment, \${NAME:-5432} for 5432 where it is not set. Credentials of
clouds come from where their SDKs find them, never from the file. Packages that only some configurations need are named, with the
command that installs them, when one is missing.

  credence lint        every problem, at its line and column
  credence check       what the configuration names: reachable, permitted, protected
  credence dry-run     what would be refused, and why; changes nothing`,
  },
  policy: {
    about: 'how a risk becomes a decision',
    text: `A record's risk is between 0 and 1; at 0.5 a record that is held is as likely innocent as not. A dataset's policy holds by one of

  hold: { risk: 0.5 }             every record at this risk or above (the default)
  hold: { innocentShare: 0.05 }   as many as possible, while about 1 in 20 of them is innocent
  hold: { reviewBudget: 100 }     the riskiest 100 of a window, for people who review a fixed number

A window of fewer than 50 records cannot be scanned and is held whole. \`credence explain <record>\` shows the scores that decided.`,
  },
  verification: {
    about: 'how to prove what was admitted',
    text: `Each dataset has a chain of signed manifests: every window, release and undo is a link. \`credence export\` and the library yield what
the chain admits, and nothing else.

  credence verify                 every signature, link and digest; prints the chains' heads
  credence verify --head …        holds a head that was kept elsewhere against the chain
  credence audit verify           the log of who did what, held against reviews and chains

Who can replace the store, the catalog and the log together with an older copy is noticed only by a head kept elsewhere.`,
  },
  incidents: {
    about: 'what to do when something is wrong now',
    text: `docs/playbook/README.md has a page for each incident, with its first hour. Before all else, keep what is there:

  credence audit export --out log.jsonl     the log, with the key that verifies it
  credence verify                           whether chains and objects are whole
  credence quarantine list                  what is held, with campaigns and who brought them

Held records reach no training. Retire and destroy no key before the store is whole. A recall (\`credence recall add\`) and a decision over
held records can be undone. \`credence playbook check\` says how well an installation is prepared.`,
  },
} as const satisfies Readonly<Record<string, { readonly about: string; readonly text: string }>>
export type Topic = keyof typeof TOPICS

export function isTopic(name: string): name is Topic {
  return Object.hasOwn(TOPICS, name)
}
