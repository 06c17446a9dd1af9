# What each identity may do. permissions.json.tftpl is written from infra/permissions (tests/permissions.ts): the same
# statement that the documentation shows and the adapters' tests are held to. Nothing is granted anywhere else.

locals {
  permissions = jsondecode(templatefile("${path.module}/permissions.json.tftpl", {
    account      = local.account
    bucket       = aws_s3_bucket.store.id
    consumer     = var.consumer
    kmsKeyArn    = aws_kms_key.epoch.arn
    prefix       = var.prefix == "" ? "" : "${var.prefix}/"
    region       = local.region
    storeKeyArn  = aws_kms_key.store.arn
    streamKeyArn = aws_kms_key.store.arn
  }))

  services = toset(["ingest", "scan", "encrypt", "sweep", "reviewer", "exporter", "operator"])

  # What this installation uses of what can be chosen.
  options = concat(
    ["", "watch", "large", "race", "check", "verify", "storeKey", "streamKey"],
    var.object_lock == null ? [] : ["objectLock"],
    var.fan_out ? ["fanOut"] : [],
    tolist(var.operator_may),
  )

  # Once for each dataset, and for each stream, where the statement says so.
  granted = [
    for entry in local.permissions : {
      principal = entry.principal
      service   = split(":", entry.actions[0])[0]
      actions   = entry.actions
      resources = distinct(flatten([
        for resource in entry.resources : [
          for dataset in keys(var.datasets) : replace(
            replace(replace(resource, "{dataset}", dataset), "{stream}", aws_kinesis_stream.this[dataset].name),
            "arn:aws:", "arn:${local.partition}:",
          )
        ]
      ]))
      conditions = [
        for condition in entry.conditions : merge(condition, {
          values = distinct(flatten([for value in condition.values : [for dataset in keys(var.datasets) : replace(value, "{dataset}", dataset)]]))
        })
      ]
    } if contains(local.options, entry.option)
  ]

  # One policy for each identity and service of AWS: a policy has at most 6144 characters.
  policies = {
    for pair in distinct([for entry in local.granted : "${entry.principal}-${entry.service}"]) : pair => {
      principal  = split("-", pair)[0]
      statements = [for entry in local.granted : entry if "${entry.principal}-${entry.service}" == pair]
    }
  }

  # Every action that anybody is granted, by the service of AWS.
  actions = {
    for service in distinct(local.granted[*].service) : service => sort(distinct(flatten([for entry in local.granted : entry.actions if entry.service == service])))
  }
}

data "aws_iam_policy_document" "service" {
  for_each = local.policies

  dynamic "statement" {
    for_each = each.value.statements
    content {
      actions   = statement.value.actions
      resources = statement.value.resources
      dynamic "condition" {
        for_each = statement.value.conditions
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_policy" "service" {
  for_each = local.policies

  name        = "${var.name}-${each.key}"
  description = "What ${each.value.principal} of ${var.name} does with ${split("-", each.key)[1]}"
  policy      = data.aws_iam_policy_document.service[each.key].json
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(replace(data.aws_iam_policy_document.service[each.key].json, "/\\s/", "")) <= 6144
      error_message = "The policy ${each.key} is longer than the 6144 characters that IAM takes: the datasets are too many for one installation, so give each group of them its own."
    }
  }
}

resource "aws_iam_role_policy_attachment" "service" {
  for_each = local.policies

  role       = aws_iam_role.service[each.value.principal].name
  policy_arn = aws_iam_policy.service[each.key].arn
}
