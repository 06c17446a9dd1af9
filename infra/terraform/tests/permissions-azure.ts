import { STATEMENT } from '../../permissions/statement.ts'
import { PRINCIPALS, type Entry, type Option, type Principal } from '../../permissions/entry.ts'
import type { Evaluated, EvaluatedResource } from './evaluate.ts'

const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers'
const VERBS: Readonly<Record<string, string>> = {
  [`${CONTAINERS}/blobs/write`]: 'write',
  [`${CONTAINERS}/blobs/delete`]: 'delete',
  [`${CONTAINERS}/blobs/immutableStorage/runAsSuperUser/action`]: 'hold',
}

/** The policy rotates: the provider refuses this action in a role of an HSM. */
const NOT_IN_HSM = 'keys/rotate/action'
/** What the statement's names of key actions are called by a Managed HSM, which has fewer of them. */
const IN_HSM: Readonly<Record<string, string>> = {
  'keys/read': 'keys/read/action',
  'keys/update/action': 'keys/write/action',
  'keyrotationpolicies/read': 'keys/read/action',
}

/** What an evaluated module was given. */
export interface Given {
  readonly datasets: readonly string[]
  readonly federations?: readonly string[]
  /** Whom the installation does without. */
  readonly without?: readonly Principal[]
  readonly options: readonly Option[]
  readonly prefix?: string
  /** Groups of people by object id, and whose part they take. */
  readonly groups?: Readonly<Record<string, Principal>>
  readonly isHsm?: boolean
}

/**
 * What the roles, their scopes and conditions of an evaluated module grant each principal, against the statement of
 * permissions: every difference in a line. Conditions are taken apart; one of another form than the module's is a line, too.
 */
export function permissionProblems({ resources }: Evaluated, given: Given): string[] {
  const problems: string[] = []
  const granted = grantsOf(resources, given, problems)
  for (const who of [...Object.keys(PRINCIPALS), ...Object.keys(given.groups ?? {})]) {
    const principal = given.groups?.[who] ?? (who as Principal)
    if (given.without?.includes(principal) === true) continue
    const may = granted.get(who) ?? new Set()
    const should = new Set(
      STATEMENT.filter((entry) => entry.cloud === 'azure' && entry.principal === principal).flatMap((entry) =>
        // the checkpoints are the service's alone
        who !== principal && entry.option === 'checkpoints' ? [] : expected(entry, given),
      ),
    )
    // a condition that lets every listing through names none
    if (should.has('list *')) for (const one of should) if (/^list .../.test(one)) should.delete(one)
    for (const one of may) if (!should.has(one)) problems.push(`permissions: ${who} may ${one}, and needs not`)
    for (const one of should) if (!may.has(one)) problems.push(`permissions: ${who} needs ${one}, and may not`)
  }
  return problems
}

/** An entry of the statement as the lines that `grantsOf` finds for it. */
function expected(entry: Entry, { datasets, federations = [], options, prefix = '', isHsm = false }: Given): string[] {
  if (entry.option !== undefined && !options.includes(entry.option)) return []
  const { action, resource, lists } = entry
  if (entry.product === 'keyvault') {
    const short = action.replace('Microsoft.KeyVault/vaults/', '')
    if (isHsm && short === NOT_IN_HSM) return []
    return [isHsm ? `Microsoft.KeyVault/managedHsm/${IN_HSM[short] ?? short} on the key` : `${action} on the key`]
  }
  // asking for the partitions is a matter of the hub, so the role is on the hub for both
  if (entry.product === 'eventhubs') return datasets.map((dataset) => `${action} on the hub of ${dataset}`)
  if (action === `${CONTAINERS}/read`) return [`${action} on the container`]
  if (resource === 'containers/{checkpoints}/blobs/*') return [`${action} on the checkpoints`]
  const path = resource.replace('containers/{container}/blobs/', '').replace('{prefix}', prefix)
  const verb = lists === true ? 'list' : (VERBS[action] ?? 'read')
  const { principal } = entry
  const served =
    principal === 'federate' ? federations : principal === 'operator' ? [...datasets, ...federations] : datasets
  const each = path.includes('{dataset}') ? served : ['']
  return each.map((dataset) => `${verb} ${path.replace('{dataset}', dataset)}`)
}

function grantsOf(
  resources: readonly EvaluatedResource[],
  { groups = {} }: Given,
  problems: string[],
): Map<string, Set<string>> {
  const definitions = new Map<string, EvaluatedResource>()
  for (const one of resources) {
    const id = `${one.address}${one.key === '' ? '' : /^\d+$/.test(one.key) ? `[${one.key}]` : `["${one.key}"]`}`
    if (one.type.endsWith('role_definition')) {
      definitions.set(`${id}.role_definition_resource_id`, one).set(`${id}.resource_manager_id`, one)
    }
  }
  const granted = new Map<string, Set<string>>()
  for (const { type, values } of resources) {
    if (!type.endsWith('role_assignment')) continue
    const id = text(values['principal_id'])
    const who = /^azurerm_user_assigned_identity\.service\["(\w+)"\]\.principal_id$/.exec(id)?.[1] ?? id
    if (!(who in PRINCIPALS) && !(who in groups)) continue
    const role = definitions.get(text(values['role_definition_id']))
    if (role === undefined) {
      problems.push(`permissions: ${who} has a role that is not ours: ${text(values['role_definition_name'])}`)
      continue
    }
    const may = granted.get(who) ?? new Set<string>()
    granted.set(who, may)
    for (const line of linesOf(role, text(values['scope']), text(values['condition']), who, problems)) may.add(line)
  }
  return granted
}

function linesOf(role: EvaluatedResource, scope: string, condition: string, who: string, problems: string[]): string[] {
  const permissions = (role.values['permissions'] ?? role.values['permission'] ?? []) as Record<
    string,
    string[] | null
  >[]
  const all = (kind: string) => permissions.flatMap((one) => one[kind] ?? [])
  const actions = [...all('actions'), ...all('data_actions')]
  const hub = /^azurerm_eventhub\.dataset\["(.+)"\]\.id$/.exec(scope)?.[1]
  if (hub !== undefined) return actions.map((action) => `${action} on the hub of ${hub}`)
  if (scope === 'azurerm_key_vault_key.wrap[0].resource_versionless_id' || scope.startsWith('/keys/'))
    return actions.map((action) => `${action} on the key`)
  if (scope === 'azurerm_storage_container.checkpoints[0].id')
    return actions.map((action) => `${action} on the checkpoints`)
  if (scope !== 'azurerm_storage_container.store.id') return actions.map((action) => `${action} on ${scope}`)
  const reach = reachOf(condition, who, problems)
  return [
    ...all('actions').map((action) => `${action} on the container`),
    ...all('data_actions').flatMap((action) => {
      const verbs = action === `${CONTAINERS}/blobs/read` ? ['read', 'list'] : [VERBS[action] ?? action]
      return verbs.flatMap((verb) => (reach.get(verb) ?? ['*']).map((path) => `${verb} ${path}`))
    }),
  ]
}

const GUARDS: ReadonlyMap<string, string> = new Map([
  [`!(ActionMatches{'${CONTAINERS}/blobs/read'} AND NOT SubOperationMatches{'Blob.List'})`, 'read'],
  [`!(ActionMatches{'${CONTAINERS}/blobs/read'} AND SubOperationMatches{'Blob.List'})`, 'list'],
  ...Object.entries(VERBS).map(([action, verb]) => [`!(ActionMatches{'${action}'})`, verb] as const),
])
const CLAUSE =
  /^\((?<guard>!\(.*?\))(?: OR @(?<of>Resource|Request)\[(?<attribute>\S+)\] ForAnyOfAnyValues:StringLike \{(?<values>'[^{}]+')\})?\)$/

/** By verb, on which paths a condition lets it through; nothing where it says nothing of the verb. */
export function reachOf(condition: string, who: string, problems: string[]): Map<string, readonly string[]> {
  const reach = new Map<string, readonly string[]>()
  for (const clause of condition.split('\nAND\n').filter((one) => one !== '')) {
    const { guard = '', of, attribute, values } = CLAUSE.exec(clause)?.groups ?? {}
    const verb = GUARDS.get(guard)
    const goesBy = verb === 'list' ? 'Request blobs:prefix' : 'Resource blobs:path'
    if (
      verb === undefined ||
      reach.has(verb) ||
      (of !== undefined && `${of} ${attribute?.replace(`${CONTAINERS}/`, '')}` !== goesBy)
    ) {
      problems.push(`permissions: the condition of ${who} says what nobody understands: ${clause}`)
      continue
    }
    const paths = values?.split(', ').map((one) => one.slice(1, -1)) ?? []
    // a listing asks for the folder by its name, too
    const folders = paths.filter((path) => paths.includes(`${path}/*`))
    reach.set(
      verb,
      paths.filter((path) => verb !== 'list' || !folders.includes(path)),
    )
  }
  return reach
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
