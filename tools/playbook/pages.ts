import { z } from 'zod'
import { QUESTIONS } from '#app/operations/readiness.ts'
import { dataAt } from './files.ts'

export const CLOUDS = 'docs/playbook/clouds.yaml'

const rule = z.strictObject({ rule: z.string(), name: z.string() })
const cloudsSchema = z.strictObject({
  rows: z.array(z.strictObject({ aim: z.string(), aws: rule, azure: rule, gcp: rule })),
})
export type CloudRow = z.output<typeof cloudsSchema>['rows'][number]

export const readClouds = (): readonly CloudRow[] => dataAt(CLOUDS, cloudsSchema).rows

/** docs/playbook/clouds.md: what each Terraform module does for one aim, side by side. */
export function cloudsPage(rows: readonly CloudRow[]): string {
  const cell = ({ rule, name }: CloudRow['aws']) => `[\`${name.replace(/^[a-z]+_/, '')}\`](../../${rule})`
  const lines = rows.map(({ aim, aws, azure, gcp }) => `| ${aim} | ${cell(aws)} | ${cell(azure)} | ${cell(gcp)} |`)
  return `# Cloud controls, side by side

<!-- Made by \`npm run playbook:write\` from clouds.yaml: change it there. -->

What the Terraform modules do for each aim. Names are resources, without the provider's prefix, linked to their file. Tests evaluate the modules with sample inputs and hold
them against rules of their own; nobody has applied them to an account yet.

| aim | AWS | Azure | Google Cloud |
| --- | --- | --- | --- |
${lines.join('\n')}

## Where they differ

| | AWS | Azure | Google Cloud |
| --- | --- | --- | --- |
| end one version of a key | no: the whole key alone | disabled, until it is purged | destruction is scheduled |
| rotate | yearly by itself, on demand by \`keys rotate\` | by policy; set it to *notify*, not to *disable* | by period |
| lock objects | object lock, by object | immutability, by account or version | retention, by bucket |
| a wall around APIs | endpoint policies | private endpoints and rules | a perimeter |
| sign in to the catalog | RDS with IAM | Entra | Cloud SQL with IAM |

## Ask before you go live

\`\`\`sh run
credence check --fail-on failure
\`\`\`
<!-- shows: All is well -->

Run it as each identity: it says what is public, what is not locked, and which permission is missing.

## Who calls what

![AWS](diagrams/cloud-aws.svg)

![Azure](diagrams/cloud-azure.svg)

![Google Cloud](diagrams/cloud-gcp.svg)

Made from the statement of [permissions](../permissions.md). Networks are drawn in [networks](../networks.md). Costs: \`credence plan-capacity\`. From nothing to the first record: [AWS](../deploy-aws.md), [Azure](../deploy-azure.md), [Google Cloud](../deploy-gcp.md).
`
}

const STEPS = { 1: 'Before anything is trained', 2: 'Within a quarter', 3: 'Within a year' } as const

/** docs/playbook/checklist.md: the questions of `credence playbook check`, with who answers each. */
export function checklistPage(): string {
  const tables = ([1, 2, 3] as const).map((step) => {
    const rows = Object.values(QUESTIONS)
      .filter((one) => one.step === step)
      .map(({ asks, fix, answer }) => `| ☐ | ${asks} | ${answer === 'people' ? 'you' : 'Credence'} | ${fix} |`)
    return `## ${STEPS[step]}\n\n| | question | who answers | if not |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
  })
  return `# Checklist

<!-- Made by \`npm run playbook:write\` from app/operations/readiness.ts: change it there. -->

Fill it in as a team, each quarter. One command answers what configuration, catalog and store say, and lists the rest for you; it changes nothing. Exit code 1 says that
an answer is no.

\`\`\`sh run exit=1
credence playbook check
credence playbook check --json
\`\`\`
<!-- shows: questions for people -->

(The installation of this page is a folder on one machine: many answers are no.)

${tables.join('\n')}`
}
