import type { Evaluated, EvaluatedResource } from './evaluate.ts'
import type { Json } from './hcl.ts'
import { isObject, text } from './module.ts'

const DAY = 86_400

type Row = readonly [address: string, path: string, holds: (value: Json | undefined) => boolean, wanted: string]

const is = (wanted: Json): Pick<RowParts, 'holds' | 'wanted'> => ({
  holds: (value) => value === wanted,
  wanted: text(wanted),
})
const atLeast = (least: number) => ({
  holds: (value: Json | undefined) => Number(value) >= least,
  wanted: `${least} or more`,
})
const within = (least: number, most: number) => ({
  holds: (value: Json | undefined) => Number(value) >= least && Number(value) <= most,
  wanted: `${least} to ${most}`,
})
const isNot = (pattern: RegExp) => ({
  holds: (value: Json | undefined) => !pattern.test(text(value)),
  wanted: `something that is not ${pattern.source}`,
})
interface RowParts {
  readonly holds: Row[2]
  readonly wanted: string
}
const row = (address: string, path: string, { holds, wanted }: RowParts): Row => [address, path, holds, wanted]
const each = (address: string, paths: Readonly<Record<string, RowParts>>): Row[] =>
  Object.entries(paths).map(([path, parts]) => row(address, path, parts))

/** What production has whatever it costs: what survives the loss of a zone, a mistake, and a quarter in which nobody looked. */
const PRODUCTION: Readonly<Record<string, readonly Row[]>> = {
  'prod-aws': [
    ...each('module.credence.aws_db_instance.catalog', {
      multi_az: is(true),
      deletion_protection: is(true),
      backup_retention_period: atLeast(35),
      skip_final_snapshot: is(false),
      storage_encrypted: is(true),
    }),
    ...each('module.credence.aws_elasticache_replication_group.queue', {
      num_cache_clusters: atLeast(2),
      multi_az_enabled: is(true),
      automatic_failover_enabled: is(true),
    }),
    row('module.credence.aws_db_instance.catalog', 'instance_class', isNot(/^db\.t/)),
    row('module.credence.aws_elasticache_replication_group.queue', 'node_type', isNot(/^cache\.t/)),
    row(
      'module.credence.aws_s3_bucket_lifecycle_configuration.store',
      'rule.3.noncurrent_version_expiration.0.noncurrent_days',
      atLeast(30),
    ),
    row('module.credence.aws_sns_topic_subscription.alarms', '#', atLeast(1)),
    row('module.credence.aws_cloudwatch_log_group.this', 'retention_in_days', atLeast(731)),
    row('module.credence.aws_subnet.private', '#', atLeast(3)),
    row(
      'module.credence.aws_s3_bucket_object_lock_configuration.trail',
      'rule.0.default_retention.0.days',
      atLeast(731),
    ),
    ...each('aws_budgets_budget.monthly', {
      limit_amount: within(100, 10_000),
      limit_unit: is('USD'),
      time_unit: is('MONTHLY'),
      'cost_filter.0.values.0': is('user:application$credence'),
      'notification.0.comparison_operator': is('GREATER_THAN'),
      'notification.1.comparison_operator': is('GREATER_THAN'),
      'notification.0.threshold': within(1, 100),
      'notification.1.threshold': within(1, 100),
      'notification.0.subscriber_email_addresses.0': is('oncall@example.org'),
    }),
  ],
  'prod-gcp': [
    ...each('module.credence.google_sql_database_instance.this', {
      'settings.0.availability_type': is('REGIONAL'),
      'settings.0.backup_configuration.0.enabled': is(true),
      'settings.0.backup_configuration.0.point_in_time_recovery_enabled': is(true),
      'settings.0.deletion_protection_enabled': is(true),
      deletion_protection: is(true),
    }),
    row('module.credence.google_redis_instance.this', 'tier', is('STANDARD_HA')),
    row('module.credence.google_kms_crypto_key.epochs', 'destroy_scheduled_duration', is('2592000s')),
    row(
      'module.credence.google_storage_bucket.this',
      'soft_delete_policy.0.retention_duration_seconds',
      atLeast(30 * DAY),
    ),
    row('module.credence.google_storage_bucket.logs', 'retention_policy.0.retention_period', atLeast(365 * DAY)),
    row('module.credence.google_pubsub_subscription.this', 'message_retention_duration', is(`${7 * DAY}s`)),
    row('google_billing_budget.credence', 'all_updates_rule.0.monitoring_notification_channels.0', isNot(/^null$/)),
    row('module.credence.google_kms_crypto_key.epochs', 'version_template.0.protection_level', is('HSM')),
    ...each('google_billing_budget.credence', {
      'amount.0.specified_amount.0.units': within(100, 10_000),
      'threshold_rules.0.threshold_percent': within(0.1, 1),
      'threshold_rules.1.threshold_percent': within(0.1, 1),
      'threshold_rules.2.threshold_percent': within(0.1, 1),
    }),
  ],
  'prod-azure': [
    ...each('module.credence.azurerm_postgresql_flexible_server.catalog', {
      'high_availability.0.mode': is('ZoneRedundant'),
      backup_retention_days: atLeast(35),
      public_network_access_enabled: is(false),
    }),
    ...each('module.credence.azurerm_storage_account.store', {
      account_replication_type: is('GZRS'),
      is_hns_enabled: is(false),
      'blob_properties.0.versioning_enabled': is(true),
      'blob_properties.0.delete_retention_policy.0.days': atLeast(30),
      'immutability_policy.0.state': is('Disabled'),
    }),
    row('module.credence.azurerm_key_vault.keys', 'sku_name', is('premium')),
    ...each('module.credence.azurerm_key_vault_key.wrap', {
      key_size: atLeast(4096),
      'rotation_policy.0.automatic.0.time_after_creation': is('P90D'),
    }),
    row('module.credence.azurerm_managed_redis.queue', 'high_availability_enabled', isNot(/^false$/)),
    row('module.credence.azurerm_eventhub_namespace.stream', 'sku', is('Premium')),
    row('module.credence.azurerm_key_vault.keys', 'purge_protection_enabled', is(true)),
    row('module.credence.azurerm_log_analytics_workspace.logs', 'retention_in_days', atLeast(365)),
    ...each('azurerm_consumption_budget_resource_group.credence', {
      amount: within(100, 10_000),
      'notification.0.threshold': within(1, 100),
      'notification.1.threshold': within(1, 100),
      'notification.0.enabled': isNot(/^false$/),
      'notification.1.enabled': isNot(/^false$/),
      'notification.0.contact_emails.0': isNot(/^null$/),
    }),
  ],
}

/** For how many days what is committed is locked, by what the services are told. */
const LOCKED: Readonly<Record<string, readonly [told: RegExp, least: number]>> = {
  'prod-aws': [/"objectLock":\s*"days": (\d+)/, 365],
  'prod-azure': [/"immutabilityDays": (\d+)/, 30],
}

/** What an environment of production lacks, each in a line that begins `prod: `; an environment that is none lacks nothing. */
export function productionProblems(name: string, { resources, outputs }: Evaluated): string[] {
  const rows = PRODUCTION[name] ?? []
  const problems = rows.flatMap(([address, path, holds, wanted]) => {
    const found = resources.filter((one) => one.address === address)
    const values = path === '#' ? [found.length] : found.map((one) => at(one, path))
    if (values.length > 0 && values.every(holds)) return []
    return [`prod: ${address}.${path} is ${text(values[0])} instead of ${wanted}`]
  })
  const [told, least] = LOCKED[name] ?? [/(?:)/, 0]
  const days = Number(told.exec(text(outputs['credence_config']))?.[1] ?? 0)
  return days < least ? [...problems, `prod: what is committed is locked for ${days} days`] : problems
}

function at({ values }: EvaluatedResource, path: string): Json | undefined {
  let value: Json | undefined = values
  for (const key of path.split('.'))
    value = Array.isArray(value) ? (value as readonly Json[])[Number(key)] : isObject(value) ? value[key] : undefined
  return value
}
