import type { Argument, TypeSchema } from './schema-types.ts'

interface Change {
  readonly gone: readonly string[]
  /** Whether each new argument is required. */
  readonly added: Readonly<Record<string, boolean>>
  /** Blocks that are required now, with what each takes. */
  readonly blocks?: Readonly<Record<string, readonly string[]>>
}

/**
 * What azurerm 5.2 changed of the types that are used here, by its documentation: the generated schemas are of 4.55, the last that was
 * generated. google 7.46 and aws 6.64 changed nothing of what is used.
 */
const NEWER: Readonly<Record<string, Change>> = {
  azurerm_container_registry: { gone: ['trust_policy_enabled'], added: {} },
  azurerm_federated_identity_credential: {
    gone: ['parent_id', 'resource_group_name'],
    added: { user_assigned_identity_id: true },
  },
  azurerm_kubernetes_cluster: {
    gone: [],
    added: {},
    blocks: { node_provisioning_profile: ['mode', 'default_node_pools'] },
  },
  azurerm_log_analytics_workspace: {
    gone: ['internet_ingestion_enabled', 'internet_query_enabled'],
    added: { internet_ingestion_access_type: false, internet_query_access_type: false },
  },
  azurerm_private_dns_zone_virtual_network_link: {
    gone: ['private_dns_zone_name', 'resource_group_name'],
    added: { private_dns_zone_id: true },
  },
}

/** A type's schema as the version that is used has it. */
export function newer(type: string, schema: TypeSchema): TypeSchema {
  const change = NEWER[type]
  if (change === undefined) return schema
  const plain = (required: boolean): Argument => ({ required, block: false, many: false, list: false })
  const kept = [...schema.arguments].filter(([name]) => !change.gone.includes(name))
  const added = Object.entries(change.added).map(([name, required]) => [name, plain(required)] as const)
  const blocks = Object.entries(change.blocks ?? {}).map(([name, takes]): [string, Argument] => [
    name,
    { ...plain(true), block: true, nested: () => new Map(takes.map((one) => [one, plain(false)])) },
  ])
  const readable = [...schema.readable].filter(([name]) => !change.gone.includes(name))
  return {
    arguments: new Map([...kept, ...added, ...blocks]),
    readable: new Map([...readable, ...added.map(([name]) => [name, 'string'] as const)]),
  }
}
