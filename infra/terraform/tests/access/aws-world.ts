import type { EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'
import { read, type Request } from './iam.ts'

type Statements = readonly JsonObject[]

/** What an evaluated module lets happen: every policy that a request passes through. */
export interface World {
  /** By the role's key: what is attached to it. */
  readonly identities: ReadonlyMap<string, Statements>
  /** By the bucket's, key's, topic's ARN or the role's key: what is attached to it. */
  readonly resources: ReadonlyMap<string, Statements>
  /** By the id of the endpoint. */
  readonly endpoints: ReadonlyMap<string, Statements>
}

const ALL: Statements = [{ actions: ['*'], resources: ['*'] }]

export function worldOf(resources: readonly EvaluatedResource[]): World {
  const documents = new Map(resources.filter(({ json }) => json !== null).map((one) => [one.json, one.values]))
  const of = (type: string) => resources.filter((one) => one.mode === 'resource' && one.type === type)
  const statements = (json: JsonObject[string] | undefined) =>
    list(documents.get(text(json))?.['statement']) as JsonObject[]
  const named = (type: string, reference: JsonObject[string] | undefined) =>
    of(type).find(({ id, arn, values }) => [id, arn, values['name'], values['bucket']].includes(text(reference)))
  const policies = (type: string, argument: string, about: string): (readonly [string, Statements])[] =>
    of(type).map((one) => [named(about, one.values[argument])?.arn ?? '', statements(one.values['policy'])])

  const identities = new Map<string, Statements>()
  for (const role of of('aws_iam_role').filter(({ name }) => name === 'service')) {
    const holds = ({ values }: EvaluatedResource) => [role.id, text(role.values['name'])].includes(text(values['role']))
    identities.set(role.key, [
      ...of('aws_iam_role_policy')
        .filter(holds)
        .flatMap(({ values }) => statements(values['policy'])),
      ...of('aws_iam_role_policy_attachment')
        .filter(holds)
        .flatMap(({ values }) => statements(named('aws_iam_policy', values['policy_arn'])?.values['policy'])),
    ])
  }
  return {
    identities,
    resources: new Map([
      ...policies('aws_s3_bucket_policy', 'bucket', 'aws_s3_bucket'),
      ...policies('aws_kms_key_policy', 'key_id', 'aws_kms_key'),
      ...policies('aws_sns_topic_policy', 'arn', 'aws_sns_topic'),
      ...of('aws_iam_role').map(
        ({ name, key, values }) =>
          [`trust of ${name === 'service' ? key : name}`, statements(values['assume_role_policy'])] as const,
      ),
    ]),
    endpoints: new Map(of('aws_vpc_endpoint').map(({ id, values }) => [id ?? '', statements(values['policy'])])),
  }
}

export interface Asked extends Request {
  /** The service whose role asks, or null; whoever else is of an account may do there what its administrators may. */
  readonly role: string | null
  /** Of what has a policy of its own: its ARN, or `trust of …`. */
  readonly about: string | null
  readonly account: string
}

/**
 * Whether a request succeeds: nothing that it passes denies it, the endpoint that it comes through lets it pass, and either the
 * resource's policy allows it, or the caller's own does, where the resource is of its account and, if it is a key or a role, says so.
 */
export function succeeds(world: World, asked: Asked): boolean {
  const own = asked.caller.service !== undefined || asked.caller.arn === null ? [] : ALL
  const identity = read(asked.role === null ? own : (world.identities.get(asked.role) ?? []), asked)
  const resource = read(asked.about === null ? [] : (world.resources.get(asked.about) ?? []), asked)
  const endpoint = asked.context['aws:SourceVpce']
  const passes = endpoint === undefined || !world.endpoints.has(text(endpoint))
  const through = passes ? null : read(world.endpoints.get(text(endpoint)) ?? [], asked)
  if (identity.isDenied || resource.isDenied || through?.isDenied === true) return false
  if (through !== null && !through.isAllowed) return false
  const isOwn = asked.caller.account === asked.account
  const isStrict = asked.about !== null && /^trust of |:kms:/.test(asked.about)
  if (isOwn) {
    if (isStrict) return resource.isAllowed || (resource.isLeftToAccount && identity.isAllowed)
    return resource.isAllowed || identity.isAllowed
  }
  const isLetIn = resource.isAllowed || resource.isLeftToAccount
  return isLetIn && (asked.caller.arn === null || identity.isAllowed)
}
