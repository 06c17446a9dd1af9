# What a rendering keeps to beyond objects and values: what Helm does with an object, what lies over what, and how often something is tried.
package credence.rendering

import rego.v1

## Hooks: what is one is made at another time than all else, is not upgraded with it, and may be deleted at once

# What the check needs before anything else is there.
before := {"check", "operator", "secrets"}

hooked(m) if {
	some name, _ in object.get(m.metadata, "annotations", {})
	startswith(name, "helm.sh/hook")
}

deny contains sprintf("%s is a hook, and no part of the release", [where(m)]) if {
	some m in input.manifests
	hooked(m)
	not of_check(m)
}

of_check(m) if m.metadata.labels["app.kubernetes.io/component"] in before

of_check(m) if {
	m.kind in {"ConfigMap", "ExternalSecret", "NetworkPolicy", "SecretStore", "Certificate"}
	endswith(m.metadata.name, "-check")
}

deny contains sprintf("%s is a hook of %s, not of an installation and an upgrade", [where(m), hook]) if {
	some m in input.manifests
	hooked(m)
	hook := object.get(m.metadata.annotations, "helm.sh/hook", "nothing")
	hook != "pre-install,pre-upgrade"
}

# Accounts, then what the check is given, then the check.
weights := {"ServiceAccount": -20, "Job": 0}

deny contains sprintf("%s is made in the wrong order: %v", [where(m), weight]) if {
	some m in input.manifests
	hooked(m)
	weight := to_number(object.get(m.metadata.annotations, "helm.sh/hook-weight", "0"))
	weight != object.get(weights, m.kind, -10)
}

deny contains sprintf("%s outlives its release", [where(m)]) if {
	some m in input.manifests
	m.metadata.annotations["helm.sh/resource-policy"]
}

## What lies over what

places := {"certificate": "/etc/credence-tls", "configuration": "/etc/credence", "federation": "/etc/credence-federation", "tmp": "/tmp"}

deny contains sprintf("%s: %s lies over %s", [where(c.of), mount.name, mount.mountPath]) if {
	some c in containers
	some mount in object.get(c.container, "volumeMounts", [])
	object.get(places, mount.name, "") != mount.mountPath
}

deny contains sprintf("%s: a part of %s lies over %s", [where(c.of), mount.name, mount.mountPath]) if {
	some c in containers
	some mount in object.get(c.container, "volumeMounts", [])
	some key in object.keys(mount) - {"name", "mountPath", "readOnly"}
	key
}

# The last one counts.
deny contains sprintf("%s: %s is given more than once", [where(c.of), name]) if {
	some c in containers
	names := [env.name | some env in object.get(c.container, "env", [])]
	some name in names
	count([one | some one in names; one == name]) > 1
}

deny contains sprintf("%s: %s may be missing", [where(c.of), env.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	env.valueFrom[_].optional
}

deny contains sprintf("%s: %s may be missing", [where(p.of), volume.name]) if {
	some p in pods
	some volume in object.get(p.spec, "volumes", [])
	volume[_].optional
}

deny contains sprintf("%s: %s is read as it was, whatever it becomes", [where(m), value.secretKey]) if {
	some m in of_kind("ExternalSecret")
	some value in object.get(m.spec, "data", [])
	some key in object.keys(value.remoteRef) - {"key", "property"}
	key
}

deny contains sprintf("%s: something is asked in clear", [where(one.of)]) if {
	some one in configurations
	regex.match(`(?i)http://`, one.text)
}

## How often, and for how long

deny contains sprintf("%s is tried %v times", [where(job.of), job.spec.backoffLimit]) if {
	some job in jobs
	object.get(job.spec, "backoffLimit", 6) > 2
}

deny contains sprintf("%s may never end", [where(job.of)]) if {
	some job in jobs
	object.get(job.spec, "activeDeadlineSeconds", 1000000) > 14400
}

deny contains sprintf("%s says %s", [where(job.of), key]) if {
	some job in jobs
	some key in {"podFailurePolicy", "successPolicy", "suspend", "completions", "parallelism"}
	key in object.keys(job.spec)
}

jobs contains {"of": m, "spec": m.spec} if some m in of_kind("Job")

jobs contains {"of": m, "spec": m.spec.jobTemplate.spec} if some m in of_kind("CronJob")

## Who comes in, and who is told

# Any pod of some namespace can have a label; a namespace has its name from the API server.
deny contains sprintf("%s lets in namespaces by a label", [where(rule.of)]) if {
	some rule in rules
	some peer in rule.peers
	peer.namespaceSelector
	object.keys(object.get(peer.namespaceSelector, "matchLabels", {})) != {"kubernetes.io/metadata.name"}
}

# What takes something from an alert is in those alone that are about what did not happen, or was not there before.
takes := {
	"CredenceWindowHeld": {"unless", "offset", "or"},
	"CredenceDenied": {"unless", "offset", "or"},
	"CredenceNothingMoves": {"unless"},
	"CredenceCanariesMissed": {"offset", "and"},
}

deny contains sprintf("%s: %s is taken back by `%s`", [where(m), rule.alert, word]) if {
	some m in of_kind("PrometheusRule")
	some group in m.spec.groups
	some rule in group.rules
	some word in {"unless", "offset", "and", "or", "vector", "absent", "bool"} - object.get(takes, rule.alert, set())
	regex.match(sprintf(`\b%s\b`, [word]), rule.expr)
}

deny contains sprintf("%s: %s is asked every %s", [where(m), group.name, group.interval]) if {
	some m in of_kind("PrometheusRule")
	some group in m.spec.groups
	not within(object.get(group, "interval", "1m"), "1m")
}
