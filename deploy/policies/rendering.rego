# What every rendering of the chart keeps to; input is {"manifests": [...]}.
package credence.rendering

import rego.v1

pods := array.concat(running, scheduled)

running := [{"of": m, "spec": m.spec.template.spec, "labels": m.spec.template.metadata.labels} |
	some m in input.manifests
	m.kind in {"Deployment", "Job", "StatefulSet", "DaemonSet"}
]

scheduled := [{"of": m, "spec": m.spec.jobTemplate.spec.template.spec, "labels": m.spec.jobTemplate.spec.template.metadata.labels} |
	some m in input.manifests
	m.kind == "CronJob"
]

containers := [{"of": p.of, "container": c} |
	some p in pods
	some key in ["containers", "initContainers"]
	some c in object.get(p.spec, key, [])
]

where(m) := sprintf("%s/%s", [m.kind, m.metadata.name])

deny contains sprintf("%s: the image %s is not named by a digest", [where(c.of), c.container.image]) if {
	some c in containers
	not regex.match(`@sha256:[0-9a-f]{64}$`, c.container.image)
}

deny contains sprintf("%s: %s is not set", [where(c.of), setting]) if {
	some c in containers
	some setting, wanted in {"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "runAsNonRoot": true, "privileged": false}
	object.get(c.container.securityContext, setting, null) != wanted
}

deny contains sprintf("%s keeps capabilities", [where(c.of)]) if {
	some c in containers
	object.get(c.container.securityContext, ["capabilities", "drop"], []) != ["ALL"]
}

deny contains sprintf("%s adds capabilities", [where(c.of)]) if {
	some c in containers
	count(object.get(c.container.securityContext, ["capabilities", "add"], [])) > 0
}

deny contains sprintf("%s: the profile of system calls is not the runtime's", [where(p.of)]) if {
	some p in pods
	object.get(p.spec, ["securityContext", "seccompProfile", "type"], "") != "RuntimeDefault"
}

deny contains sprintf("%s shares %s with its machine", [where(p.of), key]) if {
	some p in pods
	some key in ["hostNetwork", "hostPID", "hostIPC"]
	object.get(p.spec, key, false)
}

deny contains sprintf("%s mounts a %s", [where(p.of), kind]) if {
	some p in pods
	some volume in object.get(p.spec, "volumes", [])
	some kind in object.keys(volume) - {"name"}
	not kind in {"configMap", "secret", "emptyDir"}
}

deny contains sprintf("%s has its account's token", [where(p.of)]) if {
	some p in pods
	object.get(p.spec, "automountServiceAccountToken", true)
}

deny contains sprintf("%s: %s holds a secret in plain text", [where(c.of), env.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	regex.match(`PASSWORD|PASSPHRASE|SECRET|TOKEN|_KEY$`, env.name)
	object.get(env, "value", "") != ""
}

deny contains sprintf("%s: %s is not limited", [where(c.of), what]) if {
	some c in containers
	some what in ["memory", "ephemeral-storage"]
	object.get(c.container.resources, ["limits", what], "") == ""
}

# A namespace whose pods are denied nothing is open, whatever other policies allow.
deny contains "no policy denies every pod everything" if {
	not denies_everything
}

denies_everything if {
	some m in input.manifests
	m.kind == "NetworkPolicy"
	m.spec.podSelector == {}
	{"Ingress", "Egress"} == {type | some type in m.spec.policyTypes}
	not m.spec.ingress
	not m.spec.egress
}

deny contains sprintf("%s lets everything out", [where(m)]) if {
	some m in input.manifests
	m.kind == "NetworkPolicy"
	some rule in object.get(m.spec, "egress", [])
	open_rule(rule, "to")
}

deny contains sprintf("%s lets everybody in", [where(m)]) if {
	some m in input.manifests
	m.kind == "NetworkPolicy"
	some rule in object.get(m.spec, "ingress", [])
	open_rule(rule, "from")
}

open_rule(rule, side) if count(object.get(rule, side, [])) == 0

open_rule(rule, side) if {
	some peer in rule[side]
	to_number(split(object.get(peer, ["ipBlock", "cidr"], "0/32"), "/")[1]) < 8
}

open_rule(rule, side) if count(object.get(rule, "ports", [])) == 0

deny contains sprintf("%s: Kubernetes gives it rights", [where(m)]) if {
	some m in input.manifests
	m.kind in {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}
}

deny contains sprintf("%s is reached from outside", [where(m)]) if {
	some m in input.manifests
	m.kind in {"Ingress", "Gateway", "HTTPRoute"}
}

deny contains sprintf("%s is reached from outside", [where(m)]) if {
	some m in input.manifests
	m.kind == "Service"
	object.get(m.spec, "clusterIP", "") != "None"
}
