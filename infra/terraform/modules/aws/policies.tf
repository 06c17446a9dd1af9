# What each identity may do. permissions.json.tftpl is written from infra/permissions (tests/permissions.ts): the same
# statement that the documentation shows and the adapters' tests are held to. Nothing is granted anywhere else.

locals {
  permissions = jsondecode(templatefile("${path.module}/permissions.json.tftpl", {
    account      = local.account
    bucket       = local.bucket
    consumer     = var.consumer
    database     = "{database}"
    installation = var.name
    kmsKeyArn    = "{epoch}"
    prefix       = var.prefix == "" ? "" : "${var.prefix}/"
    region       = local.region
    storeKeyArn  = "{store}"
    streamKeyArn = "{store}"
  }))

  # What is not known before it is made comes in last: how many policies there are must not depend on it.
  made = { "{epoch}" = aws_kms_key.epoch.arn, "{store}" = aws_kms_key.store.arn }

  # Whom each signs in to PostgreSQL as.
  database_users = { for name in local.services : name => "${var.name}-${name}" }

  services = setunion(
    ["ingest", "scan", "encrypt", "sweep", "reviewer", "exporter", "operator"],
    var.console ? ["console"] : [],
    length(var.federations) > 0 ? ["federate"] : [],
  )

  # A federation is kept as a dataset is: federate serves those alone, and the operator looks after the keys of all.
  federations = sort(tolist(var.federations))
  served = {
    for name in local.services : name => name == "federate" ? local.federations : name == "operator" ? concat(keys(var.datasets), local.federations) : keys(var.datasets)
  }

  # What this installation uses of what can be chosen.
  options = concat(
    ["", "watch", "large", "check", "verify", "audit", "storeKey", "streamKey", "signIn"],
    var.object_lock == null ? [] : ["objectLock"],
    var.fan_out ? ["fanOut"] : [],
    tolist(var.operator_may),
    tolist(var.reviewers_may),
  )

  # Once for every five datasets where the statement names them: a policy can only hold so much.
  groups        = { for name, datasets in local.served : name => chunklist(datasets, 5) }
  stream_groups = chunklist(keys(var.datasets), 5)
  used = flatten([
    for entry in local.permissions : [
      for group in(strcontains(jsonencode(entry), "{stream}") ? local.stream_groups : strcontains(jsonencode(entry), "{dataset}") ? local.groups[entry.principal] : [local.groups[entry.principal][0]]) : {
        principal = entry.principal
        service   = split(":", entry.actions[0])[0]
        group     = join(",", group)
        actions   = entry.actions
        resources = flatten([
          for resource in entry.resources : [
            for dataset in group : replace(
              replace(replace(resource, "{dataset}", dataset), "{stream}", strcontains(resource, "{stream}") ? aws_kinesis_stream.this[dataset].name : ""),
              "arn:aws:", "arn:${local.partition}:",
            )
          ]
        ])
        conditions = [
          for condition in entry.conditions : merge(condition, {
            values = distinct(flatten([for value in condition.values : [for dataset in group : replace(value, "{dataset}", dataset)]]))
          })
        ]
      }
    ] if contains(local.services, entry.principal) && contains(local.options, entry.option)
  ])

  # What differs in its resources alone is one statement.
  alike = { for entry in local.used : jsonencode([entry.principal, entry.service, entry.actions, entry.conditions, entry.group]) => entry... }
  granted = [
    for entries in values(local.alike) : merge(entries[0], { resources = sort(distinct(flatten(entries[*].resources))) })
  ]

  # A policy has at most 6144 characters: each identity has as many for each service of AWS as it takes.
  by_service = { for entry in local.granted : "${entry.principal}-${entry.service}" => entry... }
  numbered = flatten([
    for name, statements in local.by_service : [
      for i, statement in statements : merge(statement, {
        policy = "${name}-${1 + floor(sum([for one in slice(statements, 0, i + 1) : length(jsonencode(one))]) / 4400)}"
      })
    ]
  ])
  policies = { for statement in local.numbered : statement.policy => statement... }

  # Every action that anybody is granted, by the service of AWS.
  actions = {
    for service in distinct(local.granted[*].service) : service => sort(distinct(flatten([for entry in local.granted : entry.actions if entry.service == service])))
  }
}

data "aws_iam_policy_document" "service" {
  for_each = local.policies

  dynamic "statement" {
    for_each = each.value
    content {
      actions   = statement.value.actions
      resources = [for resource in statement.value.resources : replace(lookup(local.made, resource, resource), "{database}", aws_db_instance.catalog.resource_id)]
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
  description = "What ${each.value[0].principal} of ${var.name} does with ${each.value[0].service}"
  policy      = data.aws_iam_policy_document.service[each.key].json
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(replace(data.aws_iam_policy_document.service[each.key].json, "/\\s/", "")) <= 6144
      error_message = "The policy ${each.key} is longer than the 6144 characters that IAM takes: give the datasets shorter names."
    }
    precondition {
      condition     = length(distinct([for statement in local.numbered : statement.policy if statement.principal == each.value[0].principal])) <= 10
      error_message = "${each.value[0].principal} would have more than the 10 policies that a role takes: the datasets are too many for one installation, so give each group of them its own."
    }
  }
}

resource "aws_iam_role_policy_attachment" "service" {
  for_each = local.policies

  role       = aws_iam_role.service[each.value[0].principal].name
  policy_arn = aws_iam_policy.service[each.key].arn
}
