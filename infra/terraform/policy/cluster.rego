# What the clusters have to keep to, on every cloud, over the values that Terraform works out. Each rule adds a sentence to `deny`.
package terraform.cluster

import rego.v1

resources(type) := [r | some r in input.resources; r.mode == "resource"; r.type == type]

block(values, path) := object.get(values, path, null)

# Of settings `{address: wanted}`, those that a resource does not have.
unlike(r, wanted) := {concat(".", [sprintf("%v", [p]) | some p in path]) |
	some path, value in wanted
	block(r.values, path) != value
}

required := {
	"google_container_cluster": {
		["private_cluster_config", 0, "enable_private_nodes"]: true,
		["private_cluster_config", 0, "enable_private_endpoint"]: true,
		["master_authorized_networks_config", 0, "gcp_public_cidrs_access_enabled"]: false,
		["database_encryption", 0, "state"]: "ENCRYPTED",
		["master_auth", 0, "client_certificate_config", 0, "issue_client_certificate"]: false,
		["binary_authorization", 0, "evaluation_mode"]: "PROJECT_SINGLETON_POLICY_ENFORCE",
		["datapath_provider"]: "ADVANCED_DATAPATH",
		["enable_shielded_nodes"]: true,
		["deletion_protection"]: true,
		["security_posture_config", 0, "mode"]: "BASIC",
		["release_channel", 0, "channel"]: "REGULAR",
		["addons_config", 0, "http_load_balancing", 0, "disabled"]: true,
	},
	"google_container_node_pool": {
		["network_config", 0, "enable_private_nodes"]: true,
		["node_config", 0, "image_type"]: "COS_CONTAINERD",
		["node_config", 0, "workload_metadata_config", 0, "mode"]: "GKE_METADATA",
		["node_config", 0, "shielded_instance_config", 0, "enable_secure_boot"]: true,
		["node_config", 0, "shielded_instance_config", 0, "enable_integrity_monitoring"]: true,
		["node_config", 0, "metadata"]: {"disable-legacy-endpoints": "true"},
		["management", 0, "auto_upgrade"]: true,
		["management", 0, "auto_repair"]: true,
	},
	"aws_eks_cluster": {
		["vpc_config", 0, "endpoint_private_access"]: true,
		["vpc_config", 0, "endpoint_public_access"]: false,
		["access_config", 0, "authentication_mode"]: "API",
		["access_config", 0, "bootstrap_cluster_creator_admin_permissions"]: false,
		["encryption_config", 0, "resources"]: ["secrets"],
		["deletion_protection"]: true,
	},
	"aws_launch_template": {
		["metadata_options", 0, "http_tokens"]: "required",
		["metadata_options", 0, "http_put_response_hop_limit"]: 1,
		["block_device_mappings", 0, "ebs", 0, "encrypted"]: true,
	},
	"aws_ecr_repository": {["image_tag_mutability"]: "IMMUTABLE", ["image_scanning_configuration", 0, "scan_on_push"]: true},
	"google_artifact_registry_repository": {["docker_config", 0, "immutable_tags"]: true},
	"azurerm_kubernetes_cluster": {
		["private_cluster_enabled"]: true,
		["private_cluster_public_fqdn_enabled"]: false,
		["local_account_disabled"]: true,
		["run_command_enabled"]: false,
		["role_based_access_control_enabled"]: true,
		["azure_policy_enabled"]: true,
		["node_os_upgrade_channel"]: "NodeImage",
		["automatic_upgrade_channel"]: "patch",
		["workload_identity_enabled"]: true,
		["azure_active_directory_role_based_access_control", 0, "azure_rbac_enabled"]: true,
		["key_management_service", 0, "key_vault_network_access"]: "Private",
		["network_profile", 0, "outbound_type"]: "userDefinedRouting",
		["network_profile", 0, "network_policy"]: "cilium",
		["default_node_pool", 0, "host_encryption_enabled"]: true,
		["default_node_pool", 0, "node_public_ip_enabled"]: false,
	},
	"azurerm_container_registry": {
		["public_network_access_enabled"]: false,
		["admin_enabled"]: false,
		["anonymous_pull_enabled"]: false,
		["export_policy_enabled"]: false,
		["network_rule_bypass_option"]: "None",
		["quarantine_policy_enabled"]: true,
	},
}

deny contains sprintf("rego: %s: %s is not %v", [r.address, setting, "as it has to be"]) if {
	some type, wanted in required
	some r in resources(type)
	some setting in unlike(r, wanted)
}

# A cluster of which one part is missing keeps to no rule about it.
together := {
	"google_container_cluster": ["google_container_node_pool", "google_artifact_registry_repository", "google_kms_crypto_key"],
	"aws_eks_cluster": ["aws_launch_template", "aws_ecr_repository", "aws_kms_key", "aws_eks_addon"],
	"azurerm_kubernetes_cluster": ["azurerm_container_registry", "azurerm_private_endpoint", "azurerm_monitor_diagnostic_setting"],
}

deny contains sprintf("rego: %s stands without a %s", [type, part]) if {
	some type, parts in together
	count(resources(type)) > 0
	some part in parts
	count(resources(part)) == 0
}

deny contains "rego: the input has no cluster" if {
	every type in object.keys(together) {
		count(resources(type)) == 0
	}
}

logs := {
	"aws_eks_cluster": {"path": ["enabled_cluster_log_types"], "wanted": {"api", "audit", "authenticator"}},
	"google_container_cluster": {"path": ["logging_config", 0, "enable_components"], "wanted": {"SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER"}},
}

deny contains sprintf("rego: %s: logs of %s are not kept", [r.address, log]) if {
	some type, about in logs
	some r in resources(type)
	some log in about.wanted
	not log in {one | some one in object.get(r.values, about.path, [])}
}

deny contains "rego: the audit log of AKS goes nowhere" if {
	count(resources("azurerm_kubernetes_cluster")) > 0
	kept := {log.category | some r in resources("azurerm_monitor_diagnostic_setting"); some log in r.values.enabled_log}
	count({"kube-audit", "kube-audit-admin", "guard"} - kept) > 0
}

deny contains sprintf("rego: %s: nodes are not Bottlerocket", [r.address]) if {
	some r in resources("aws_eks_node_group")
	not startswith(r.values.ami_type, "BOTTLEROCKET_")
}

# What nodes may do: fetch images, join, write logs. Everything else is a pod's, under an identity of its own.
node_rights := {
	"AmazonEKSClusterPolicy", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly",
	"roles/logging.logWriter", "roles/monitoring.metricWriter", "roles/stackdriver.resourceMetadata.writer",
	"Network Contributor", "Managed Identity Operator", "Private DNS Zone Contributor", "Key Vault Crypto User", "AcrPull",
}

granted contains {"by": r.address, "right": right} if {
	some r in resources("aws_iam_role_policy_attachment")
	parts := split(r.values.policy_arn, "/")
	right := parts[count(parts) - 1]
}

granted contains {"by": r.address, "right": r.values.role} if some r in resources("google_project_iam_member")

granted contains {"by": r.address, "right": r.values.role_definition_name} if some r in resources("azurerm_role_assignment")

deny contains sprintf("rego: %s grants %s", [grant.by, grant.right]) if {
	some grant in granted
	not grant.right in node_rights
}

# Add-ons are what services cannot do without.
deny contains sprintf("rego: the add-on %s is not needed", [r.values.addon_name]) if {
	some r in resources("aws_eks_addon")
	not r.values.addon_name in {"coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni"}
}

deny contains "rego: network policies are not enforced" if {
	some r in resources("aws_eks_addon")
	r.values.addon_name == "vpc-cni"
	object.get(json.unmarshal(r.values.configuration_values), "enableNetworkPolicy", "") != "true"
}

# A key of the cluster is its account's.
deny contains sprintf("rego: %s: is for anybody", [one.address]) if {
	some one in input.resources
	one.type == "aws_iam_policy_document"
	some statement in one.values.statement
	object.get(statement, "effect", null) != "Deny"
	some principal in object.get(statement, "principals", [])
	"*" in principal.identifiers
}

deny contains sprintf("rego: %s: machines are whoever the project's default is", [r.address]) if {
	some r in resources("google_container_node_pool")
	not startswith(object.get(r.values, ["node_config", 0, "service_account"], ""), "google_service_account.nodes.")
}

deny contains sprintf("rego: %s: nobody watches what runs", [r.address]) if {
	some r in resources("azurerm_kubernetes_cluster")
	object.get(r.values, ["microsoft_defender", 0, "log_analytics_workspace_id"], "") == ""
}

# Machines wear the group of the services and the cluster's own.
deny contains sprintf("rego: %s: machines wear another group", [r.address]) if {
	some r in resources("aws_launch_template")
	count(r.values.vpc_security_group_ids) > 2
}

# Rights are attached as they are known by name; what is written into a role is read by nobody.
deny contains sprintf("rego: %s: gives rights by the way", [r.address]) if {
	some r in input.resources
	r.type in {"aws_iam_role_policy", "aws_iam_policy", "aws_iam_user", "google_project_iam_binding", "azurerm_role_definition"}
}
