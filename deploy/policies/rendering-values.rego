# What the objects of a rendering say to one another, and what each may say at all: a selector that selects nothing, a scaler that looks at
# a constant or an identity of somebody else is well formed. Input as for rendering.rego; each rule adds a sentence to `deny`.
package credence.rendering

import rego.v1

## What each kind may say

said := {
	"PodDisruptionBudget": {"maxUnavailable", "unhealthyPodEvictionPolicy", "selector"},
	"Deployment": {"replicas", "revisionHistoryLimit", "minReadySeconds", "strategy", "selector", "template"},
	"Job": {"backoffLimit", "activeDeadlineSeconds", "template"},
	"CronJob": {"schedule", "timeZone", "concurrencyPolicy", "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "jobTemplate"},
	"NetworkPolicy": {"podSelector", "policyTypes", "egress", "ingress"},
	"ExternalSecret": {"refreshInterval", "secretStoreRef", "target", "data"},
	"SecretStore": {"provider"},
	"Certificate": {"secretName", "commonName", "duration", "renewBefore", "privateKey", "usages", "uris", "issuerRef"},
	"ScaledObject": {"scaleTargetRef", "minReplicaCount", "maxReplicaCount", "pollingInterval", "cooldownPeriod", "fallback", "triggers"},
	"ServiceMonitor": {"jobLabel", "selector", "endpoints"},
	"PrometheusRule": {"groups"},
}

deny contains sprintf("%s says %s", [where(m), key]) if {
	some kind, known in said
	some m in of_kind(kind)
	some key in object.keys(m.spec) - known
}

# Annotations that make something else of a pod, or stop what looks after it.
meddling := `(apparmor|seccomp)\.|^sidecar\.istio\.io/|^linkerd\.io/|inject|autoscaling\.keda\.sh/|k8s\.v1\.cni\.cncf\.io/|safe-to-evict|do-not-(evict|disrupt)|\.hashicorp\.com/`

deny contains sprintf("%s: the annotation %s makes something else of it", [where(m), name]) if {
	some m in input.manifests
	some metadata in [m.metadata, object.get(m, ["spec", "template", "metadata"], {}), object.get(m, ["spec", "jobTemplate", "spec", "template", "metadata"], {})]
	some name, _ in object.get(metadata, "annotations", {})
	regex.match(meddling, name)
}

deny contains sprintf("%s: a change of its configuration starts nothing anew", [where(m)]) if {
	some m in of_kind("Deployment")
	not regex.match(`^[0-9a-f]{64}$`, object.get(m.spec.template.metadata, ["annotations", "checksum/configuration"], ""))
}

## Whom selectors select

own(component) := {"app.kubernetes.io/name": "credence", "app.kubernetes.io/component": component}

selects(selector, labels) if {
	count(selector) > 0
	every key, value in selector { labels[key] == value }
}

deny contains sprintf("%s is about no process of its own", [where(b)]) if {
	some b in of_kind("PodDisruptionBudget")
	some m in of_kind("Deployment")
	m.metadata.name == b.metadata.name
	not selects(b.spec.selector.matchLabels, m.spec.template.metadata.labels)
}

deny contains sprintf("%s: %s counts others, or none", [where(p.of), constraint.topologyKey]) if {
	some p in pods
	p.of.kind == "Deployment"
	some constraint in p.spec.topologySpreadConstraints
	not counts_own(constraint, p)
}

counts_own(constraint, p) if {
	constraint.maxSkew == 1
	constraint.labelSelector.matchLabels["app.kubernetes.io/component"] == p.component
	selects(constraint.labelSelector.matchLabels, p.of.spec.template.metadata.labels)
}

deny contains sprintf("%s is for every pod", [where(m)]) if {
	some m in of_kind("Service")
	some component in {"console", "federate"}
	endswith(m.metadata.name, concat("-", ["", component]))
	object.get(m.spec.selector, "app.kubernetes.io/component", "") != component
}

deny contains sprintf("%s: nobody answers at %v", [where(m), port.port]) if {
	some m in of_kind("Service")
	some port in m.spec.ports
	not port.port in {7443, 8080}
}

deny contains sprintf("%s measures nothing of ours", [where(m)]) if {
	some m in of_kind("ServiceMonitor")
	not measures_ours(m)
}

measures_ours(m) if {
	some s in of_kind("Service")
	selects(m.spec.selector.matchLabels, s.metadata.labels)
	every endpoint in m.spec.endpoints {
		object.keys(endpoint) - {"port", "path", "interval", "scrapeTimeout"} == set()
		endpoint.path == "/metrics"
	}
}

## What scales

deny contains sprintf("%s scales another", [where(m)]) if {
	some m in of_kind("ScaledObject")
	[m.spec.scaleTargetRef.kind, m.spec.scaleTargetRef.name] != ["Deployment", m.metadata.name]
}

deny contains sprintf("%s does not scale", [where(m)]) if {
	some m in of_kind("ScaledObject")
	m.spec.maxReplicaCount <= m.spec.minReplicaCount
}

looked_at := {"ingest": {"credence_source_lag_seconds"}, "scan": {"credence_window_wait_seconds", "credence_queue_jobs"}, "encrypt": {"credence_window_wait_seconds", "credence_queue_jobs"}}

deny contains sprintf("%s does not look at %s", [where(m), metric]) if {
	some m in of_kind("ScaledObject")
	some metric in looked_at[m.metadata.labels["app.kubernetes.io/component"]]
	not looks(m, metric)
}

# Within a quarter of an hour, at a server of the cluster.
looks(m, metric) if {
	some trigger in m.spec.triggers
	regex.match(sprintf(`^max\(%s\{[^}]*namespace="[a-z0-9-]+"\}\)$`, [metric]), trigger.metadata.query)
	to_number(trigger.metadata.threshold) <= 900
	regex.match(`^https?://[a-z0-9-]+\.[a-z0-9-]+(\.svc(\.cluster\.local)?)?:[0-9]+$`, trigger.metadata.serverAddress)
}

## Probes, time and room

deny contains sprintf("%s: a %s says nothing within a minute and a half", [where(c.of), probe]) if {
	some c in containers
	some probe in {"startupProbe", "livenessProbe", "readinessProbe"}
	asked := c.container[probe]
	object.get(asked, "failureThreshold", 3) * object.get(asked, "periodSeconds", 10) > 90
}

deny contains sprintf("%s: %s asks %s", [where(c.of), probe, found]) if {
	some c in containers
	some probe, wanted in {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
	asked := c.container[probe].httpGet
	found := sprintf("%v", [asked])
	asked != {"path": wanted, "port": "http"}
}

deny contains sprintf("%s: %s of %s is more than any machine has", [where(c.of), what, limit]) if {
	some c in containers
	some what, most in {"memory": "64Gi", "ephemeral-storage": "16Gi"}
	limit := c.container.resources.limits[what]
	units.parse_bytes(limit) > units.parse_bytes(most)
}

deny contains sprintf("%s: no %s is set aside", [where(c.of), what]) if {
	some c in containers
	some what in ["cpu", "memory"]
	object.get(c.container.resources, ["requests", what], "") == ""
}

deny contains sprintf("%s: %s takes %s of memory", [where(p.of), volume.name, size]) if {
	some p in pods
	some volume in object.get(p.spec, "volumes", [])
	volume.emptyDir
	size := object.get(volume.emptyDir, "sizeLimit", "1Ti")
	units.parse_bytes(size) > units.parse_bytes("256Mi")
}

deny contains sprintf("%s runs wherever there is a machine", [where(p.of)]) if {
	some p in pods
	some toleration in object.get(p.spec, "tolerations", [])
	object.get(toleration, "key", "") == ""
}

deny contains sprintf("%s runs on one machine", [where(p.of)]) if {
	some p in pods
	object.get(p.spec, ["nodeSelector", "kubernetes.io/hostname"], null) != null
}

deny contains sprintf("%s: scans end what others do", [where(m)]) if {
	some m in of_kind("PriorityClass")
	endswith(m.metadata.name, "-scan")
	object.get(m, "preemptionPolicy", "PreemptLowerPriority") != "Never"
}

deny contains sprintf("%s: nobody can go back to what ran before", [where(m)]) if {
	some m in of_kind("Deployment")
	object.get(m.spec, "revisionHistoryLimit", 10) < 1
}

deny contains sprintf("%s: has no time to be done, or is forgotten when it fails", [where(m)]) if {
	some m in of_kind("CronJob")
	not is_seen(m)
}

is_seen(m) if {
	object.get(m.spec, "failedJobsHistoryLimit", 1) >= 1
	object.get(m.spec, "startingDeadlineSeconds", 3600) >= 600
	object.get(m.spec.jobTemplate.spec, "activeDeadlineSeconds", 14400) >= 3600
}

deny contains sprintf("%s: is given up before it has looked", [where(m)]) if {
	some m in of_kind("Job")
	object.get(m.spec, "activeDeadlineSeconds", 600) < 60
}

## What pods are told

# Names of the installation's own, of the clouds' regions, and of what telemetry asks for: everything else changes what the program is.
told := `^(CREDENCE_\w+|OTEL_\w+|AWS_(DEFAULT_)?REGION|AZURE_(CLIENT|TENANT)_ID|GOOGLE_CLOUD_PROJECT|NODE_ENV|NODE_EXTRA_CA_CERTS|TZ)$`

deny contains sprintf("%s: %s is none of its variables", [where(c.of), env.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	not regex.match(told, env.name)
}

deny contains sprintf("%s: %s is %s", [where(c.of), env.name, env.value]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	some name, wanted in {"NODE_ENV": "production", "NODE_EXTRA_CA_CERTS": "/etc/credence/authorities.pem"}
	env.name == name
	env.value != wanted
}

deny contains sprintf("%s: %s is of the secret %s, which is another's", [where(c.of), env.name, ref.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	ref := env.valueFrom.secretKeyRef
	count(of_kind("ExternalSecret")) > 0
	not ref.name in {m.spec.target.name | some m in of_kind("ExternalSecret")}
}

## Who it is

identities := `^(eks\.amazonaws\.com/role-arn|azure\.workload\.identity/client-id|iam\.gke\.io/gcp-service-account)$`

worn[identity] contains m.metadata.name if {
	some m in of_kind("ServiceAccount")
	some name, identity in object.get(m.metadata, "annotations", {})
	regex.match(identities, name)
}

deny contains sprintf("%s are all %s", [concat(", ", [a | some a in accounts]), identity]) if {
	some identity, accounts in worn
	count(accounts) > 1
}

# Where an identity has a name, it is the service's own.
deny contains sprintf("%s is %s", [where(m), identity]) if {
	some m in of_kind("ServiceAccount")
	some name, identity in object.get(m.metadata, "annotations", {})
	regex.match(`role-arn|gcp-service-account`, name)
	component := m.metadata.labels["app.kubernetes.io/component"]
	not regex.match(sprintf(`[-"]%s("|@|$)`, [component]), identity)
}

deny contains sprintf("%s opens its store by a secret", [where(m)]) if {
	some m in of_kind("SecretStore")
	walk(m.spec.provider, [path, _])
	regex.match(`(?i)secretref|secretkeyref|accesskey|token`, sprintf("%v", [path[count(path) - 1]]))
}

readers contains {"of": m, "name": value.name} if {
	some m in of_kind("SecretStore")
	walk(m.spec.provider, [path, value])
	path[count(path) - 1] == "serviceAccountRef"
}

deny contains sprintf("%s opens its store as somebody else", [where(reader.of)]) if {
	some reader in readers
	# of those who look after keys and secrets; nobody who reads records
	not regex.match(`-(secrets|operator|sweep)$`, reader.name)
}

deny contains sprintf("%s opens its store as %s, which is not there", [where(reader.of), reader.name]) if {
	some reader in readers
	not reader.name in {m.metadata.name | some m in of_kind("ServiceAccount")}
}

deny contains sprintf("%s: nobody takes the secret away", [where(m)]) if {
	some m in of_kind("ExternalSecret")
	m.spec.target.creationPolicy != "Owner"
}

deny contains sprintf("%s is renewed when it has ended", [where(m)]) if {
	some m in of_kind("Certificate")
	time.parse_duration_ns(m.spec.renewBefore) < time.parse_duration_ns("24h")
}

deny contains sprintf("%s: %s signs it, and another the others", [where(m), m.spec.issuerRef.name]) if {
	some m in of_kind("Certificate")
	count({other.spec.issuerRef.name | some other in of_kind("Certificate")}) > 1
}

deny contains sprintf("%s: opened keys are kept for %v seconds", [where(one.of), seconds]) if {
	some one in configurations
	seconds := object.get(one.read, ["keys", "ttlSeconds"], 300)
	seconds > 3600
}

## Where it goes

ports := {53, 80, 443, 988, 4318, 5432, 5671, 6378, 6379, 6380, 7443, 8080, 10000}

deny contains sprintf("%s: %v is a port of nobody's", [where(rule.of), port.port]) if {
	some rule in rules
	some port in rule.ports
	not port.port in ports
}

# Machines' own addresses: the agents that vouch for a pod, and the resolver. Credentials of machines are at none of them.
link_local := {"169.254.20.10/32", "169.254.169.252/32", "169.254.170.23/32"}

deny contains sprintf("%s leads to %s, which is the machine's own", [where(rule.of), peer.ipBlock.cidr]) if {
	some rule in rules
	some peer in rule.peers
	net.cidr_contains("169.254.0.0/16", split(peer.ipBlock.cidr, "/")[0])
	not peer.ipBlock.cidr in link_local
}

deny contains sprintf("%s: names are asked of %s", [where(rule.of), peer.ipBlock.cidr]) if {
	some rule in rules
	53 in {port.port | some port in rule.ports}
	some peer in rule.peers
	not is_private(split(peer.ipBlock.cidr, "/")[0])
}

is_private(address) if {
	some range in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.20.10/32", "100.64.0.0/10"]
	net.cidr_contains(range, address)
}

deny contains sprintf("%s: the queue is not for %s", [where(m), component]) if {
	some m in of_kind("NetworkPolicy")
	some rule in object.get(m.spec, "egress", [])
	some port in object.get(rule, "ports", [])
	port.port in {6378, 6379, 6380, 10000}
	some expression in object.get(m.spec.podSelector, "matchExpressions", [])
	some component in expression.values
	not component in {"ingest", "scan", "encrypt", "sweep"}
}

deny contains sprintf("%s lets in at %v", [where(m), port.port]) if {
	some m in of_kind("NetworkPolicy")
	some rule in object.get(m.spec, "ingress", [])
	some port in object.get(rule, "ports", [])
	not port.port in {7443, 8080}
}

## What has to be there

deny contains sprintf("nothing runs as %s", [component]) if {
	some component in {"ingest", "scan", "encrypt", "sweep"}
	not component in {p.component | some p in pods}
}

deny contains "what is verified is not verified by both: the chains and the log" if {
	found := {p.component | some p in pods; p.of.kind == "CronJob"}
	count(found) > 0
	found != {"verify", "audit"}
}

deny contains "nothing checks before it installs" if {
	is_for_check
	not "check" in {p.component | some p in pods}
}

is_for_check if {
	some m in of_kind("NetworkPolicy")
	m.spec.podSelector.matchLabels["app.kubernetes.io/component"] == "check"
}

# The operator is there for the check, or for a store that is opened as the operator.
is_for_check if {
	some m in of_kind("ServiceAccount")
	m.metadata.labels["app.kubernetes.io/component"] == "operator"
	not m.metadata.name in {reader.name | some reader in readers}
}

deny contains sprintf("%s: %s is told to nobody", [where(m), rule.alert]) if {
	some m in of_kind("PrometheusRule")
	some group in m.spec.groups
	some rule in group.rules
	rule.alert
	not object.get(rule, ["labels", "severity"], "") in {"critical", "warning", "page", "ticket"}
}
