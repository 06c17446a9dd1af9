import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../../tools/playbook/files.ts'

/** What breaks: a file, words of it, what stands in their place; and where, and with which words, the check has to say so. */
type Break = readonly [what: string, file: string, words: string, instead: string, where: string, says: string]

const PLAYBOOK = 'docs/playbook/'
const CONTROLS = 'docs/governance/controls.yaml'
const THREATS = 'docs/governance/threats.yaml'
const CHAIN_CUT = `${PLAYBOOK}incidents/chain-cut.md`
const HELD = `${PLAYBOOK}poisoning.md`

/** Each breaks something else, so that all of them are found in one run. */
const BREAKS: readonly Break[] = [
  // Proofs.
  [
    'a test that is a proof has another name',
    'services/ingest/record/validate.test.ts',
    'leaves out keys that the contract does not name',
    'drops keys',
    CONTROLS,
    "no test 'leaves out keys that the contract does not name' that is run: name the one",
  ],
  [
    'a test that is a proof is skipped',
    'test/console/opinions.test.ts',
    "test('a gold sample",
    "test.skip('a gold sample",
    CONTROLS,
    "no test 'a gold sample is asked about as others are",
  ],
  [
    'a figure is another one',
    'README.md',
    '958 records of 58,004 held',
    '58,005 records of 58,004 held',
    CONTROLS,
    "does not say '958 records of 58,004 held; 20 campaigns found': say in the proof what it says now",
  ],
  [
    'a resource of Terraform is gone',
    'infra/terraform/modules/aws/keys.tf',
    'resource "aws_kms_key" "epoch"',
    'resource "aws_kms_key" "epochs"',
    CONTROLS,
    'has no aws_kms_key.epoch: name the rule',
  ],
  [
    'a policy of the cluster is gone',
    'deploy/policies/admission.yaml',
    '  name: credence-nobody-inside',
    '  name: credence-somebody-inside',
    CONTROLS,
    'has no credence-nobody-inside: name the rule',
  ],
  [
    'a control has a command that is none',
    CONTROLS,
    'credence keys retire 3f --dry-run',
    'credence keys retire 3f --try',
    CONTROLS,
    "unknown option '--try'",
  ],
  // The threats.
  [
    'an attack that the threat model links has another name',
    'test/attacks/chain.test.ts',
    'takes all of a chain away',
    'takes a chain away',
    'docs/threat-model.md',
    "no test 'takes all of a chain away' that is run: name the one",
  ],
  [
    'a time says what no clock says',
    THREATS,
    'within: at once\n    atlas: AML.T0025\n    shows: { test: test/conformance',
    'within: quite soon\n    atlas: AML.T0025\n    shows: { test: test/conformance',
    THREATS,
    "within 'quite soon' is no number of the system",
  ],
  ['a store has no row', THREATS, '    staging: {', '    attic: {', THREATS, 'zone staging has no row: add one'],
  [
    'an attack of the threat model has no test',
    'docs/threat-model.md',
    '[pool](../test/attacks/pool.test.ts "is found without them")',
    'pool',
    'docs/threat-model.md',
    'an attack without a test: | the store | to take away what a window gave to its dataset',
  ],
  // The frameworks.
  [
    'a line names a control that is not there',
    'docs/governance/frameworks.yaml',
    'answer: product, by: [monitoring, outages]',
    'answer: product, by: [monitors, outages]',
    'docs/governance/frameworks.yaml',
    'A.6.2.6: no control monitors: name one',
  ],
  // Pages.
  [
    'a link leads nowhere',
    `${PLAYBOOK}running.md`,
    '(../networks.md)',
    '(../network.md)',
    `${PLAYBOOK}running.md`,
    '../network.md is not there',
  ],
  [
    'a link leads to a heading that is not there',
    'docs/operations.md',
    '### Much held',
    '### Too much held',
    `${PLAYBOOK}incidents/poison-before-training.md`,
    'has no such heading',
  ],
  ['a word is misspelt', HELD, 'yours: a watermark', 'yours: a watermarc', HELD, "'watermarc' is in no dictionary"],
  [
    'a word of the threat model is misspelt',
    'docs/threat-model.md',
    'An installation cannot tell',
    'An instalation cannot tell',
    'docs/threat-model.md',
    "'instalation' is in no dictionary",
  ],
  [
    'a sentence takes two breaths',
    `${PLAYBOOK}federated.md`,
    'there is no token to steal. `listen.clients`',
    'there is no token to steal and no password and no address and no name of a host and no certificate but that of the owner and of whoever signed it for them, unless somebody wants it, and `listen.clients`',
    `${PLAYBOOK}federated.md`,
    'a sentence of',
  ],
  [
    'a command of a block has an option that is none',
    CHAIN_CUT,
    'credence audit verify --file evidence/log.jsonl --key',
    'credence audit verify --file evidence/log.jsonl --pem',
    CHAIN_CUT,
    "unknown option '--pem'",
  ],
  [
    'a block was changed and not tried',
    CHAIN_CUT,
    'mkdir -p evidence',
    'mkdir evidence',
    CHAIN_CUT,
    'was changed since it was tried; try it',
  ],
  [
    'a sentence names a command that is none',
    `${PLAYBOOK}people.md`,
    '`console.decideWithinHours`',
    '`console.decideWithinHours` (`credence opinions list`)',
    `${PLAYBOOK}people.md`,
    "unknown command 'opinions'",
  ],
  [
    'a sentence names a setting that is none',
    `${PLAYBOOK}people.md`,
    'Releases above `console.releaseAlone`',
    'Releases above `console.releasesAlone`',
    `${PLAYBOOK}people.md`,
    '`console.releasesAlone` is no setting, event, metric or reason',
  ],
  [
    'an alert has another name',
    'deploy/alerts.yaml',
    'alert: CredenceCanariesMissed',
    'alert: CredenceCanariesLost',
    HELD,
    'CredenceCanariesMissed: deploy/alerts.yaml has no such alert',
  ],
  [
    'a number of the code is another one',
    'core/window.ts',
    'FEWEST_SCANNED = 50',
    'FEWEST_SCANNED = 60',
    `${PLAYBOOK}ingestion.md`,
    'says 50, and constant core/window.ts FEWEST_SCANNED is 60',
  ],
  [
    'a default is another one',
    'app/config/credence.schema.json',
    '"default": 300',
    '"default": 600',
    `${PLAYBOOK}encryption.md`,
    'says 5 min, and setting keys.ttlSeconds is 10 min',
  ],
  [
    'a number was typed',
    `${PLAYBOOK}running.md`,
    'This is what security asks for.',
    'This is what security asks for.\n\n## More\n\nIt takes 17 minutes.',
    `${PLAYBOOK}running.md`,
    'nothing holds the number 17',
  ],
  [
    'a section shows nothing',
    `${PLAYBOOK}running.md`,
    '## Supply chain\n',
    '## Supply\n\nAll is well.\n\n## Supply chain\n',
    `${PLAYBOOK}running.md`,
    '“Supply” names no control and runs nothing',
  ],
  [
    'a control is in no chapter',
    `${PLAYBOOK}ingestion.md`,
    ', [quick scans](../governance/controls.md#quick-scans)',
    '',
    'docs/playbook',
    'no chapter names the control quick-scans',
  ],
  [
    'an incident does not say what ends it',
    `${PLAYBOOK}incidents/store-deleted.md`,
    '## It is over when',
    '## Later',
    `${PLAYBOOK}incidents/store-deleted.md`,
    'has no section “It is over when”',
  ],
  [
    'an incident is not listed',
    `${PLAYBOOK}README.md`,
    '(incidents/key-leaked.md)',
    '(encryption.md)',
    `${PLAYBOOK}incidents/key-leaked.md`,
    'is not in the table',
  ],
  [
    'an incident was never tried',
    `${PLAYBOOK}tried.json`,
    'incidents/key-disabled.md',
    'incidents/key-enabled.md',
    `${PLAYBOOK}incidents/key-disabled.md`,
    'was never tried',
  ],
  [
    'an exercise has no injects',
    `${PLAYBOOK}tabletop.md`,
    '| 10 | A script disabled',
    '| | A script disabled',
    `${PLAYBOOK}tabletop.md`,
    "“B. Friday's clean-up” has",
  ],
  // What is made or written by a run.
  [
    'a page that is made was edited',
    `${PLAYBOOK}checklist.md`,
    'Fill it in as a team',
    'Fill it in alone',
    `${PLAYBOOK}checklist.md`,
    'is not what its source says: `npm run playbook:write`',
  ],
  [
    'a diagram was edited',
    `${PLAYBOOK}diagrams/keys.svg`,
    '<svg',
    '<svg data-mine=""',
    `${PLAYBOOK}diagrams/keys.svg`,
    'is not what its source says',
  ],
  [
    'a figure of a case was typed',
    'docs/case-studies/public-hub.md',
    '| poisoned conversations held | 250 |',
    '| poisoned conversations held | 251 |',
    'docs/case-studies/public-hub.md',
    'its figures are not those of the run on record',
  ],
  [
    'a case was changed and not played',
    'examples/cases/insider.ts',
    'import',
    '// Anew.\nimport',
    'docs/case-studies/insider.md',
    'its program was changed since it was played',
  ],
  [
    'a case does not say what it means in the clouds',
    'docs/case-studies/sybils.md',
    '**In the clouds.**',
    '**Elsewhere.**',
    'docs/case-studies/sybils.md',
    'has no paragraph “**In the clouds.**”',
  ],
  [
    'a script is gone',
    'package.json',
    '"playbook:try"',
    '"playbook:tried"',
    `${PLAYBOOK}README.md`,
    'npm run playbook:try: package.json has no such script',
  ],
]

let folder: string
let said: string
let code: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-broken-'))
  const left = new Set(['node_modules', '.git', 'dist', '.credence', '.venv'])
  await cp(ROOT, folder, { recursive: true, filter: (path) => !left.has(basename(path)) })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const [, file, words, instead] of BREAKS) {
    const text = await readFile(join(folder, file), 'utf8')
    expect(text, file).toContain(words)
    await writeFile(
      join(folder, file),
      text.replaceAll(words, () => instead),
    )
  }
  ;({ said, code } = await check())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each(BREAKS)('is noticed that %s', (...[, , , , where, says]) => {
  const lines = said.split('\n').filter((line) => line.startsWith(`${where}: `))
  expect(
    lines.filter((line) => line.includes(says)),
    lines.join('\n'),
  ).not.toEqual([])
  expect(code).toBe(1)
})

function check(): Promise<{ said: string; code: number }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['tools/playbook/check.ts'], { cwd: folder, maxBuffer: 2 ** 24 }, (error, out, err) => {
      resolve({ said: out + err, code: error === null ? 0 : Number(error.code) })
    })
  })
}
