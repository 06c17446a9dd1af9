import type { Mutation } from '../mutation.ts'

/** Of the modules for clusters: values that passed every check once. */
export const CLUSTER_VALUES: readonly (Mutation & { readonly cloud: string })[] = [
  {
    cloud: 'aws',
    name: 'the cluster’s key is gone in a week',
    file: 'main.tf',
    replace: ['deletion_window_in_days = 30', 'deletion_window_in_days = 7'],
    caughtBy: 'rego: aws_kms_key.this: deletion_window_in_days is 7, not 30',
  },
  {
    cloud: 'aws',
    name: 'logs of anything are under the cluster’s key',
    file: 'main.tf',
    replace: [
      'values   = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/eks/${var.name}/cluster"]',
      'values   = ["arn:${local.partition}:logs:*:*:log-group:*"]',
    ],
    caughtBy:
      'rego: data.aws_iam_policy_document.key: kms:EncryptionContext:aws:logs:arn may be anything like arn:aws:logs:*:*:log-group:*',
  },
  {
    cloud: 'aws',
    name: 'whoever is of the account may be a machine',
    file: 'main.tf',
    replace: [
      '      type        = "Service"\n      identifiers = [each.value]',
      '      type        = "AWS"\n      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]',
    ],
    caughtBy: 'rego: data.aws_iam_policy_document.trust: the whole account may sts:AssumeRole',
  },
  {
    cloud: 'aws',
    name: 'everybody of the account administers the cluster',
    file: 'main.tf',
    replace: [
      '  principal_arn = each.value\n  policy_arn',
      '  principal_arn = "arn:${local.partition}:iam::${local.account}:root"\n  policy_arn',
    ],
    caughtBy:
      'rego: aws_eks_access_policy_association.administrators["platform"]: arn:aws:iam::123456789012:root is no role',
  },
  {
    cloud: 'aws',
    name: 'machines run what they are told at first start',
    file: 'main.tf',
    replace: [
      '  update_default_version = true',
      '  update_default_version = true\n  user_data              = base64encode("[settings.host-containers.admin]\\nenabled = true\\n")',
    ],
    caughtBy: 'rego: aws_launch_template.nodes: says user_data, which runs what it likes on every machine',
  },
  {
    cloud: 'aws',
    name: 'machines have a key for a shell',
    file: 'main.tf',
    replace: ['  update_default_version = true', '  update_default_version = true\n  key_name = "ops"'],
    caughtBy: 'rego: aws_launch_template.nodes: says key_name, which lets somebody sign in to machines',
  },
  {
    cloud: 'aws',
    name: 'machines may do anything',
    file: 'main.tf',
    replace: [
      '# Nodes fetch images and join',
      'resource "aws_iam_role_policy" "more" {\n  name = "more"\n  role = aws_iam_role.this["nodes"].id\n  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })\n}\n\n# Nodes fetch images and join',
    ],
    caughtBy: 'rego: aws_iam_role_policy.more: gives rights by the way',
  },
  {
    cloud: 'aws',
    name: 'images are not looked at',
    file: 'main.tf',
    replace: ['scan_on_push = true', 'scan_on_push = false'],
    caughtBy: 'rego: aws_ecr_repository.this: image_scanning_configuration.0.scan_on_push is not as it has to be',
  },
  {
    cloud: 'aws',
    name: 'images are under a key of AWS',
    file: 'main.tf',
    replace: [
      '    encryption_type = "KMS"\n    kms_key         = aws_kms_key.this.arn',
      '    encryption_type = "AES256"',
    ],
    caughtBy:
      'rego: aws_ecr_repository.this["credence"]: is under a key of the cloud\'s own: encryption_configuration.0.kms_key',
  },
  {
    cloud: 'aws',
    name: 'logs of the cluster are under a key of AWS',
    file: 'main.tf',
    replace: ['  kms_key_id        = aws_kms_key.this.arn\n', ''],
    caughtBy: "rego: aws_cloudwatch_log_group.this: is under a key of the cloud's own: kms_key_id",
  },
  {
    cloud: 'aws',
    name: 'machines wear another group, too',
    file: 'main.tf',
    replace: [
      'vpc_security_group_ids = [var.security_group_id, aws',
      'vpc_security_group_ids = [var.security_group_id, "sg-open", aws',
    ],
    caughtBy: 'rego: aws_launch_template.nodes: machines wear another group',
  },
  {
    cloud: 'azure',
    name: 'whoever is let in may do everything: no RBAC',
    file: 'main.tf',
    replace: ['role_based_access_control_enabled   = true', 'role_based_access_control_enabled   = false'],
    caughtBy: 'rego: azurerm_kubernetes_cluster.this: role_based_access_control_enabled is not as it has to be',
  },
  {
    cloud: 'azure',
    name: 'machines are not mended',
    file: 'main.tf',
    replace: ['node_os_upgrade_channel             = "NodeImage"', 'node_os_upgrade_channel             = "None"'],
    caughtBy: 'rego: azurerm_kubernetes_cluster.this: node_os_upgrade_channel is not as it has to be',
  },
  {
    cloud: 'azure',
    name: 'the cluster is not mended',
    file: 'main.tf',
    replace: ['automatic_upgrade_channel           = "patch"', 'automatic_upgrade_channel           = "none"'],
    caughtBy: 'rego: azurerm_kubernetes_cluster.this: automatic_upgrade_channel is not as it has to be',
  },
  {
    cloud: 'azure',
    name: 'disks are under a key of the platform',
    file: 'main.tf',
    replace: ['  disk_encryption_set_id              = var.disk_encryption_set_id\n', ''],
    caughtBy: "rego: azurerm_kubernetes_cluster.this: is under a key of the cloud's own: disk_encryption_set_id",
  },
  {
    cloud: 'azure',
    name: 'policies of the subscription do not hold',
    file: 'main.tf',
    replace: ['azure_policy_enabled                = true', 'azure_policy_enabled                = false'],
    caughtBy: 'rego: azurerm_kubernetes_cluster.this: azure_policy_enabled is not as it has to be',
  },
  {
    cloud: 'azure',
    name: 'the identity of the cluster writes the whole network',
    file: 'main.tf',
    replace: [
      '  scope                = var.subnet_id',
      '  scope                = split("/subnets/", var.subnet_id)[0]',
    ],
    caughtBy:
      'rego: azurerm_role_assignment.network: holds for /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/credence/provi',
  },
  {
    cloud: 'azure',
    name: 'machines pull from every registry of the subscription',
    file: 'main.tf',
    replace: [
      '  scope                = azurerm_container_registry.this.id\n  role_definition_name',
      '  scope                = "/subscriptions/00000000-0000-0000-0000-000000000000"\n  role_definition_name',
    ],
    caughtBy: 'rego: azurerm_role_assignment.images: holds for /subscriptions/00000000-0000-0000-0000-000000000000',
  },
  {
    cloud: 'azure',
    name: 'images are run before they are looked at',
    file: 'main.tf',
    replace: ['quarantine_policy_enabled     = true', 'quarantine_policy_enabled     = false'],
    caughtBy: 'rego: azurerm_container_registry.this: quarantine_policy_enabled is not as it has to be',
  },
  {
    cloud: 'azure',
    name: 'nobody watches',
    file: 'main.tf',
    replace: ['  microsoft_defender {\n    log_analytics_workspace_id = var.log_workspace_id\n  }\n', ''],
    caughtBy: 'rego: azurerm_kubernetes_cluster.this: nobody watches what runs',
  },
  {
    cloud: 'azure',
    name: 'people sign in to the machines',
    file: 'main.tf',
    replace: [
      '  default_node_pool {',
      '  linux_profile {\n    admin_username = "ops"\n    ssh_key {\n      key_data = "ssh-rsa AAAA"\n    }\n  }\n  default_node_pool {',
    ],
    caughtBy: 'rego: azurerm_kubernetes_cluster.this: says linux_profile, which lets somebody sign in to machines',
  },
  {
    cloud: 'azure',
    name: 'who pulls images is not logged',
    file: 'main.tf',
    replace: [
      '"ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"',
      '"ContainerRegistryRepositoryEvents"',
    ],
    caughtBy: 'rego: azurerm_monitor_diagnostic_setting.registry: ContainerRegistryLoginEvents is not logged',
  },
  {
    cloud: 'gcp',
    name: 'anybody of the project does anything: ABAC',
    file: 'main.tf',
    replace: [
      '  enable_shielded_nodes       = true',
      '  enable_shielded_nodes       = true\n  enable_legacy_abac          = true',
    ],
    caughtBy: 'rego: google_container_cluster.this: says enable_legacy_abac, which passes roles by',
  },
  {
    cloud: 'gcp',
    name: 'nobody looks at the cluster’s posture',
    file: 'main.tf',
    replace: ['mode               = "BASIC"', 'mode               = "DISABLED"'],
    caughtBy: 'rego: google_container_cluster.this: security_posture_config.0.mode is not as it has to be',
  },
  {
    cloud: 'gcp',
    name: 'tags of images are moved',
    file: 'main.tf',
    replace: ['immutable_tags = true', 'immutable_tags = false'],
    caughtBy: 'rego: google_artifact_registry_repository.images: docker_config.0.immutable_tags is not as it has to be',
  },
  {
    cloud: 'gcp',
    name: 'machines write images',
    file: 'main.tf',
    replace: ['"roles/artifactregistry.reader"', '"roles/artifactregistry.writer"'],
    caughtBy:
      'rego: google_artifact_registry_repository_iam_member.nodes: machines are granted roles/artifactregistry.writer',
  },
  {
    cloud: 'gcp',
    name: 'machines start without being measured',
    file: 'main.tf',
    replace: [
      '    shielded_instance_config {\n      enable_secure_boot          = true\n      enable_integrity_monitoring = true\n    }\n    workload_metadata_config {\n      mode = "GKE_METADATA"\n    }\n  }\n}\n',
      '    shielded_instance_config {\n      enable_secure_boot          = true\n      enable_integrity_monitoring = false\n    }\n    workload_metadata_config {\n      mode = "GKE_METADATA"\n    }\n  }\n}\n',
    ],
    caughtBy:
      'rego: google_container_node_pool.this: node_config.0.shielded_instance_config.0.enable_integrity_monitoring is not as it has to be',
  },
  {
    cloud: 'gcp',
    name: 'disks are under a key of Google',
    file: 'main.tf',
    replace: ['    boot_disk_kms_key = google_kms_crypto_key.this["disks"].id\n', ''],
    caughtBy:
      "rego: google_container_node_pool.this: is under a key of the cloud's own: node_config.0.boot_disk_kms_key",
  },
  {
    cloud: 'gcp',
    name: 'identities of another project',
    file: 'main.tf',
    replace: ['workload_pool = "${var.project_id}.svc.id.goog"', 'workload_pool = "elsewhere.svc.id.goog"'],
    caughtBy: 'rego: google_container_cluster.this: identities are those of elsewhere.svc.id.goog',
  },
  {
    cloud: 'gcp',
    name: 'machines are not mended when they break',
    file: 'main.tf',
    replace: ['auto_repair  = true', 'auto_repair  = false'],
    caughtBy: 'rego: google_container_node_pool.this: management.0.auto_repair is not as it has to be',
  },
  {
    cloud: 'gcp',
    name: 'no channel of updates',
    file: 'main.tf',
    replace: ['channel = "REGULAR"', 'channel = "UNSPECIFIED"'],
    caughtBy: 'rego: google_container_cluster.this: release_channel.0.channel is not as it has to be',
  },
  {
    cloud: 'gcp',
    name: 'the cluster’s keys are of software',
    file: 'main.tf',
    replace: ['protection_level = "HSM"', 'protection_level = "SOFTWARE"'],
    caughtBy: 'rego: google_kms_crypto_key.this["disks"]: is kept by software, and the cluster',
  },
  {
    cloud: 'gcp',
    name: 'machines are the account that everybody is',
    file: 'main.tf',
    replace: ['    service_account   = google_service_account.nodes.email\n', ''],
    caughtBy: "rego: google_container_node_pool.this: machines are whoever the project's default is",
  },
  {
    cloud: 'gcp',
    name: 'machines do not turn off the old metadata',
    file: 'main.tf',
    replace: [
      '{ disable-legacy-endpoints = "true" }',
      '{ disable-legacy-endpoints = "false", serial-port-enable = "true" }',
    ],
    caughtBy: 'rego: google_container_node_pool.this: node_config.0.metadata is not as it has to be',
  },
]
