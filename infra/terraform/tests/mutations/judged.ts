import type { Mutation } from '../mutation.ts'

// Arguments and kinds that are added beside all that was judged: nothing that stood there says otherwise.
const added = (name: string, file: string, at: string, more: string, says: string): Mutation => ({
  name,
  file,
  replace: [at, `${at}${more}`],
  caughtBy: `rego: ${says}`,
})
const before = (name: string, file: string, at: string, more: string, says: string): Mutation => ({
  name,
  file,
  replace: [at, `${more}\n\n${at}`],
  caughtBy: `rego: ${says}`,
})

export const AWS_JUDGED: readonly Mutation[] = [
  added(
    'services read everything by a policy that is attached in the role',
    'identities.tf',
    'max_session_duration  = 3600\n',
    '  managed_policy_arns   = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]\n',
    'aws_iam_role.service["console"]: says managed_policy_arns',
  ),
  added(
    'services have a policy within the role',
    'identities.tf',
    'max_session_duration  = 3600\n',
    '  inline_policy {\n    name   = "more"\n    policy = "{}"\n  }\n',
    'aws_iam_role.service["console"]: says inline_policy',
  ),
  added(
    'the catalog begins with somebody’s data',
    'state.tf',
    'db_name                               = "credence"\n',
    '  snapshot_identifier                   = "arn:aws:rds:eu-central-1:999999999999:snapshot:x"\n',
    'aws_db_instance.catalog: says snapshot_identifier',
  ),
  added(
    'a directory signs in to the catalog',
    'state.tf',
    'db_name                               = "credence"\n',
    '  domain                                = "d-1234567890"\n',
    'aws_db_instance.catalog: says domain',
  ),
  added(
    'the queue lets in a group of users',
    'state.tf',
    'node_type                  = var.redis_node_type\n',
    '  user_group_ids             = ["default"]\n',
    'aws_elasticache_replication_group.queue: says user_group_ids',
  ),
  added(
    'triggers of the catalog are passed by',
    'state.tf',
    'description = "TLS only, connections logged"\n',
    '  parameter {\n    name  = "session_replication_role"\n    value = "replica"\n  }\n',
    'aws_db_parameter_group.catalog: sets session_replication_role',
  ),
  added(
    'logs are of a class that no filter reads',
    'trail.tf',
    'retention_in_days = var.log_days\n',
    '  log_group_class   = "INFREQUENT_ACCESS"\n',
    'aws_cloudwatch_log_group.this["flows"]: is of a class that no alarm reads',
  ),
  added(
    'an alarm looks for another unit',
    'alarms.tf',
    'metric_name         = "FreeStorageSpace"\n',
    '  unit                = "Gigabytes"\n',
    'aws_cloudwatch_metric_alarm.postgres_storage: says unit',
  ),
  {
    name: 'events are counted for each of their senders',
    file: 'alarms.tf',
    replace: ['    default_value = "0"', '    dimensions    = { who = "$.userIdentity.arn" }'],
    caughtBy:
      'rego: aws_cloudwatch_log_metric_filter.trail["foreign-decrypts"]: says metric_transformation.0.dimensions',
  },
  {
    name: 'the lock of the trail has no mode',
    file: 'trail.tf',
    replace: ['      mode = "GOVERNANCE"\n', '      mode = ""\n'],
    caughtBy: 'rego: aws_s3_bucket_object_lock_configuration.trail: its lock has no mode',
  },
  added(
    'flows are logged without who was reached',
    'network.tf',
    'max_aggregation_interval = 60\n',
    '  log_format               = "$${version} $${vpc-id}"\n',
    'aws_flow_log.this: says log_format',
  ),
  before(
    'names are asked of somebody else',
    'network.tf',
    'resource "aws_route_table" "private" {',
    'resource "aws_vpc_dhcp_options" "names" {\n  domain_name_servers = ["8.8.8.8"]\n  tags                = var.tags\n}',
    'aws_vpc_dhcp_options.names: is of a kind that no rule judges',
  ),
  before(
    'a user with a key of its own',
    'identities.tf',
    'resource "aws_iam_role_policy" "secrets" {',
    'resource "aws_iam_user" "more" {\n  name = "more"\n  tags = var.tags\n}',
    'aws_iam_user.more: is of a kind that no rule judges',
  ),
  {
    name: 'production takes the state of development',
    file: 'main.tf',
    environment: 'prod-aws',
    replace: ['"credence/prod-aws.tfstate"', '"credence/dev-aws.tfstate"'],
    caughtBy: 'schema: backend s3: the state of prod-aws is said to be credence/dev-aws.tfstate',
  },
]

export const AZURE_JUDGED: readonly Mutation[] = [
  added(
    'resources of others reach the store',
    'store.tf',
    '    bypass         = ["None"]\n',
    '    private_link_access {\n      endpoint_resource_id = "/subscriptions/x/resourcegroups/*/providers/Microsoft.Search/searchServices/*"\n    }\n',
    'azurerm_storage_account.store: says network_rules.0.private_link_access',
  ),
  added(
    'whoever deploys fetches what the vault holds',
    'keys.tf',
    'purge_protection_enabled      = true\n',
    '  enabled_for_template_deployment = true\n',
    'azurerm_key_vault.keys: says enabled_for_template_deployment',
  ),
  added(
    'extensions of the catalog connect elsewhere',
    'state.tf',
    '    log_disconnections           = "on"\n',
    '    "azure.extensions"           = "DBLINK,POSTGRES_FDW"\n',
    'azurerm_postgresql_flexible_server_configuration.catalog["azure.extensions"]: sets azure.extensions',
  ),
  added(
    'an alert waits until it happened six times',
    'alarms.tf',
    '    threshold               = 0\n',
    '    failing_periods {\n      minimum_failing_periods_to_trigger_alert = 6\n      number_of_evaluation_periods             = 6\n    }\n',
    'azurerm_monitor_scheduled_query_rules_alert_v2.this["key-denied"]: says criteria.0.failing_periods',
  ),
  added(
    'alerts look at one hub that is none',
    'alarms.tf',
    '    threshold        = each.value.over\n',
    '    dimension {\n      name     = "EntityName"\n      operator = "Include"\n      values   = ["none"]\n    }\n',
    'azurerm_monitor_metric_alert.this["catalog-busy"]: says criteria.0.dimension',
  ),
]

export const GCP_JUDGED: readonly Mutation[] = [
  added(
    'passwords end',
    'state.tf',
    'annotations = { holds = each.value }\n',
    '  ttl         = "3600s"\n',
    'google_secret_manager_secret.this["redis"]: says ttl',
  ),
  added(
    'names are asked of somebody else',
    'dns.tf',
    'enable_logging            = true\n',
    '  alternative_name_server_config {\n    target_name_servers {\n      ipv4_address = "8.8.8.8"\n    }\n  }\n',
    'google_dns_policy.this: says alternative_name_server_config',
  ),
  {
    name: 'the sink keeps what all services do at once',
    file: 'logs.tf',
    replace: ['filter = join(" OR ", concat(', 'filter = join(" AND ", concat('],
    caughtBy: 'rego: google_logging_project_sink.audit: keeps what several things are true of at once',
  },
  {
    name: 'alerts tell when it is over',
    file: 'alarms.tf',
    replace: [
      '    auto_close = "86400s"\n  }',
      '    auto_close           = "86400s"\n    notification_prompts = ["CLOSED"]\n  }',
    ],
    caughtBy: 'rego: google_monitoring_alert_policy.measured["dead-letters"]: tells when it is over',
  },
  added(
    'data leaves for every project',
    'perimeter.tf',
    '  dynamic "status" {\n    for_each = each.value.dry_run ? [] : [each.value]\n    content {\n',
    '      egress_policies {\n        egress_from {\n          identity_type = "ANY_IDENTITY"\n        }\n        egress_to {\n          resources = ["*"]\n        }\n      }\n',
    'google_access_context_manager_service_perimeter.this["credence"]: says status.0.egress_policies',
  ),
]
