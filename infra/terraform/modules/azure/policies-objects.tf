# What each identity does to objects, by zone. A duty of null is the ordinary run. The statement of the services' documentation
# says the same, and a test holds the two against each other.
locals {
  principals = concat(
    ["ingest", "scan", "encrypt", "sweep", "reviewer", "exporter", "operator"],
    var.console ? ["console"] : [],
    length(var.federations) > 0 ? ["federate"] : [],
  )
  # A federation is kept as a dataset is: federate serves those alone, and the operator looks after the keys of all.
  federations = sort(tolist(var.federations))
  served = {
    for who in local.principals : who => who == "federate" ? local.federations : who == "operator" ? concat(keys(var.datasets), local.federations) : keys(var.datasets)
  }
  committed = ["clean", "quarantine", "deadletter", "scores"]

  ordinary_objects = [
    { who = ["ingest"], does = ["write", "read"], path = "contracts/{dataset}/*", duty = null },
    { who = ["ingest", "federate"], does = ["write"], path = "keys/{dataset}/*", duty = null },
    { who = ["ingest", "scan", "encrypt", "sweep", "reviewer", "exporter", "console", "federate"], does = ["read"], path = "keys/{dataset}/*", duty = null },
    { who = ["ingest"], does = ["write", "read"], path = "staging/{dataset}/*", duty = null },
    { who = ["ingest"], does = ["write", "read"], path = "deadletter/{dataset}/*", duty = null },

    { who = ["scan", "reviewer", "console"], does = ["read"], path = "contracts/{dataset}/*", duty = null },
    { who = ["scan"], does = ["write"], path = "staging/{dataset}/*", duty = null },
    { who = ["scan", "encrypt"], does = ["read"], path = "staging/{dataset}/*", duty = null },
    { who = ["scan"], does = ["write", "read"], path = "scores/{dataset}/*", duty = null },

    { who = ["encrypt"], does = ["read"], path = "scores/{dataset}/*", duty = null },
    { who = ["encrypt"], does = ["write", "read"], path = "clean/{dataset}/*", duty = null },
    { who = ["encrypt"], does = ["write", "read"], path = "quarantine/{dataset}/*", duty = null },
    { who = ["encrypt"], does = ["delete"], path = "staging/{dataset}/*", duty = null },
    { who = ["encrypt"], does = ["write"], path = "keys/_signing/*", duty = null },
    { who = ["encrypt", "sweep", "reviewer", "exporter", "operator", "console", "federate"], does = ["read", "list"], path = "keys/_signing/*", duty = null },
    { who = ["encrypt", "sweep", "reviewer", "exporter", "console", "federate"], does = ["read", "list"], path = "manifests/{dataset}/*", duty = null },
    { who = ["encrypt", "sweep", "federate"], does = ["write"], path = "manifests/{dataset}/*", duty = null },

    { who = ["sweep"], does = ["list"], path = "staging/*", duty = null },
    { who = ["sweep"], does = ["delete"], path = "staging/{dataset}/*", duty = null },
    { who = ["sweep", "reviewer", "console"], does = ["read"], path = "quarantine/{dataset}/*", duty = null },
    { who = ["sweep"], does = ["write", "read"], path = "clean/{dataset}/*", duty = null },

    { who = ["reviewer", "console"], does = ["read"], path = "scores/{dataset}/*", duty = null },
    { who = ["federate"], does = ["write", "read"], path = "clean/{dataset}/*", duty = null },
    { who = ["federate"], does = ["write", "read"], path = "scores/{dataset}/*", duty = null },
    { who = ["exporter"], does = ["read"], path = "clean/{dataset}/*", duty = null },
    { who = ["operator"], does = ["list", "read", "write"], path = "keys/*", duty = null },
  ]

  duty_objects = concat(
    [{ who = ["reviewer", "console"], does = ["read"], path = "deadletter/{dataset}/*", duty = "letters" }],
    [{ who = ["console"], does = ["read"], path = "clean/{dataset}/*", duty = "neighbours" }],
    [{ who = ["console"], does = ["write", "read"], path = "clean/{dataset}/*", duty = "releases" }],
    [{ who = ["console"], does = ["write"], path = "manifests/{dataset}/*", duty = "releases" }],
    [{ who = ["exporter", "console"], does = ["read", "list"], path = "manifests/*", duty = "audit" }],
    [for zone in setsubtract(local.committed, ["clean"]) : { who = ["exporter"], does = ["read"], path = "${zone}/{dataset}/*", duty = "verify" }],
    [for zone in ["clean", "quarantine"] : { who = ["exporter"], does = ["list"], path = "${zone}/{dataset}/*", duty = "verify" }],
    [{ who = ["operator"], does = ["write"], path = "keys/{dataset}/*", duty = "newEpochs" }],
    [{ who = ["operator"], does = ["write"], path = "keys/_signing/*", duty = "rotateSigning" }],
    [{ who = ["operator"], does = ["write", "read", "list"], path = "manifests/*", duty = "rotateSigning" }],
    [for zone in concat(["staging"], local.committed) : { who = ["operator"], does = ["list", "read"], path = "${zone}/*", duty = "countObjects" }],
    [for zone in concat(["staging"], local.committed) : { who = ["operator"], does = ["list", "read"], path = "${zone}/{dataset}/*", duty = "destroy" }],
    [{ who = ["operator"], does = ["write", "read"], path = "destroyed/{dataset}/*", duty = "destroy" }],
    [for zone in local.committed : { who = ["operator"], does = ["write", "read", "delete"], path = "${zone}/{dataset}/*", duty = "reencrypt" }],
    [{ who = ["operator"], does = ["write", "read", "list"], path = "manifests/*", duty = "reencrypt" }],
    [{ who = ["operator"], does = ["write", "read", "delete"], path = "staging/_check/*", duty = "check" }],
    [{ who = ["operator"], does = ["list"], path = "*", duty = "check" }],
  )

  objects = concat(local.ordinary_objects, local.duty_objects)

  # Who creates what is committed also sets the date until which it is held.
  held = [
    for object in local.objects : merge(object, { does = ["hold"], duty = object.duty == "releases" ? "releases" : "immutability" })
    if contains(object.does, "write") && can(regex("^(clean|quarantine|deadletter|manifests)/", object.path))
  ]
}
