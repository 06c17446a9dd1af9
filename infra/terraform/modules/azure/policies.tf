# One line for each permission, in the terms of the documentation: who, which action, on what, for which duty.
locals {
  containers = "Microsoft.Storage/storageAccounts/blobServices/containers"
  blob_actions = {
    read   = "${local.containers}/blobs/read"
    list   = "${local.containers}/blobs/read" # told from reading by a suboperation, see conditions.tf
    write  = "${local.containers}/blobs/write"
    delete = "${local.containers}/blobs/delete"
    hold   = "${local.containers}/blobs/immutableStorage/runAsSuperUser/action"
  }
  slashed_prefix = var.store.prefix == "" ? "" : "${var.store.prefix}/"

  all_statements = concat(
    [for who in local.principals : { principal = who, product = "blob", verb = "look", action = "${local.containers}/read", path = "", duty = null }],
    flatten([
      for object in concat(local.objects, local.held) : [
        for who in object.who : [
          for verb in object.does : [
            # only a path that names a dataset is granted once for each
            for dataset in(strcontains(object.path, "{dataset}") ? local.served[who] : [""]) : {
              principal = who
              product   = "blob"
              verb      = verb
              action    = local.blob_actions[verb]
              path      = object.path == "*" ? "*" : "${local.slashed_prefix}${replace(object.path, "{dataset}", dataset)}"
              duty      = object.duty
            }
          ]
        ] if contains(local.principals, who)
      ]
    ]),
    flatten([
      for use in local.keys : [
        for who in use.who : [
          for action in local.key_uses[use.does] : {
            principal = who
            product   = "keyvault"
            verb      = use.does
            action    = var.keys.service == "vault" ? "Microsoft.KeyVault/vaults/${action}" : local.hsm_actions[action]
            path      = ""
            duty      = use.duty
          } if var.keys.service == "vault" || contains(keys(local.hsm_actions), action)
        ] if contains(local.principals, who)
      ]
    ]),
    [for reader in local.readers : { principal = reader.who, product = "eventhubs", verb = "receive", action = local.receive, path = "", duty = reader.duty }],
    [{ principal = "ingest", product = "checkpoints", verb = "write", action = local.blob_actions.write, path = "*", duty = "checkpoints" }],
  )

  statements = [for statement in local.all_statements : statement if statement.duty == null || contains(local.duties, coalesce(statement.duty, "-"))]

  duties = setunion(
    var.duties,
    var.store.immutable_days > 0 ? ["immutability"] : [],
    var.checkpoints_mirror ? ["checkpoints"] : [],
  )

  # What the roles are made of: every data action that a principal needs of a product, once.
  store_actions = {
    for who in local.principals : who => sort(distinct([for statement in local.statements : statement.action if statement.principal == who && statement.product == "blob" && statement.verb != "look"]))
  }
  key_actions = {
    for who in local.principals : who => sort(distinct([for statement in local.statements : statement.action if statement.principal == who && statement.product == "keyvault"]))
  }
  hub_actions = {
    for who in distinct([for statement in local.statements : statement.principal if statement.product == "eventhubs"]) : who => [local.receive]
  }
}
