import { STATEMENT } from '../../permissions/statement.ts'
import { PRINCIPALS, type Entry, type Option, type Principal } from '../../permissions/entry.ts'
import type { Evaluated, EvaluatedResource } from './evaluate.ts'

/** Needed for what the samples have: tables, and a catalog that is signed in to by tokens. */
const ALWAYS: readonly Option[] = ['bigquery', 'signIn']

/** What an evaluated module was given, and what it calls its parts. */
export interface Given {
  readonly project: string
  readonly datasets: readonly { readonly name: string; readonly subscription: string; readonly table?: string }[]
  readonly federations?: readonly string[]
  /** Whom the installation does without. */
  readonly without?: readonly Principal[]
  readonly options: readonly Option[]
  readonly bucket: string
  /** Of objects, with a slash behind it; nothing without one. */
  readonly prefix: string
  readonly bqDataset: string
  /** Of the queue's password. */
  readonly secrets: { readonly queue: string }
  readonly instance: string
  /** Whether there is a key for imported versions besides, on which everybody may do the same. */
  readonly isImporting: boolean
}

/**
 * What the roles, bindings and conditions of an evaluated module grant each principal, against the statement of permissions:
 * every difference in a line. Conditions are taken apart; one of another form than the module's is a line, too.
 */
export function permissionProblems({ resources }: Evaluated, given: Given): string[] {
  const problems: string[] = []
  const granted = grantsOf(resources, given, problems)
  for (const principal of Object.keys(PRINCIPALS) as Principal[]) {
    if (given.without?.includes(principal) === true) continue
    const may = granted.get(principal) ?? new Set()
    const entries = STATEMENT.filter((entry) => entry.cloud === 'gcp' && entry.principal === principal)
    const should = new Set(entries.flatMap((entry) => expected(entry, given)))
    for (const one of may) if (!should.has(one)) problems.push(`permissions: ${principal} may ${one}, and needs not`)
    for (const one of should) if (!may.has(one)) problems.push(`permissions: ${principal} needs ${one}, and may not`)
  }
  return problems
}

/** An entry of the statement as the lines that `grantsOf` finds for it. */
function expected({ action, resource, option, product, principal }: Entry, given: Given): string[] {
  if (option !== undefined && !ALWAYS.includes(option) && !given.options.includes(option)) return []
  if (product === 'gcpkms') {
    return ['epochs', ...(given.isImporting ? ['imported[0]'] : [])].map((key) => `${action} on the key ${key}`)
  }
  const federations = (given.federations ?? []).map((name) => ({ name, subscription: '', table: undefined }))
  const served =
    principal === 'federate'
      ? federations
      : principal === 'operator' && resource.includes('{dataset}')
        ? [...given.datasets, ...federations]
        : given.datasets
  const datasets = product === 'bigquery' ? given.datasets.filter(({ table }) => table !== undefined) : served
  const lines = datasets.map(({ name, subscription, table = '' }) => {
    const names: Readonly<Record<string, string>> = {
      project: given.project,
      bucket: given.bucket,
      prefix: given.prefix,
      dataset: name,
      subscription,
      topic: subscription,
      bqDataset: given.bqDataset,
      table,
      instance: given.instance,
      queueSecret: given.secrets.queue,
    }
    return `${action} on ${resource.replace(/\{(\w+)\}/g, (whole, of: string) => names[of] ?? whole)}`
  })
  return [...new Set(lines)]
}

const MEMBER = /^(?:serviceAccount:)?google_service_account\.this\["(\w+)"\]\.email$/
const ROLE = /^google_project_iam_custom_role\.this\["(\w+)"\]\.name$/

/** Roles of Google's own that are granted to a principal, as far as they reach on what they are granted on. */
const PREDEFINED: ReadonlyMap<string, readonly string[]> = new Map([
  ['roles/secretmanager.secretAccessor', ['secretmanager.versions.access']],
])

function grantsOf(resources: readonly EvaluatedResource[], given: Given, problems: string[]): Map<string, Set<string>> {
  const roles = new Map(
    resources
      .filter(({ type }) => type === 'google_project_iam_custom_role')
      .map(({ key, values }) => [key, values['permissions'] as readonly string[]]),
  )
  const granted = new Map(Object.keys(PRINCIPALS).map((principal) => [principal, new Set<string>()]))
  const grant = (member: string, role: string, where: () => readonly string[]) => {
    const may = granted.get(MEMBER.exec(member)?.[1] ?? '')
    if (may === undefined) return
    const places = where()
    const permissions = PREDEFINED.get(role) ?? roles.get(ROLE.exec(role)?.[1] ?? '')
    if (permissions === undefined) problems.push(`permissions: ${member} has a role that is not ours: ${role}`)
    for (const permission of permissions ?? []) for (const place of places) may.add(`${permission} on ${place}`)
  }
  for (const { type, values } of resources) {
    const [member, role] = [text(values['member']), text(values['role'])]
    if (/_iam_(binding|policy)$/.test(type)) problems.push(`permissions: ${type} grants in another way`)
    else if (type.endsWith('_iam_member')) grant(member, role, () => placesOf(type, values, given, problems))
    if (type !== 'google_bigquery_dataset') continue
    const dataset = `projects/${given.project}/datasets/${text(values['dataset_id'])}`
    for (const access of values['access'] as EvaluatedResource['values'][]) {
      grant(
        text(access['user_by_email']),
        text(access['role']),
        () => reachOf(access['condition'], problems) ?? [dataset],
      )
    }
  }
  return granted
}

/** Where a binding holds: at what its condition names, else at the resource that it is on. */
function placesOf(
  type: string,
  values: EvaluatedResource['values'],
  { project }: Given,
  problems: string[],
): readonly string[] {
  const reach = reachOf(values['condition'], problems)
  if (reach !== null) return reach
  switch (type) {
    case 'google_storage_bucket_iam_member':
      return [`projects/_/buckets/${text(values['bucket'])}`]
    case 'google_kms_crypto_key_iam_member':
      return [
        `the key ${text(values['crypto_key_id']).replace(/^.*\/cryptoKeys\/|^google_kms_crypto_key\.|\.id$/g, '')}`,
      ]
    case 'google_secret_manager_secret_iam_member':
      return [`projects/${project}/secrets/${text(values['secret_id'])}`]
    case 'google_pubsub_subscription_iam_member':
      return [`projects/${project}/subscriptions/${text(values['subscription'])}`]
    case 'google_pubsub_topic_iam_member':
      return [`projects/${project}/topics/${text(values['topic'])}`]
    case 'google_project_iam_member':
      return [`projects/${project}`]
    default:
      return [`${type} ${JSON.stringify(values)}`]
  }
}

const OBJECTS = /^resource\.type == "storage\.googleapis\.com\/Object" && \((.*)\)$/
const INSTANCE = /^resource\.type == "sqladmin\.googleapis\.com\/Instance" && resource\.name == "([^"]+)"$/
const STARTS = /^resource\.name\.startsWith\("([^"]+)"\)$/

/** The names that a condition lets through, each with a star behind it; null without a condition. */
export function reachOf(condition: unknown, problems: string[]): readonly string[] | null {
  const [only] = (condition ?? []) as readonly { readonly expression?: unknown }[]
  if (only === undefined) return null
  const expression = text(only.expression)
  const instance = INSTANCE.exec(expression)?.[1]
  if (instance !== undefined) return [instance]
  return (OBJECTS.exec(expression)?.[1] ?? expression).split(' || ').map((clause) => {
    const start = STARTS.exec(clause)?.[1]
    if (start === undefined) problems.push(`permissions: a condition says what nobody understands: ${clause}`)
    return `${start ?? clause}*`
  })
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
