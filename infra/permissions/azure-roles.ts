import { distinct } from './aws-policy.ts'
import type { Entry, Principal } from './entry.ts'

const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'
const CONTAINER_READ = 'Microsoft.Storage/storageAccounts/blobServices/containers/read'

/** The definition of a role with these entries' actions and nothing else, as `az role definition create` takes it. */
export function azureRole(principal: Principal, entries: readonly Entry[]): object {
  const actions = distinct(entries.map(({ action }) => action))
  return {
    Name: `Credence ${principal}`,
    Description: `What the Credence principal "${principal}" needs.`,
    Actions: actions.filter((action) => action === CONTAINER_READ),
    DataActions: actions.filter((action) => action !== CONTAINER_READ),
    AssignableScopes: ['/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}'],
  }
}

/**
 * The condition (version 2.0) that holds an assignment on the container to these entries' paths: Azure, "Actions and
 * attributes for Azure role assignment conditions for Azure Blob Storage". It also refuses what a built-in role grants beyond.
 */
export function pathCondition(entries: readonly Entry[]): string {
  const paths = (verb: string, lists = false) =>
    distinct(
      entries
        .filter((entry) => entry.action === `${BLOBS}/${verb}` && (entry.lists ?? false) === lists)
        .map(({ resource }) => resource.slice(resource.indexOf('/blobs/') + '/blobs/'.length)),
    )
  const path = `@Resource[${BLOBS}:path]`
  const read = `ActionMatches{'${BLOBS}/read'} AND`
  const list = "SubOperationMatches{'Blob.List'}"
  // a directory is listed by its name, with or without a slash
  const listed = paths('read', true).map((prefix) => prefix.replace(/\/\*$/, '*'))
  return [
    clause([`${read} NOT ${list}`], path, paths('read')),
    clause([`${read} ${list}`], `@Request[${BLOBS}:prefix]`, listed),
    clause(['write', 'add/action', 'move/action'].map(matches), path, paths('write')),
    clause(['delete'].map(matches), path, paths('delete')),
  ].join('\nAND\n')
}

function matches(verb: string): string {
  return `ActionMatches{'${BLOBS}/${verb}'}`
}

/** Neither of these operations, or one on these paths. */
function clause(operations: readonly string[], attribute: string, paths: readonly string[]): string {
  const neither = operations.map((operation) => `!(${operation})`).join('\n    AND ')
  const allowed = paths.map((path) => `    ${attribute} StringLike '${path}'`).join('\n    OR\n')
  return `(\n  (\n    ${neither}\n  )${allowed === '' ? '' : `\n  OR\n  (\n${allowed}\n  )`}\n)`
}

export interface BuiltInRole {
  readonly role: string
  readonly on: string
  readonly beyond: string
}

/** The narrowest of Azure's own roles that cover these entries, and what they grant beyond. */
export function azureBuiltIn(entries: readonly Entry[]): BuiltInRole[] {
  const has = (product: Entry['product'], pattern: RegExp) =>
    entries.some((entry) => entry.product === product && pattern.test(entry.action))
  const stores = entries.filter(({ resource }) => resource.startsWith('containers/{container}'))
  const writes = stores.some(({ action }) => /\/blobs\/(write|delete)$/.test(action))
  const roles: BuiltInRole[] = []
  if (stores.length > 0) {
    roles.push(
      writes
        ? {
            role: 'Storage Blob Data Contributor',
            on: 'the container, under the condition below',
            beyond: 'changing and deleting the container itself',
          }
        : {
            role: 'Storage Blob Data Reader',
            on: 'the container, under the condition below',
            beyond: 'nothing',
          },
    )
  }
  if (has('keyvault', /rotat/)) {
    roles.push({
      role: 'Key Vault Crypto Officer',
      on: 'the key',
      beyond:
        'deleting, purging, importing, backing up and releasing keys, and changing their rotation: take the role below',
    })
  } else if (has('keyvault', /sign/)) {
    roles.push({
      role: 'Key Vault Crypto User',
      on: 'the key',
      beyond: 'disabling and backing up the key, encrypting, decrypting and verifying with it',
    })
  } else if (has('keyvault', /./)) {
    roles.push({
      role: 'Key Vault Crypto Service Encryption User',
      on: 'the key',
      beyond: 'wrapping under the key, and events of the vault',
    })
  }
  if (has('eventhubs', /receive/)) {
    roles.push({
      role: 'Azure Event Hubs Data Receiver',
      on: 'the hub',
      beyond: 'its other consumer groups, and seeing which there are',
    })
  }
  return roles
}
