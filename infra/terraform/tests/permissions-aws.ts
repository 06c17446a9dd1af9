import { STATEMENT } from '../../permissions/statement.ts'
import { NAMES, type Entry, type Option, type Principal } from '../../permissions/entry.ts'
import type { Evaluated, EvaluatedResource } from './evaluate.ts'
import type { Json, JsonObject } from './hcl.ts'
import { list, text } from './module.ts'

/** What every installation uses. */
export const ALWAYS: readonly Option[] = [
  'watch',
  'large',
  'check',
  'verify',
  'audit',
  'storeKey',
  'streamKey',
  'signIn',
]
/** What the samples choose besides. */
export const CHOSEN: readonly Option[] = [
  'objectLock',
  'fanOut',
  'newEpochs',
  'rotateSigning',
  'reencrypt',
  'destroy',
  'countObjects',
  'letters',
  'neighbours',
  'releases',
]

export interface Given {
  readonly options: readonly Option[]
  /** With its slash. */
  readonly prefix: string
  readonly federations: readonly string[]
  /** Whom the installation does without. */
  readonly without?: readonly Principal[]
}

/**
 * Where what the evaluated module grants each principal is not what the statement of permissions says, in both directions:
 * every action on every resource under every condition, by what the roles' attachments lead to.
 */
export function permissionProblems(
  { resources }: Evaluated,
  { options, prefix, federations, without = [] }: Given,
): string[] {
  const granted = grantsOf(resources)
  const stated = new Set(
    STATEMENT.filter(
      ({ cloud, option, principal }) =>
        cloud === 'aws' && !without.includes(principal) && (option === undefined || options.includes(option)),
    ).flatMap((entry) => grantsStated(entry, namesOf(resources, { prefix, federations }, entry))),
  )
  return [
    ...[...granted]
      .filter((one) => !stated.has(one))
      .map((one) => `permissions: ${one}, which the statement does not say`),
    ...[...stated].filter((one) => !granted.has(one)).map((one) => `permissions: not granted: ${one}`),
    ...strayPolicies(resources),
  ]
}

/** What each name in braces of an entry stands for in the evaluated module; several things where there are several datasets. */
export function namesOf(
  resources: readonly EvaluatedResource[],
  { prefix, federations }: Pick<Given, 'prefix' | 'federations'>,
  { principal }: Pick<Entry, 'principal'>,
): Readonly<Record<string, readonly string[]>> {
  const of = (address: string) => resources.find((one) => one.address === address)
  const streams = resources.filter(({ type }) => type === 'aws_kinesis_stream')
  const datasets = principal === 'federate' ? [] : streams.map(({ key }) => key)
  const storeKey = [of('aws_kms_key.store')?.arn ?? '']
  return {
    account: ['123456789012'],
    region: ['eu-central-1'],
    bucket: [of('aws_s3_bucket.store')?.id ?? ''],
    consumer: ['credence'],
    database: ['db-CATALOG'],
    installation: ['credence-test'],
    dataset: principal === 'federate' || principal === 'operator' ? [...datasets, ...federations] : datasets,
    stream: streams.map(({ values }) => text(values['name'])),
    kmsKeyArn: [of('aws_kms_key.epoch')?.arn ?? ''],
    prefix: [prefix],
    storeKeyArn: storeKey,
    streamKeyArn: storeKey,
  }
}

function grantsStated(
  { principal, action, resource, condition = {} }: Entry,
  names: ReturnType<typeof namesOf>,
): string[] {
  const filled = (text: string): string[] => {
    const name = /\{(\w+)\}/.exec(text)?.[1]
    if (name === undefined) return [text]
    if (!(name in NAMES)) throw new Error(`{${name}} is not a name of an installation`)
    return (names[name] ?? []).flatMap((value) => filled(text.replace(`{${name}}`, () => value)))
  }
  const conditions = Object.entries(condition).flatMap(([test, keys]) =>
    Object.entries(keys).flatMap(([variable, value]) => ({ test, variable, values: filled(value) })),
  )
  return filled(resource).flatMap((one) => grantsOne(principal, action, one, conditions))
}

/** A condition with several values holds for each of them: each is a grant of its own. */
function grantsOne(principal: string, action: string, resource: string, conditions: readonly JsonObject[]): string[] {
  const bounds = conditions.reduce<readonly (readonly string[])[]>(
    (before, { test, variable, values }) =>
      before.flatMap((some) =>
        list(values).map((value) => [...some, `${text(test)} ${text(variable)} ${text(value)}`]),
      ),
    [[]],
  )
  return bounds.map((some) => {
    const bound = some.toSorted((a, b) => a.localeCompare(b)).join(' and ')
    return `${principal} may ${action} on ${resource}${bound === '' ? '' : ` if ${bound}`}`
  })
}

/** From the roles, through their attachments and policies, to the documents' statements. */
function grantsOf(resources: readonly EvaluatedResource[]): Set<string> {
  const policies = new Map(
    resources.filter(({ type }) => type === 'aws_iam_policy').map((one) => [one.arn, one.values['policy']]),
  )
  const documents = new Map(resources.filter(({ json }) => json !== null).map((one) => [one.json as Json, one.values]))
  const granted = new Set<string>()
  for (const { values } of resources.filter(
    ({ type, name }) => type === 'aws_iam_role_policy_attachment' && name === 'service',
  )) {
    const principal = roleOf(resources, values['role'])
    for (const statement of list(
      documents.get(policies.get(text(values['policy_arn'])) ?? null)?.['statement'],
    ) as JsonObject[]) {
      if ((statement['effect'] ?? 'Allow') !== 'Allow') continue
      for (const action of list(statement['actions']) as string[]) {
        for (const resource of list(statement['resources']) as string[]) {
          const some = grantsOne(principal, action, resource, list(statement['condition']) as JsonObject[])
          for (const one of some) granted.add(one)
        }
      }
    }
  }
  return granted
}

function roleOf(resources: readonly EvaluatedResource[], name: Json | undefined): string {
  const role = resources.find(({ type, values }) => type === 'aws_iam_role' && values['name'] === name)
  return role === undefined ? `somebody called ${text(name)}` : role.key
}

/** Policies that come to a service's role by another way. */
function strayPolicies(resources: readonly EvaluatedResource[]): string[] {
  const roles = new Set(
    resources
      .filter(({ type, name, key }) => type === 'aws_iam_role' && name === 'service' && key !== 'secrets')
      .flatMap(({ id, values }) => [id, values['name'] ?? null]),
  )
  return resources
    .filter(({ type, name, values }) => {
      const another =
        type === 'aws_iam_role_policy' || (type === 'aws_iam_role_policy_attachment' && name !== 'service')
      return another && roles.has(values['role'] ?? null)
    })
    .map(
      ({ address, key }) =>
        `permissions: ${address}${key === '' ? '' : `["${key}"]`} grants a service what nothing compares`,
    )
}
