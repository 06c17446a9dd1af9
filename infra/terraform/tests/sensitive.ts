import type { ProviderName } from './provider-schema.ts'

/**
 * Attributes that a provider's schema marks as sensitive, by type, of the types that the modules name: the CDK's form of the schema
 * does not carry the mark. Read from the providers' sources; a type that is used for the first time is looked up there.
 */
const SENSITIVE: Readonly<Record<ProviderName, Readonly<Record<string, readonly string[]>>>> = {
  google: {
    google_redis_instance: ['auth_string'],
    google_secret_manager_secret_version: ['secret_data'],
    google_sql_database_instance: ['root_password', 'replica_configuration', 'server_ca_cert'],
    google_sql_user: ['password'],
  },
  aws: {
    aws_db_instance: ['password'],
    aws_elasticache_replication_group: ['auth_token'],
    aws_secretsmanager_random_password: ['random_password'],
    aws_secretsmanager_secret_version: ['secret_string', 'secret_binary'],
  },
  azurerm: {
    azurerm_eventhub_namespace: [
      'default_primary_connection_string',
      'default_primary_connection_string_alias',
      'default_primary_key',
      'default_secondary_connection_string',
      'default_secondary_connection_string_alias',
      'default_secondary_key',
    ],
    azurerm_key_vault_managed_hardware_security_module: ['security_domain_encrypted_data'],
    azurerm_log_analytics_workspace: ['primary_shared_key', 'secondary_shared_key'],
    azurerm_managed_redis: ['default_database.primary_access_key', 'default_database.secondary_access_key'],
    azurerm_postgresql_flexible_server: ['administrator_password'],
    azurerm_redis_cache: [
      'primary_access_key',
      'primary_connection_string',
      'secondary_access_key',
      'secondary_connection_string',
    ],
    azurerm_storage_account: [
      'primary_access_key',
      'primary_blob_connection_string',
      'primary_connection_string',
      'secondary_access_key',
      'secondary_blob_connection_string',
      'secondary_connection_string',
    ],
  },
}

/** Paths of what is sensitive in a type: an attribute, or a block and an attribute of it with a dot between. */
export function sensitiveOf(type: string): readonly string[] {
  return Object.values(SENSITIVE).find((types) => Object.hasOwn(types, type))?.[type] ?? []
}
