import { distinct } from './aws-policy.ts'
import type { BuiltInRole } from './azure-roles.ts'
import type { Entry, Principal } from './entry.ts'

const OBJECTS = 'projects/_/buckets/{bucket}/objects/'

export interface CustomRole {
  readonly id: string
  readonly permissions: readonly string[]
  /** What it is granted on. */
  readonly on: string
  /** CEL; objects are told apart by name alone. */
  readonly condition?: string
}

/** Custom roles with these entries' permissions and nothing else, one for each thing that they are granted on. */
export function gcpRoles(principal: Principal, entries: readonly Entry[]): CustomRole[] {
  const name = principal.charAt(0).toUpperCase() + principal.slice(1)
  const objects = entries.filter(({ resource }) => resource.startsWith(OBJECTS))
  const byPaths = Map.groupBy(distinct(objects.map(({ action }) => action)), (action) =>
    JSON.stringify(distinct(objects.filter((entry) => entry.action === action).map(({ resource }) => resource))),
  )
  const others = Map.groupBy(
    entries.filter((entry) => !objects.includes(entry)),
    (entry) => placeOf(entry),
  )
  return [
    ...[...byPaths].map(([resources, actions]): CustomRole => ({
      id: `credence${name}Objects${actions.map(verbOf).join('')}`,
      permissions: actions,
      on: '`gs://{bucket}`',
      condition: (JSON.parse(resources) as string[]).map(startsWith).join(' ||\n'),
    })),
    ...[...others].map(([on, group]): CustomRole => ({
      id: `credence${name}${ROLE_NAMES[group[0]?.product ?? ''] ?? ''}${on.includes('topic') ? 'Topic' : ''}${on === JOBS ? 'Jobs' : ''}`,
      permissions: distinct(group.map(({ action }) => action)),
      on,
    })),
  ]
}

/** Jobs belong to the project. */
const JOBS = 'project `{project}`'

const ROLE_NAMES: Readonly<Record<string, string>> = {
  gcs: 'Bucket',
  gcpkms: 'Key',
  secretmanager: 'Secret',
  cloudsql: 'SignIn',
  pubsub: 'Stream',
  bigquery: 'Sink',
}

function placeOf({ product, resource }: Entry): string {
  if (product === 'gcs') return '`gs://{bucket}`'
  if (product === 'gcpkms') return '`{kmsKeyName}`'
  if (product === 'secretmanager') return `secret \`${resource.slice(resource.lastIndexOf('/') + 1)}\``
  if (product === 'cloudsql') return 'project `{project}`, where the instance is `{instance}`'
  if (product === 'pubsub') return resource.includes('/topics/') ? 'topic `{topic}`' : 'subscription `{subscription}`'
  return resource === 'projects/{project}' ? JOBS : 'BigQuery dataset `{bqDataset}`'
}

function verbOf(action: string): string {
  const verb = action.slice(action.lastIndexOf('.') + 1)
  return verb.charAt(0).toUpperCase() + verb.slice(1)
}

function startsWith(resource: string): string {
  return `resource.name.startsWith('${resource.replace(/\*$/, '')}')`
}

/** The narrowest of Google's own roles that cover these entries, and what they grant beyond. */
export function gcpPredefined(entries: readonly Entry[]): BuiltInRole[] {
  const needs = (action: string) => entries.some((entry) => entry.action === action)
  const bucket = 'the bucket'
  const below = 'the bucket, under the condition that names its paths below'
  const roles: BuiltInRole[] = []
  if (needs('storage.buckets.get'))
    roles.push({ role: 'roles/storage.legacyBucketReader', on: bucket, beyond: 'listing unfinished uploads' })
  if (needs('storage.objects.get'))
    roles.push({ role: 'roles/storage.objectViewer', on: below, beyond: 'managed folders' })
  if (needs('storage.objects.create'))
    roles.push({ role: 'roles/storage.objectCreator', on: below, beyond: 'folders, and parts of uploads' })
  if (needs('storage.objects.delete')) {
    const beyond = 'reading, writing, moving and restoring objects there: take the role below'
    roles.push({ role: 'roles/storage.objectUser', on: below, beyond })
  }
  if (needs('cloudkms.cryptoKeys.update')) {
    const beyond = 'deciding who may use the key, and restoring versions: take the role below'
    roles.push({ role: 'roles/cloudkms.admin', on: 'the key', beyond })
  }
  if (needs('cloudkms.cryptoKeyVersions.useToEncrypt')) {
    roles.push(
      { role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', on: 'the key', beyond: 'seeing where Cloud KMS is' },
      { role: 'roles/cloudkms.viewer', on: 'the key', beyond: 'seeing its versions, and what made them' },
    )
  } else if (needs('cloudkms.cryptoKeyVersions.useToDecrypt'))
    roles.push({ role: 'roles/cloudkms.cryptoKeyDecrypter', on: 'the key', beyond: 'seeing where Cloud KMS is' })
  if (needs('secretmanager.versions.access')) {
    const beyond = 'seeing the project of the secret'
    roles.push({ role: 'roles/secretmanager.secretAccessor', on: 'each secret', beyond })
  }
  if (needs('pubsub.subscriptions.consume'))
    roles.push({ role: 'roles/pubsub.subscriber', on: 'the subscription', beyond: 'seeking to a snapshot' })
  return roles
}
