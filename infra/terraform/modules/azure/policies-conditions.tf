# A role says which data actions; the condition of its assignment says on which paths, action by action. Reading an object and
# listing are one action with two suboperations: the first goes by the path of the object, the second by the prefix asked for.
locals {
  is_read = "ActionMatches{'${local.blob_actions.read}'}"
  is_list = "SubOperationMatches{'Blob.List'}"

  guards = {
    read   = "!(${local.is_read} AND NOT ${local.is_list})"
    list   = "!(${local.is_read} AND ${local.is_list})"
    write  = "!(ActionMatches{'${local.blob_actions.write}'})"
    delete = "!(ActionMatches{'${local.blob_actions.delete}'})"
    hold   = "!(ActionMatches{'${local.blob_actions.hold}'})"
  }
  attributes = {
    for verb in keys(local.guards) : verb => verb == "list" ? "@Request[${local.containers}/blobs:prefix]" : "@Resource[${local.containers}/blobs:path]"
  }

  paths = {
    for who in local.principals : who => {
      for verb in keys(local.guards) : verb => sort(distinct([
        for statement in local.statements : statement.path
        if statement.principal == who && statement.product == "blob" && statement.verb == verb
      ]))
    }
  }

  # A listing asks for "zone/dataset/" through the Blob endpoint, and for the directory "zone/dataset" through dfs.
  patterns = {
    for who, verbs in local.paths : who => {
      for verb, paths in verbs : verb => join(", ", [
        for path in sort(distinct(concat(paths, verb == "list" ? [for path in paths : trimsuffix(path, "/*")] : []))) : "'${path}'"
      ])
    }
  }

  # What is granted nowhere has no alternative behind its guard: it is refused. What is granted everywhere has no clause.
  clauses = {
    for who, verbs in local.paths : who => [
      for verb, paths in verbs :
      length(paths) == 0
      ? "(${local.guards[verb]})"
      : "(${local.guards[verb]} OR ${local.attributes[verb]} ForAnyOfAnyValues:StringLike {${local.patterns[who][verb]}})"
      if !contains(paths, "*")
    ]
  }

  conditions = { for who, clauses in local.clauses : who => join("\nAND\n", clauses) }
}
