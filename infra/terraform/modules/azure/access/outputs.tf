output "statements" {
  description = "Every permission that the duties ask for: principal, product, verb, action, path, duty."
  value       = local.statements
}

output "store_roles" {
  description = "By principal: actions and data actions of its role on the container, and the condition that ties them to paths."
  value = {
    for who in local.principals : who => {
      actions      = sort(distinct([for statement in local.statements : statement.action if statement.principal == who && statement.verb == "look" && statement.product == "blob"]))
      data_actions = sort(distinct([for statement in local.statements : statement.action if statement.principal == who && statement.verb != "look" && statement.product == "blob"]))
      condition    = local.conditions[who]
    }
  }
}

output "key_roles" {
  description = "By principal: data actions of its role on the wrapping key."
  value = {
    for who in local.principals : who => sort(distinct([for statement in local.statements : statement.action if statement.principal == who && statement.product == "keyvault"]))
  }
}

output "hub_roles" {
  description = "By principal, of those that read the hubs: data actions of its role on each hub."
  value = {
    for who in local.principals : who => sort(distinct([for statement in local.statements : statement.action if statement.principal == who && statement.product == "eventhubs"]))
    if anytrue([for statement in local.statements : statement.principal == who && statement.product == "eventhubs"])
  }
}

output "checkpoint_roles" {
  description = "By principal: data actions of its role on the container of checkpoints; nobody without the duty."
  value = {
    for statement in local.statements : statement.principal => [statement.action]
    if statement.product == "checkpoints"
  }
}
