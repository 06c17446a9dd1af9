import type { Mutation } from '../mutation.ts'

/** What takes effect by inputs alone that no sample and no shape has: the values that are worked out stay as they are. */
export const AWS_WRITTEN: readonly Mutation[] = [
  {
    name: 'the operator’s role is anybody’s where somebody is named for it',
    file: 'identities.tf',
    replace: [
      '? [] : [var.assumed_by[each.key]]',
      '? [] : [each.key == "operator" ? ["*"] : var.assumed_by[each.key]]',
    ],
    caughtBy: 'made: data.aws_iam_policy_document.trust.dynamic.statement.2.for_each as written is now',
  },
  {
    name: 'anybody encrypts streams where no producer is named',
    file: 'keys.tf',
    replace: [
      'for_each = length(var.producers) == 0 ? [] : [var.producers]',
      'for_each = length(var.producers) == 0 ? [["*"]] : [var.producers]',
    ],
    caughtBy: 'made: data.aws_iam_policy_document.store_key.dynamic.statement.0.for_each as written is now',
  },
  {
    name: 'anybody reads the trail where no auditor is named',
    file: 'keys.tf',
    replace: [
      'for_each = length(var.auditors) == 0 ? [] : [var.auditors]',
      'for_each = length(var.auditors) == 0 ? [["*"]] : [var.auditors]',
    ],
    caughtBy: 'made: data.aws_iam_policy_document.platform_key.dynamic.statement.0.for_each as written is now',
  },
  {
    name: 'whoever names a repository lets every image in',
    file: 'endpoints.tf',
    replace: [
      'length(var.image_repositories) > 0 ? var.image_repositories : concat(',
      'length(var.image_repositories) > 0 ? ["*"] : concat(',
    ],
    caughtBy: 'made: local.repositories as written is now',
  },
  {
    name: 'keys are destroyed where nothing is locked',
    file: 'policies.tf',
    replace: [
      'var.object_lock == null ? [] : ["objectLock"]',
      'var.object_lock == null ? ["destroy"] : ["objectLock"]',
    ],
    caughtBy: 'made: local.options as written is now',
  },
  {
    name: 'everything is granted where there are many datasets',
    file: 'policies.tf',
    replace: [
      '&& contains(local.options, entry.option)\n',
      '&& (contains(local.options, entry.option) || length(var.datasets) > 3)\n',
    ],
    caughtBy: 'made: local.used as written is now',
  },
  {
    name: 'tokens of other accounts are taken where there are two zones',
    file: 'endpoints.tf',
    replace: [
      '"sts:AssumeRoleWithWebIdentity") ? [] : [local.account]',
      '"sts:AssumeRoleWithWebIdentity") || length(var.zones) == 2 ? [] : [local.account]',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'logs stay for a month where they are asked to for years',
    file: 'trail.tf',
    replace: ['retention_in_days = var.log_days', 'retention_in_days = min(var.log_days, 365)'],
    caughtBy: ' as written is now',
  },
]

export const AZURE_WRITTEN: readonly Mutation[] = [
  {
    name: 'the way out is the internet where there is no other',
    file: 'network.tf',
    replace: [
      'var.egress_next_hop == null ? "None" : "VirtualAppliance"',
      'var.egress_next_hop == null ? "Internet" : "VirtualAppliance"',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'administrators reach machines at every port',
    file: 'network.tf',
    replace: [
      'from = local.administering, to = [local.subnets.services], ports = ["443"]',
      'from = local.administering, to = [local.subnets.services], ports = ["*"]',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'images are pulled past the endpoint',
    file: 'endpoints.tf',
    replace: ['part = "registry", zones = ["registry"]', 'part = "registry", zones = []'],
    caughtBy: ' as written is now',
  },
  {
    name: 'the database of a large installation has one zone',
    file: 'state.tf',
    replace: [
      'for_each = var.postgres.zone_redundant ? [1] : []',
      'for_each = var.postgres.zone_redundant && length(var.datasets) < 5 ? [1] : []',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'any token of the cluster is anybody’s where its address ends otherwise',
    file: 'identities.tf',
    replace: [
      'for_each = var.oidc_issuer_url == null ? toset([]) : toset(local.principals)',
      'for_each = var.oidc_issuer_url == null ? toset(["operator"]) : toset(local.principals)',
    ],
    caughtBy: ' as written is now',
  },
]

export const GCP_WRITTEN: readonly Mutation[] = [
  {
    name: 'what nobody asked for is granted to small installations',
    file: 'policies.tf',
    replace: [
      '(access.option == "" || contains(var.operations, access.option))',
      '(access.option == "" || contains(var.operations, access.option) || length(var.datasets) < 2)',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'a level or a name is enough to come in',
    file: 'perimeter.tf',
    replace: [
      'length(status.value.access_levels) > 0 && length(status.value.identities) > 0',
      'length(status.value.access_levels) > 0 || length(status.value.identities) > 0',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'a person has a password in the catalog',
    file: 'state.tf',
    replace: ['"CLOUD_IAM_GROUP" : "CLOUD_IAM_USER"', '"CLOUD_IAM_GROUP" : "BUILT_IN"'],
    caughtBy: ' as written is now',
  },
  {
    name: 'pods are anybody’s where an account has another name',
    file: 'identities.tf',
    replace: [
      'lookup(var.workload_identity.service_accounts, each.key, "${var.name}-${each.key}")',
      'contains(keys(var.workload_identity.service_accounts), each.key) ? "*" : "${var.name}-${each.key}"',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'every reader writes rows where readers are principals',
    file: 'warehouse.tf',
    replace: [
      'iam_member     = startswith(grant.value.member, "principal") ? grant.value.member : null',
      'iam_member     = startswith(grant.value.member, "principal") ? "allAuthenticatedUsers" : null',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'the bucket of somebody else',
    file: 'store.tf',
    replace: [
      'coalesce(var.store.bucket, "${var.project_id}-${var.name}")',
      'coalesce(var.store.bucket, "${substr(var.project_id, 0, 15)}-${var.name}")',
    ],
    caughtBy: ' as written is now',
  },
  {
    name: 'secrets are read by whoever serves pages where nobody checks',
    file: 'state.tf',
    replace: ['|| (pair[1] == "operator" && local.checks)', '|| pair[1] == (local.checks ? "operator" : "console")'],
    caughtBy: ' as written is now',
  },
  {
    name: 'without a cluster, everything of the network is its own',
    file: 'firewall.tf',
    replace: [
      '} : to => rule if var.workload_identity != null',
      '} : to => var.workload_identity != null ? rule : { ranges = ["0.0.0.0/0"], allows = { tcp = [] } }',
    ],
    caughtBy: ' as written is now',
  },
]
