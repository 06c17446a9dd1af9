import { awsPolicy, distinct } from './aws-policy.ts'
import { azureBuiltIn, azureRole, pathCondition, type BuiltInRole } from './azure-roles.ts'
import { CLOUDS, NAMES, OPTIONS, PRINCIPALS, type Cloud, type Entry, type Option, type Principal } from './entry.ts'
import { gcpPredefined, gcpRoles } from './gcp-roles.ts'
import { STATEMENT } from './statement.ts'

/** The statement as a page of the documentation. */
export function renderPermissions(): string {
  const clouds = Object.keys(CLOUDS) as Cloud[]
  return `${[INTRODUCTION, names(), ...clouds.map(renderCloud), NOT_HELD].join('\n\n')}\n`
}

const INTRODUCTION = `# Permissions

<!-- Generated from infra/permissions by \`node infra/permissions/write-docs.ts\`: change it there. -->

What each part of the pipeline may do, and nothing else. A test runs every principal over emulators of all three clouds and holds
the calls that the emulators answered against this statement, both ways: a call that is not stated fails, and so does a statement
that no call has used. Give each principal an identity of its own: then who ingests cannot read what was admitted, who
scans cannot write it, and who trains can change nothing.

${Object.entries(PRINCIPALS)
  .map(([principal, says]) => `- **${principal}** – ${says}`)
  .join('\n')}

Releasing and rejecting from the command line does what \`sweep\` does: a reviewer who may not is told so, and the decision, which
is recorded first, is carried out by the sweeper. \`credence run\` and \`serve\` do everything in one process and need what
\`ingest\`, \`scan\`, \`encrypt\` and \`sweep\` need together; so does \`credence deadletter redrive\`, which reads \`deadletter/\` besides.

**The console** opens what is held and signs what people decide; it wraps no key, and writes nothing until \`releases\` is granted: a release
that it may not carry out is the sweeper's, and stands as pending until then (\`review.held\`, \`denied\`, in its log). It shows admitted
records beside held ones only with \`neighbours\`. Its page for keys says that the key service denies it, and what is asked for there, or redriven, fails and says the command that does it: that work is
\`operator\`'s and \`ingest\`'s, at the command line ([adr 50](adr/0050-who-answers-others.md)). **The aggregator** has the folders of its federations and no dataset's; it makes their first epoch key, never
a signing key: \`encrypt\` makes the first of those, or \`credence keys rotate --signing\`. \`credence federate …\` is run as it.

PostgreSQL and Redis, where the catalog and the queue are, have accounts of their own; no cloud's permissions reach there. With \`catalog.identity\`
a permission of the cloud lets each identity sign in to PostgreSQL, as a user who may use the tables and change nothing else about them.`

const NOT_HELD = `## What no cloud can hold apart

- **Reading manifests takes the signing keys.** What verifies is trusted because it unwraps, so that every principal that reads the
  chain can unwrap what signs it. It cannot write \`manifests/\`, which is what keeps it from adding a link. \`credence verify
  --store --key\` needs the public key alone.
- **Key Vault and Cloud KMS cannot tell datasets apart.** The wrap is bound to its dataset, and the service or the keyring refuses
  another, but no role can name it. What keeps one dataset's epoch keys from whoever serves another is the right to read
  \`keys/{dataset}/\`; or a key of its own for each dataset, in an installation of its own. AWS KMS holds to the encryption context.
- **Names of objects are seen by all** on S3 and Cloud Storage, which answer "not found" only to who may list. Names say datasets,
  window ids and dates; no contents.
- **The first key of a dataset** is made by the first process that stages a window. Whoever would rather not let \`ingest\` create
  key records can stage one window under a wider identity, and take the right away.`

function names(): string {
  const rows = Object.entries(NAMES).map(([name, says]) => `| \`{${name}}\` | ${says} |`)
  return `Names in braces are the installation's:\n\n| name | is |\n| --- | --- |\n${rows.join('\n')}`
}

function renderCloud(cloud: Cloud): string {
  const principals = Object.keys(PRINCIPALS) as Principal[]
  const parts = principals.map((principal) => {
    const entries = STATEMENT.filter((entry) => entry.cloud === cloud && entry.principal === principal)
    return `### ${principal} on ${CLOUDS[cloud]}\n\n${table(entries)}\n\n${ARTIFACTS[cloud](principal, entries)}`
  })
  return `## ${CLOUDS[cloud]}\n\n${NOTES[cloud]}\n\n${parts.join('\n\n')}`
}

const NOTES: Readonly<Record<Cloud, string>> = {
  aws: `Policies are identity policies. Whoever writes has to say that nothing is there (\`s3:if-none-match\`) or what it replaces
(\`s3:if-match\`): none of these identities can overwrite an object blindly, and those without \`DeleteObject\` cannot remove one.
For objects above 16 MiB the parts of an upload are let through without a condition; the request that makes the object is not.`,
  azure: `\`containers/…\` is below \`…/storageAccounts/{account}/blobServices/default\`, the same for Blob Storage and Data Lake Storage.
Assign the role on the container, the key and the hub: no wider. Custom roles grant the exact actions; Azure's own are named with
what they grant beyond. The condition (version 2.0) holds an assignment on the container to the paths of a principal; it
is for what is always needed, and is widened by the paths of the options that are used.`,
  gcp: `Custom roles grant the exact permissions (\`gcloud iam roles create\`); Google's own are named with what they grant beyond.
Without \`storage.objects.delete\` an object can be neither removed nor overwritten. Conditions on names need uniform bucket-level
access, which the store insists on. Where a bucket or a table is under a key of yours (CMEK), it is the service agent of
Cloud Storage or BigQuery that uses it, not the pipeline.`,
}

const ARTIFACTS: Readonly<Record<Cloud, (principal: Principal, entries: readonly Entry[]) => string>> = {
  aws: renderAws,
  azure: renderAzure,
  gcp: renderGcp,
}

interface Row {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly of: Entry
}

/** Actions on the same resource, and resources under the same actions, are one row where the reason is the same. */
function rowsOf(entries: readonly Entry[]): Row[] {
  const alike = ({ product, condition, why, option, lists }: Entry) =>
    JSON.stringify([product, condition, why, option, lists])
  const byResource = Map.groupBy(entries, (entry) => `${alike(entry)} ${entry.resource}`)
  const rows = [...byResource.values()].flatMap((group): Row[] => {
    const [of] = group
    return of === undefined
      ? []
      : [{ actions: distinct(group.map(({ action }) => action)), resources: [of.resource], of }]
  })
  return [...Map.groupBy(rows, ({ actions, of }) => `${alike(of)} ${actions.join(' ')}`).values()].flatMap((group) => {
    const [first] = group
    return first === undefined ? [] : [{ ...first, resources: group.flatMap(({ resources }) => resources) }]
  })
}

function table(entries: readonly Entry[]): string {
  const lines = rowsOf(entries).map(({ actions, resources, of: { condition = {}, lists, option, unproved, why } }) => {
    const conditions = Object.entries(condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, value]) => code(operator === 'Null' ? `${key} is given` : `${key} = ${value}`)),
    )
    const where = [
      ...resources.map(code),
      ...conditions.map((text) => `where ${text}`),
      ...(lists === true ? ['(what is there)'] : []),
    ]
    const reason = unproved === undefined ? why : `${why} (Not proved: ${unproved}.)`
    const only = option === undefined ? '' : OPTIONS[option]
    return `| ${actions.map(code).join('<br>')} | ${where.join('<br>')} | ${reason} | ${only} |`
  })
  return `| action | on | why | only for |\n| --- | --- | --- | --- |\n${lines.join('\n')}`
}

function code(text: string): string {
  return `\`${text}\``
}

function always(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ option }) => option === undefined)
}

function byOption(entries: readonly Entry[]): [Option, Entry[]][] {
  return [...Map.groupBy(entries, ({ option }) => option)].flatMap(([option, group]): [Option, Entry[]][] =>
    option === undefined ? [] : [[option, group]],
  )
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

/** Conditions and short lists stay on their line. */
function json(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
    .replaceAll(/\{\s+("[^"]+": "[^"]*")\s+\}/g, '{ $1 }')
    .replaceAll(/\{\s+("[^"]+": \{ [^{}]* \})\s+\}/g, '{ $1 }')
    .replaceAll(/\[\s+([^[\]{}]{1,90}?)\s+\]/g, (_, items: string) => `[${items.replaceAll(/\s+/g, ' ')}]`)
  return block('json', text)
}

function renderAws(_principal: Principal, entries: readonly Entry[]): string {
  // everybody may ask who they are: a policy need not say so
  const options = byOption(entries.filter(({ product }) => product !== 'sts')).map(
    ([option, group]) => `Added ${purpose(option)}:\n\n${json(awsPolicy(group).Statement)}`,
  )
  return [
    `The policy:`,
    json(awsPolicy(always(entries))),
    ...(options.length > 0 ? [details('Options', options)] : []),
  ].join('\n\n')
}

function purpose(option: Option): string {
  const text = OPTIONS[option]
  return /^(for|to) /.test(text) ? text : `for ${text}`
}

function details(summary: string, parts: readonly string[]): string {
  return `<details><summary>${summary}</summary>\n\n${parts.join('\n\n')}\n\n</details>`
}

function builtIns(whose: string, roles: readonly BuiltInRole[]): string {
  const lines = roles.map(({ role, on, beyond }) => `| ${role} | ${on} | ${beyond} |`)
  return `${whose} own roles that cover it:\n\n| role | on | grants beyond |\n| --- | --- | --- |\n${lines.join('\n')}`
}

function renderAzure(principal: Principal, entries: readonly Entry[]): string {
  const needed = always(entries)
  return [
    builtIns("Azure's", azureBuiltIn(needed)),
    'The role, for `az role definition create`:',
    json(azureRole(principal, needed)),
    'The condition of its assignment on the container:',
    block('text', pathCondition(needed)),
  ].join('\n\n')
}

function renderGcp(principal: Principal, entries: readonly Entry[]): string {
  const groups: [string, Entry[]][] = [
    ['', always(entries)],
    ...byOption(entries).map(([option, group]): [string, Entry[]] => [OPTIONS[option], group]),
  ]
  const roles = groups.flatMap(([option, group]) => gcpRoles(principal, group).map((role) => ({ ...role, option })))
  const lines = roles.map(({ id, permissions, on, condition, option }) => {
    const where = condition === undefined ? on : `${on}, under the condition below`
    return `| \`${id}\` | ${permissions.map(code).join('<br>')} | ${where} | ${option} |`
  })
  const conditions = roles.flatMap(({ id, condition, option }) =>
    condition === undefined ? [] : [`# ${id}${option === '' ? '' : `, ${option.replaceAll('`', '')}`}\n${condition}`],
  )
  return [
    builtIns("Google's", gcpPredefined(always(entries))),
    `Custom roles:\n\n| role | permissions | granted on | only for |\n| --- | --- | --- | --- |\n${lines.join('\n')}`,
    `Their conditions (CEL):\n\n${block('text', conditions.join('\n\n'))}`,
  ].join('\n\n')
}
