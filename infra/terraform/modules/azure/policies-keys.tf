# What each identity does with the wrapping key. Key Vault knows nothing of datasets: what a wrap is bound to, no role can name.
locals {
  key_uses = {
    # Wrapping is followed by a signature, and by an unwrap that proves that the wrap opens.
    wrap = ["keys/read", "keys/wrap/action", "keys/sign/action", "keys/unwrap/action"]
    # The signature is verified under the public key, which is read.
    unwrap = ["keys/read", "keys/unwrap/action"]
    look   = ["keys/read"]
    rotate = ["keys/rotate/action"]
    retire = ["keys/update/action"]
    policy = ["keyrotationpolicies/read"]
  }

  keys = [
    { who = ["ingest", "encrypt", "federate"], does = "wrap", duty = null },
    { who = ["ingest", "scan", "encrypt", "sweep", "reviewer", "exporter", "operator", "console", "federate"], does = "unwrap", duty = null },
    { who = ["operator"], does = "look", duty = null },
    { who = ["operator"], does = "rotate", duty = null },
    { who = ["operator"], does = "wrap", duty = null },
    { who = ["operator"], does = "retire", duty = null },
    { who = ["operator"], does = "policy", duty = "check" },
  ]

  # Managed HSM has local roles of its own, over data actions of its own; rotation is none that azurerm 5.2 takes (see README.md).
  hsm_actions = {
    "keys/read"                = "Microsoft.KeyVault/managedHsm/keys/read/action"
    "keys/wrap/action"         = "Microsoft.KeyVault/managedHsm/keys/wrap/action"
    "keys/unwrap/action"       = "Microsoft.KeyVault/managedHsm/keys/unwrap/action"
    "keys/sign/action"         = "Microsoft.KeyVault/managedHsm/keys/sign/action"
    "keys/update/action"       = "Microsoft.KeyVault/managedHsm/keys/write/action"
    "keyrotationpolicies/read" = "Microsoft.KeyVault/managedHsm/keys/read/action"
  }

  # Who reads the hubs: to read, and to ask for the partitions.
  receive = "Microsoft.EventHub/namespaces/messages/receive/action"
  readers = [
    { who = "ingest", duty = null },
    { who = "operator", duty = "check" },
  ]
}
