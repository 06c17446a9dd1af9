# Who and what statements reach, by their values: one account, one region, one bucket; of the whole account, nobody unless a condition says who.
# Each rule adds a sentence to `deny`.
package terraform.settings

import rego.v1

statements := [{"of": one, "statement": statement} |
	some one in input.resources
	one.type == "aws_iam_policy_document"
	some statement in one.values.statement
	object.get(statement, "effect", null) != "Deny"
]

conditions(statement) := [c | some c in object.get(statement, "condition", [])]

named_by := {"aws:SourceArn", "aws:PrincipalArn", "kms:EncryptionContext:aws:logs:arn", "kms:EncryptionContext:aws:cloudtrail:arn"}

# arn:partition:service:region:account:what
wide(arn) if {
	parts := split(arn, ":")
	some i in [2, 3, 4]
	contains(parts[i], "*")
}

wide(arn) if {
	parts := split(arn, ":")
	parts[5] in {"*", "*/*"}
}

deny contains sprintf("rego: %s: %s may be anything like %s", [one.of.address, condition.variable, value]) if {
	some one in statements
	some condition in conditions(one.statement)
	condition.variable in named_by
	some value in condition.values
	wide(value)
}

# What an endpoint lets through is of one account, and of buckets that are named.
deny contains sprintf("rego: %s: leads to %s, which may be anybody's", [one.of.address, resource]) if {
	some one in statements
	contains(one.of.name, "endpoint")
	some resource in object.get(one.statement, "resources", [])
	resource != "*"
	anybodys(resource)
}

anybodys(resource) if wide(resource)

anybodys(resource) if {
	startswith(resource, "arn:aws:s3:::")
	contains(split(trim_prefix(resource, "arn:aws:s3:::"), "/")[0], "*")
}

anybodys(resource) if {
	parts := split(resource, ":")
	parts[2] == "iam"
	contains(parts[5], "*")
}

deny contains sprintf("rego: %s: the whole account may %s", [one.of.address, concat(", ", one.statement.actions)]) if {
	some one in statements
	some principal in object.get(one.statement, "principals", [])
	principal.type == "AWS"
	some identifier in principal.identifiers
	endswith(identifier, ":root")
	not "kms:*" in one.statement.actions
	count([1 | some condition in conditions(one.statement); condition.variable == "aws:PrincipalArn"]) == 0
}

# Who administers a cluster is a role that has a name.
deny contains sprintf("rego: %s: %s is no role", [named(r), r.values.principal_arn]) if {
	some r in managed
	r.type in {"aws_eks_access_entry", "aws_eks_access_policy_association"}
	not regex.match(`^arn:[a-z-]+:iam::[0-9]{12}:role/[^*]+$`, r.values.principal_arn)
}

deny contains sprintf("rego: %s: flows are written to %s, which is not ours", [named(r), r.values.log_destination]) if {
	some r in managed
	r.type == "aws_flow_log"
	not startswith(r.values.log_destination, "aws_cloudwatch_log_group.")
}

# A measure is looked for where what is watched has it; under another name there is none, and the alarm is silent.
spaces := {
	"azurerm_eventhub_namespace": "Microsoft.EventHub/namespaces",
	"azurerm_key_vault": "Microsoft.KeyVault/vaults",
	"azurerm_managed_redis": "Microsoft.Cache/redisEnterprise",
	"azurerm_postgresql_flexible_server": "Microsoft.DBforPostgreSQL/flexibleServers",
	"azurerm_redis_cache": "Microsoft.Cache/Redis",
	"azurerm_storage_account": "Microsoft.Storage/storageAccounts",
}

deny contains sprintf("rego: %s: looks for %s at %s, which has none", [named(r), criterion.metric_namespace, scope]) if {
	some r in managed
	r.type == "azurerm_monitor_metric_alert"
	some criterion in r.values.criteria
	some scope in r.values.scopes
	watched := regex.find_n(`azurerm_[a-z_]+`, scope, 1)[0]
	object.get(spaces, watched, "") != criterion.metric_namespace
}

# Roles hold for the one thing that they are about.
deny contains sprintf("rego: %s: holds for %s", [named(r), r.values.scope]) if {
	some r in managed
	r.type == "azurerm_role_assignment"
	some role, pattern in {"AcrPull": `^azurerm_container_registry\.`, "Network Contributor": `/subnets/[^/]+$`, "Private DNS Zone Contributor": `/privateDnsZones/[^/]+$`, "Managed Identity Operator": `^azurerm_user_assigned_identity\.`, "Key Vault Crypto User": `/keys/[^/]+$`}
	object.get(r.values, "role_definition_name", "") == role
	not regex.match(pattern, r.values.scope)
}

deny contains sprintf("rego: %s: machines are granted %s", [named(r), r.values.role]) if {
	some r in managed
	r.type == "google_artifact_registry_repository_iam_member"
	r.values.role != "roles/artifactregistry.reader"
}

deny contains sprintf("rego: %s: identities are those of %s", [named(r), pool]) if {
	some r in managed
	r.type == "google_container_cluster"
	pool := object.get(r.values, ["workload_identity_config", 0, "workload_pool"], "nobody")
	pool != sprintf("%s.svc.id.goog", [r.values.project])
}

# The perimeter: what is within speaks to what is guarded, and to nothing outside; whoever comes in is named.
deny contains sprintf("rego: %s: lets something out of the perimeter", [named(r)]) if {
	some r in managed
	some perimeter in perimeters(r)
	count(object.get(perimeter, "egress_policies", [])) > 0
}

deny contains sprintf("rego: %s: from within, %s is reached", [named(r), service]) if {
	some r in managed
	some perimeter in perimeters(r)
	some service in object.get(perimeter, ["vpc_accessible_services", 0, "allowed_services"], ["everything"])
	service != "RESTRICTED-SERVICES"
}

deny contains sprintf("rego: %s: whoever has a level of access is in", [named(r)]) if {
	some r in managed
	some perimeter in perimeters(r)
	count(object.get(perimeter, "access_levels", [])) > 0
}

deny contains sprintf("rego: %s: %s is not guarded, and would be a way out", [named(r), service]) if {
	some r in managed
	some perimeter in perimeters(r)
	some service in {"artifactregistry", "container", "iamcredentials", "logging", "monitoring", "redis", "sqladmin", "sts", "bigquerystorage"}
	not sprintf("%s.googleapis.com", [service]) in perimeter.restricted_services
}

perimeters(r) := [p |
	r.type == "google_access_context_manager_service_perimeter"
	some mode in ["status", "spec"]
	some p in object.get(r.values, mode, [])
]

# Rows are written by the service that commits, and read by the others.
deny contains sprintf("rego: %s: %s writes rows", [named(r), object.get(access, "user_by_email", "somebody")]) if {
	some r in managed
	r.type == "google_bigquery_dataset"
	some access in r.values.access
	regex.match(`rows_(tables|dataset)`, access.role)
	not startswith(object.get(access, "user_by_email", ""), `google_service_account.this["encrypt"]`)
}
