# What keeps an installation going, and tells of it, when it is asked for by name: scalers that let go, alerts that are deaf, secrets that
# are made of others. Input as for rendering.rego; each rule adds a sentence to `deny`.
package credence.rendering

import rego.v1

## Scalers

deny contains sprintf("%s: asks %s, with %s", [where(m), trigger.type, key]) if {
	some m in of_kind("ScaledObject")
	some trigger in m.spec.triggers
	some key in unknown_of(trigger)
}

# Prometheus is asked in clear or by a certificate that is verified, by nobody in particular.
unknown_of(trigger) := {"another question"} if trigger.type != "prometheus"

unknown_of(trigger) := (object.keys(trigger) - {"type", "metricType", "metadata"}) | (object.keys(trigger.metadata) - {"serverAddress", "query", "threshold"}) if {
	trigger.type == "prometheus"
}

deny contains sprintf("%s: when Prometheus is away, %v are left", [where(m), left]) if {
	some m in of_kind("ScaledObject")
	left := object.get(m.spec, ["fallback", "replicas"], 0)
	left < m.spec.minReplicaCount
}

deny contains sprintf("%s: looks every %v seconds, and ends processes after %v", [where(m), m.spec.pollingInterval, m.spec.cooldownPeriod]) if {
	some m in of_kind("ScaledObject")
	not is_steady(m.spec)
}

is_steady(spec) if {
	spec.pollingInterval <= 60
	spec.cooldownPeriod >= 60
}

## Upgrades and machines that go

deny contains sprintf("%s: a process that is not well holds its machine", [where(b)]) if {
	some b in of_kind("PodDisruptionBudget")
	object.get(b.spec, "unhealthyPodEvictionPolicy", "IfHealthyBudget") != "AlwaysAllow"
}

deny contains sprintf("%s: is ready before it has run", [where(m)]) if {
	some m in of_kind("Deployment")
	object.get(m.spec, "minReadySeconds", 0) < 1
}

deny contains sprintf("%s: runs where the cluster itself does", [where(p.of)]) if {
	some p in pods
	some toleration in object.get(p.spec, "tolerations", [])
	startswith(object.get(toleration, "key", ""), "node-role.kubernetes.io/")
}

deny contains sprintf("%s: is told of every service beside it", [where(p.of)]) if {
	some p in pods
	object.get(p.spec, "enableServiceLinks", true) != false
}

deny contains sprintf("%s: leads people to what is not ready", [where(m)]) if {
	some m in of_kind("Service")
	some component in {"console", "federate"}
	endswith(m.metadata.name, concat("-", ["", component]))
	object.get(m.spec, "publishNotReadyAddresses", false) != false
}

# A mesh is asked for by labels as well as by annotations.
deny contains sprintf("%s: the label %s makes something else of it", [where(m), name]) if {
	some m in input.manifests
	some metadata in [m.metadata, object.get(m, ["spec", "template", "metadata"], {}), object.get(m, ["spec", "jobTemplate", "spec", "template", "metadata"], {})]
	some name, _ in object.get(metadata, "labels", {})
	regex.match(`istio\.io/|linkerd\.io/|inject`, name)
}

deny contains sprintf("%s has %s", [where(m), key]) if {
	some m in of_kind("ServiceAccount")
	some key in object.keys(m) - {"apiVersion", "kind", "metadata", "automountServiceAccountToken"}
}

## Secrets

deny contains sprintf("%s: its target says %s", [where(m), key]) if {
	some m in of_kind("ExternalSecret")
	some key in object.keys(m.spec.target) - {"name", "creationPolicy", "template"}
}

# What is written of a password is that password.
deny contains sprintf("%s: %s is made of something else", [where(m), name]) if {
	some m in of_kind("ExternalSecret")
	some name, text in object.get(m.spec.target, ["template", "data"], {})
	not is_of(m, name, text)
}

is_of(m, name, text) if {
	name in {one.secretKey | some one in m.spec.data}
	regex.match(sprintf(`^\{\{ \.%s( \| urlquery)? \}\}$`, [name]), text)
}

deny contains sprintf("%s: %s holds a secret in plain text", [where(c.of), env.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	regex.match(`^OTEL_\w*HEADERS$`, env.name)
	object.get(env, "value", "") != ""
}

# What telemetry tells goes to a collector of the cluster, or by TLS.
deny contains sprintf("%s: %s leads to %s in clear", [where(c.of), env.name, env.value]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	regex.match(`^OTEL_\w*ENDPOINT$`, env.name)
	not regex.match(`^https://|^http://[a-z0-9-]+\.[a-z0-9-]+(\.svc(\.cluster\.local)?)?:[0-9]+`, env.value)
}

## Alerts

# Each with how bad it is; where it compares with a number, with the most that may be.
alerts := {
	"CredenceServiceDown": ["critical", 0], "CredenceWindowHeld": ["critical", 0], "CredenceDenied": ["critical", 0], "CredenceSourceHeld": ["warning", 3],
	"CredenceDeliveryHeld": ["warning", 3], "CredenceSourceLag": ["warning", 600], "CredenceWindowsWait": ["warning", 900], "CredenceNothingMoves": ["critical", 0],
	"CredenceDependencyAway": ["critical", 1], "CredenceMuchHeld": ["warning", 100], "CredenceCanariesMissed": ["warning", 100], "CredenceManyDeadLetters": ["warning", 100],
	"CredenceRetries": ["warning", 0.2], "CredenceShardsWander": ["warning", 10], "CredenceGaugesOld": ["warning", 5], "CredenceLoopBlocked": ["warning", 2],
}

deny contains sprintf("%s: %s is not told, or is not %s", [where(m), name, wanted[0]]) if {
	some m in of_kind("PrometheusRule")
	some name, wanted in alerts
	{rule.labels.severity | some group in m.spec.groups; some rule in group.rules; rule.alert == name} != {wanted[0]}
}

deny contains sprintf("%s: %s waits for more than %v", [where(m), rule.alert, alerts[rule.alert][1]]) if {
	some m in of_kind("PrometheusRule")
	some group in m.spec.groups
	some rule in group.rules
	found := regex.find_all_string_submatch_n(`(?:>|==)\s*([0-9.]+)\s*$`, trim_space(rule.expr), 1)
	to_number(found[0][1]) > alerts[rule.alert][1]
}

deny contains sprintf("%s: %s is about one %s alone", [where(m), rule.alert, found[1]]) if {
	some m in of_kind("PrometheusRule")
	some group in m.spec.groups
	some rule in group.rules
	some found in regex.find_all_string_submatch_n(`([a-z_]+)(?:=|!=|=~|!~)"`, rule.expr, -1)
	not found[1] in {"job", "what", "code", "outcome"}
}

deny contains sprintf("%s: gives up before anybody can answer", [where(m)]) if {
	some m in of_kind("ServiceMonitor")
	some endpoint in m.spec.endpoints
	not within_reason(object.get(endpoint, "scrapeTimeout", "10s"))
}

within_reason(timeout) if time.parse_duration_ns(timeout) >= time.parse_duration_ns("1s")
