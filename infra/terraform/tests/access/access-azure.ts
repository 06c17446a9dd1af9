import { PRINCIPALS } from '../../../permissions/entry.ts'
import type { Evaluated, EvaluatedResource } from '../evaluate.ts'
import type { JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'

const ADMINISTERS = new Set(['create/action', 'delete', 'read', 'recover/action', 'rotate/action', 'update/action'])
const SERVICES = Object.keys(PRINCIPALS).sort()
const AT_REST: Readonly<Record<string, readonly [type: string, block: string, key: string, identity: string]>> = {
  store: ['azurerm_storage_account', 'customer_managed_key', 'key_vault_key_id', 'user_assigned_identity_id'],
  postgres: [
    'azurerm_postgresql_flexible_server',
    'customer_managed_key',
    'key_vault_key_id',
    'primary_user_assigned_identity_id',
  ],
  redis: ['azurerm_managed_redis', 'customer_managed_key', 'key_vault_key_id', 'user_assigned_identity_id'],
}

/**
 * Who holds a role on what, besides the services' own, which the statement of permissions is held against; who may become a service; what
 * is encrypted under which key; what the lifecycle takes. Each difference in a line that begins `access: `.
 */
export function accessProblems({ resources }: Evaluated): string[] {
  const problems: string[] = []
  const of = (type: string) => resources.filter((one) => one.type === type)
  const same = (what: string, found: readonly string[], wanted: readonly string[]) => {
    for (const one of found) if (!wanted.includes(one)) problems.push(`access: ${what}: ${one}, which is not to be`)
    for (const one of wanted) if (!found.includes(one)) problems.push(`access: ${what}: ${one} is missing`)
  }
  const definitions = new Map(
    of('azurerm_role_definition').map((one) => [`${at(one)}.role_definition_resource_id`, one]),
  )
  const assignments = of('azurerm_role_assignment').map(({ values }) => ({
    who: text(values['principal_id']),
    role: text(values['role_definition_name'] ?? definitions.get(text(values['role_definition_id']))?.values['name']),
    scope: text(values['scope']),
  }))
  const said = ({ who, role, scope }: (typeof assignments)[number]) => `${who} has ${role} on ${scope}`

  same(
    'what encrypts at rest',
    assignments.filter(({ who }) => who.includes('.service_key[')).map(said),
    ['postgres', 'redis', 'store', 'stream'].map((name) =>
      said({
        who: `azurerm_user_assigned_identity.service_key["${name}"].principal_id`,
        role: 'Key Vault Crypto Service Encryption User',
        scope: `azurerm_key_vault_key.service["${name}"].resource_versionless_id`,
      }),
    ),
  )
  const services = (who: string) =>
    who.includes('.service[') ||
    ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'].includes(who)
  same('others', assignments.filter(({ who }) => !who.includes('.service_key[') && !services(who)).map(said), [
    said({
      who: '00000000-0000-4000-8000-000000000003',
      role: 'Azure Event Hubs Data Sender',
      scope: 'azurerm_eventhub.dataset["mail"].id',
    }),
    said({
      who: '00000000-0000-4000-8000-000000000004',
      role: 'credence-prod-x7k2 key administrator',
      scope: 'azurerm_key_vault.keys.id',
    }),
  ])
  for (const { values } of of('azurerm_role_definition')) {
    const name = text(values['name'])
    const given = (list(values['permissions']) as JsonObject[]).flatMap((one) =>
      [...list(one['actions']), ...list(one['data_actions'])].map(text),
    )
    if (given.some((action) => action.includes('*')))
      problems.push(`access: ${name} may ${given.find((action) => action.includes('*'))}`)
    if (text(values['scope']) !== 'azurerm_resource_group.this.id')
      problems.push(`access: ${name} can be given in ${text(values['scope'])}`)
    if (!name.endsWith('key administrator')) continue
    for (const action of given) {
      const verb = /^Microsoft\.KeyVault\/vaults\/(?:keys\/(.+)|keyrotationpolicies\/(?:read|write))$/.exec(action)
      if (verb === null || (verb[1] !== undefined && !ADMINISTERS.has(verb[1])))
        problems.push(`access: ${name} may ${action}`)
    }
  }

  same(
    'who becomes a service',
    of('azurerm_federated_identity_credential').map(
      ({ values }) =>
        `${text(values['subject'])} of ${text(values['issuer'])} for ${list(values['audience']).map(text).join()} is ${text(values['user_assigned_identity_id'])}`,
    ),
    SERVICES.map(
      (name) =>
        `system:serviceaccount:credence:credence-${name} of https://westeurope.oic.prod-aks.azure.com/tenant/cluster/ for api://AzureADTokenExchange is azurerm_user_assigned_identity.service["${name}"].id`,
    ),
  )
  for (const [name, [type, block, key, identity]] of Object.entries(AT_REST)) {
    for (const { values } of of(type)) {
      const [made] = list(values[block]) as JsonObject[]
      const isOwn =
        text(made?.[key]).startsWith(`azurerm_key_vault_key.service["${name}"].`) &&
        text(made?.[identity]) === `azurerm_user_assigned_identity.service_key["${name}"].id`
      if (!isOwn) problems.push(`access: ${type} is at rest under ${text(made?.[key])} as ${text(made?.[identity])}`)
    }
  }
  return [...problems, ...lifecycleProblems(of('azurerm_storage_management_policy'))]
}

function at({ address, key }: EvaluatedResource): string {
  return `${address}${key === '' ? '' : /^\d+$/.test(key) ? `[${key}]` : `["${key}"]`}`
}

/** Nothing but what was left in staging goes by age, and versions of it. */
function lifecycleProblems(policies: readonly EvaluatedResource[]): string[] {
  return policies.flatMap(({ values }) =>
    (list(values['rule']) as JsonObject[]).flatMap((rule) => {
      const [filters] = list(rule['filters']) as JsonObject[]
      const [actions] = list(rule['actions']) as JsonObject[]
      const [blob] = list(actions?.['base_blob']) as JsonObject[]
      const days = Number(blob?.['delete_after_days_since_modification_greater_than'])
      const only = list(filters?.['prefix_match']).map(text)
      const isStaging = only.length === 1 && /^credence\/(.+\/)?staging\/$/.test(only[0] ?? '')
      const others = Object.entries(blob ?? {}).filter(
        ([key, value]) => value !== null && key !== 'delete_after_days_since_modification_greater_than',
      )
      return isStaging && days >= 7 && others.length === 0
        ? []
        : [`access: the lifecycle takes what is in ${only.join() || 'the account'} after ${days} days`]
    }),
  )
}
