# What the machine that people's connections are forwarded through has to keep to, on every cloud. Each rule adds a sentence to `deny`.
package terraform.workplace

import rego.v1

managed := [r | some r in input.resources; r.mode == "resource"]

resources(type) := [r | some r in managed; r.type == type]

# All that a workplace is made of: whatever else is added is a way in, or a right.
known := {
	"aws_iam_instance_profile", "aws_iam_policy", "aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_instance",
	"aws_security_group", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
	"google_compute_firewall", "google_compute_instance", "google_compute_instance_iam_member", "google_iap_tunnel_instance_iam_member",
	"google_project_iam_custom_role", "google_project_iam_member", "google_project_service", "google_service_account", "google_service_account_iam_member",
}

deny contains sprintf("rego: %s is no part of a workplace", [r.address]) if {
	some r in managed
	not r.type in known
}

required := {
	"aws_instance": {
		["associate_public_ip_address"]: false,
		["metadata_options", 0, "http_tokens"]: "required",
		["metadata_options", 0, "http_put_response_hop_limit"]: 1,
		["root_block_device", 0, "encrypted"]: true,
	},
	"google_compute_instance": {
		["metadata", "block-project-ssh-keys"]: "TRUE",
		["metadata", "enable-oslogin"]: "TRUE",
		["metadata", "enable-oslogin-2fa"]: "TRUE",
		["metadata", "serial-port-enable"]: "FALSE",
		["service_account", 0, "scopes"]: [],
		["shielded_instance_config", 0, "enable_secure_boot"]: true,
		["shielded_instance_config", 0, "enable_integrity_monitoring"]: true,
	},
	"google_compute_firewall": {
		["direction"]: "INGRESS",
		["source_ranges"]: ["35.235.240.0/20"], # of Identity-Aware Proxy
		["target_service_accounts"]: ["google_service_account.this.email"],
		["allow", 0, "protocol"]: "tcp",
		["allow", 0, "ports"]: ["22"],
		["log_config", 0, "metadata"]: "INCLUDE_ALL_METADATA",
	},
	"google_project_iam_custom_role": {["permissions"]: ["compute.projects.get"]},
	"google_project_iam_member": {["role"]: "google_project_iam_custom_role.looks.name"},
	"google_iap_tunnel_instance_iam_member": {["role"]: "roles/iap.tunnelResourceAccessor", ["instance"]: "credence-workplace"},
	"google_compute_instance_iam_member": {["role"]: "roles/compute.osLogin"},
	"google_service_account_iam_member": {["role"]: "roles/iam.serviceAccountUser", ["service_account_id"]: "google_service_account.this.name"},
	"aws_iam_role_policy_attachment": {["policy_arn"]: "aws_iam_policy.people.arn"},
	"aws_iam_role_policy": {["role"]: "credence-workplace"},
}

deny contains sprintf("rego: %s: %s is not as it has to be", [r.address, concat(".", [sprintf("%v", [p]) | some p in path])]) if {
	some type, wanted in required
	some r in resources(type)
	some path, value in wanted
	object.get(r.values, path, null) != value
}

# What a machine does not have: an address outside, keys, programs of its own, another way to be spoken to.
never := {
	"aws_instance": {["key_name"], ["user_data"], ["user_data_base64"], ["ipv6_address_count"], ["network_interface"], ["get_password_data"]},
	"google_compute_instance": {
		["metadata", "ssh-keys"], ["metadata", "startup-script"], ["metadata_startup_script"], ["metadata", "user-data"],
		["network_interface", 0, "access_config"], ["network_interface", 1], ["can_ip_forward"], ["attached_disk"], ["guest_accelerator"],
	},
	"google_compute_firewall": {["allow", 1], ["source_tags"], ["source_service_accounts"]},
	"aws_security_group": {["ingress"], ["egress"]},
}

deny contains sprintf("rego: %s: has %s", [r.address, concat(".", [sprintf("%v", [p]) | some p in path])]) if {
	some type, paths in never
	some r in resources(type)
	some path in paths
	not object.get(r.values, path, null) in {null, false, ""}
	object.get(r.values, path, null) != []
}

deny contains sprintf("rego: %s: the image is not one of Google's that verifies its root", [r.address]) if {
	some r in resources("google_compute_instance")
	not startswith(object.get(r.values, ["boot_disk", 0, "initialize_params", 0, "image"], ""), "projects/cos-cloud/")
}

deny contains sprintf("rego: %s: the image is not Amazon's", [r.address]) if {
	some r in resources("aws_instance")
	not startswith(r.values.ami, "data.aws_ssm_parameter.image.")
}

deny contains "rego: the image is not the newest that Amazon names" if {
	some r in input.resources
	r.type == "aws_ssm_parameter"
	not startswith(r.values.name, "/aws/service/ami-amazon-linux-latest/al2023-")
}

# Security groups name one another, no ranges; the machine's own is in no rule that lets in.
deny contains sprintf("rego: %s: %s", [r.address, why]) if {
	some type in {"aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"}
	some r in resources(type)
	some why in wrong(type, r.values)
}

wrong(_, values) := {"it names a range, and no group"} if {
	some key in ["cidr_ipv4", "cidr_ipv6", "prefix_list_id"]
	object.get(values, key, null) != null
} else := {"more than one port of tcp"} if {
	[values.ip_protocol, values.from_port] != ["tcp", values.to_port]
} else := {"somebody is let into the workplace"} if {
	object.get(values, "referenced_security_group_id", "") != "aws_security_group.this.id"
	object.get(values, "security_group_id", "") != "aws_security_group.this.id"
} else := set()

deny contains sprintf("rego: %s: somebody is let into the workplace", [r.address]) if {
	some r in resources("aws_vpc_security_group_ingress_rule")
	r.values.security_group_id == "aws_security_group.this.id"
}

# People are let in, and groups of them; a condition says to which port.
deny contains sprintf("rego: %s: %s is no person", [r.address, r.values.member]) if {
	some r in managed
	endswith(r.type, "_iam_member")
	not regex.match(`^(user|group):[^*@]+@[^*@]+$`, r.values.member)
}

deny contains sprintf("rego: %s: leads to any port", [r.address]) if {
	some r in resources("google_iap_tunnel_instance_iam_member")
	not regex.match(`^destination\.port == 22( && \(("accessPolicies/[0-9]+/accessLevels/\w+" in request\.auth\.access_levels( \|\| )?)+\))?$`, object.get(r.values, ["condition", 0, "expression"], ""))
}
