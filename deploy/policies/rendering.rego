# What every rendering of the chart keeps to; input is {"manifests": [...]}. Where a list of what may be is short, what is not on it is refused.
package credence.rendering

import rego.v1

pods := array.concat(running, scheduled)

running := [{"of": m, "spec": m.spec.template.spec, "component": component(m.spec.template)} |
	some m in input.manifests
	m.kind in {"Deployment", "Job", "StatefulSet", "DaemonSet"}
]

scheduled := [{"of": m, "spec": m.spec.jobTemplate.spec.template.spec, "component": component(m.spec.jobTemplate.spec.template)} |
	some m in input.manifests
	m.kind == "CronJob"
]

component(template) := object.get(template.metadata.labels, "app.kubernetes.io/component", "")

containers := [{"of": p.of, "component": p.component, "container": c} |
	some p in pods
	some key in ["containers", "initContainers"]
	some c in object.get(p.spec, key, [])
]

of_kind(kind) := [m | some m in input.manifests; m.kind == kind]

where(m) := sprintf("%s/%s", [m.kind, m.metadata.name])

## What there is

kinds := {
	"Certificate", "ConfigMap", "CronJob", "Deployment", "ExternalSecret", "Job", "NetworkPolicy", "PodDisruptionBudget", "PriorityClass",
	"PrometheusRule", "ScaledObject", "SecretStore", "Service", "ServiceAccount", "ServiceMonitor",
}

deny contains sprintf("%s is not a part of the chart", [where(m)]) if {
	some m in input.manifests
	not m.kind in kinds
}

deny contains sprintf("%s names a namespace: the release's is all that there is", [where(m)]) if {
	some m in input.manifests
	m.metadata.namespace
}

deny contains sprintf("%s gives its token away", [where(m)]) if {
	some m in of_kind("ServiceAccount")
	object.get(m, "automountServiceAccountToken", true) != false
}

## Pods

pod_keys := {
	"automountServiceAccountToken", "containers", "enableServiceLinks", "imagePullSecrets", "nodeSelector", "priorityClassName", "restartPolicy",
	"securityContext", "serviceAccountName", "terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints", "volumes",
}

deny contains sprintf("%s has %s", [where(p.of), key]) if {
	some p in pods
	some key in object.keys(p.spec) - pod_keys
}

container_keys := {
	"args", "env", "image", "imagePullPolicy", "livenessProbe", "name", "ports", "readinessProbe", "resources", "securityContext", "startupProbe", "volumeMounts",
}

deny contains sprintf("%s: its container has %s", [where(c.of), key]) if {
	some c in containers
	some key in object.keys(c.container) - container_keys
}

deny contains sprintf("%s has more than one container", [where(p.of)]) if {
	some p in pods
	count(p.spec.containers) + count(object.get(p.spec, "initContainers", [])) != 1
}

restricted := {
	"allowPrivilegeEscalation": false, "privileged": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true, "runAsUser": 65532,
	"capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
}

deny contains sprintf("%s: %s of a container is not as it has to be", [where(c.of), key]) if {
	some c in containers
	some key in differing(c.container.securityContext, restricted)
}

pod_restricted := {"runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}}

deny contains sprintf("%s: %s of the pod is not as it has to be", [where(p.of), key]) if {
	some p in pods
	some key in differing(p.spec.securityContext, pod_restricted)
}

differing(found, wanted) := {key |
	some key in object.keys(found) | object.keys(wanted)
	object.get(found, key, null) != object.get(wanted, key, null)
}

deny contains sprintf("%s has its account's token", [where(p.of)]) if {
	some p in pods
	object.get(p.spec, "automountServiceAccountToken", true) != false
}

deny contains sprintf("%s: the image %s is not named by a digest", [where(c.of), c.container.image]) if {
	some c in containers
	not regex.match(`@sha256:[0-9a-f]{64}$`, c.container.image)
}

deny contains "more than one image runs" if count({c.container.image | some c in containers}) > 1

deny contains sprintf("%s: what is there already is run, whoever pulled it", [where(c.of)]) if {
	some c in containers
	not c.container.imagePullPolicy in {"Always", "IfNotPresent"}
}

# Those of the command line have no service of their own.
wears := {"check": "operator", "verify": "exporter", "audit": "exporter"}

deny contains sprintf("%s: an account runs its own service alone", [where(c.of)]) if {
	some c in containers
	c.container.args[0] != c.component
}

deny contains sprintf("%s: an account runs its own service alone", [where(p.of)]) if {
	some p in pods
	not endswith(p.spec.serviceAccountName, concat("", ["-", object.get(wears, p.component, p.component)]))
}

deny contains sprintf("%s: a %s executes, or asks elsewhere", [where(c.of), probe]) if {
	some c in containers
	some probe in {"startupProbe", "livenessProbe", "readinessProbe"}
	some key in object.keys(object.get(c.container, probe, {})) - {"httpGet", "tcpSocket", "failureThreshold", "periodSeconds", "timeoutSeconds"}
	key
}

deny contains sprintf("%s has no %s", [where(c.of), probe]) if {
	some c in containers
	c.of.kind == "Deployment"
	some probe in {"startupProbe", "livenessProbe", "readinessProbe"}
	not c.container[probe]
}

deny contains sprintf("%s: a port has %s", [where(c.of), key]) if {
	some c in containers
	some port in object.get(c.container, "ports", [])
	some key in object.keys(port) - {"name", "containerPort", "protocol"}
}

deny contains sprintf("%s: %s is not limited", [where(c.of), what]) if {
	some c in containers
	some what in ["memory", "ephemeral-storage"]
	object.get(c.container.resources, ["limits", what], "") == ""
}

## What is mounted

deny contains sprintf("%s mounts a %s", [where(p.of), kind]) if {
	some p in pods
	some volume in object.get(p.spec, "volumes", [])
	some kind in object.keys(volume) - {"name"}
	not kind in {"configMap", "secret", "emptyDir"}
}

deny contains sprintf("%s: %s is on a disk", [where(p.of), volume.name]) if {
	some p in pods
	some volume in object.get(p.spec, "volumes", [])
	object.get(volume, ["emptyDir", "medium"], "Memory") != "Memory"
}

deny contains sprintf("%s: %s is on a disk", [where(p.of), volume.name]) if {
	some p in pods
	some volume in object.get(p.spec, "volumes", [])
	volume.emptyDir
	not volume.emptyDir.medium
}

deny contains sprintf("%s mounts the secret %s, which is not its own", [where(p.of), volume.secret.secretName]) if {
	some p in pods
	some volume in object.get(p.spec, "volumes", [])
	volume.secret
	not endswith(volume.secret.secretName, sprintf("-%s-tls", [p.component]))
	[p.component, volume.name] != ["federate", "federation"]
}

deny contains sprintf("%s: %s can be written", [where(c.of), mount.mountPath]) if {
	some c in containers
	some mount in c.container.volumeMounts
	mount.mountPath != "/tmp"
	object.get(mount, "readOnly", false) != true
}

## Secrets and TLS

# Where a value is in a URL; what is read from a variable is none.
secret_value := `SharedAccessKey=|AccountKey=|-----BEGIN|://[^/@ ]*:([^$/@ ]|\$[^{])[^/@ ]*@`

deny contains sprintf("%s: %s holds a secret in plain text", [where(c.of), env.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	regex.match(`PASSWORD|PASSPHRASE|SECRET|TOKEN|_KEY(_ID)?$`, env.name)
	object.get(env, "value", "") != ""
}

deny contains sprintf("%s: %s holds a secret in plain text", [where(c.of), env.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	regex.match(secret_value, object.get(env, "value", ""))
}

deny contains sprintf("%s: %s loads code or weakens TLS", [where(c.of), env.name]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	regex.match(`^(NODE_(OPTIONS|TLS_REJECT_UNAUTHORIZED|USE_ENV_PROXY|PATH)|LD_\w+|(?i:(http|https|all|no)_proxy))$`, env.name)
}

configurations := [{"of": m, "text": m.data["credence.yaml"], "read": yaml.unmarshal(m.data["credence.yaml"])} |
	some m in of_kind("ConfigMap")
	m.data["credence.yaml"]
]

deny contains sprintf("%s holds a secret in plain text", [where(one.of)]) if {
	some one in configurations
	regex.match(secret_value, one.text)
}

deny contains sprintf("%s: the queue is reached without TLS", [where(one.of)]) if {
	some one in configurations
	url := one.read.queue.redis
	not startswith(url, "rediss://")
}

deny contains sprintf("%s: the catalog is reached without TLS, or without looking at whom", [where(one.of)]) if {
	some one in configurations
	regex.match(`[?&](ssl=(false|0)|sslmode=(disable|allow|prefer|require|no-verify|verify-ca))`, object.get(one.read, ["catalog", "postgres"], ""))
}

deny contains sprintf("%s: the profile is not production", [where(one.of)]) if {
	some one in configurations
	object.get(one.read, "profile", "") != "production"
}

deny contains sprintf("%s: a ClusterSecretStore is every namespace's", [where(m)]) if {
	some m in of_kind("ExternalSecret")
	m.spec.secretStoreRef.kind != "SecretStore"
}

deny contains sprintf("%s: its usages are not those of a client", [where(m)]) if {
	some m in of_kind("Certificate")
	m.spec.usages != ["client auth"]
}

deny contains sprintf("%s: its duration is longer than a quarter of a year", [where(m)]) if {
	some m in of_kind("Certificate")
	time.parse_duration_ns(m.spec.duration) > time.parse_duration_ns("2160h")
}

deny contains sprintf("%s: its key is weak, or lives on", [where(m)]) if {
	some m in of_kind("Certificate")
	m.spec.privateKey != {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}
}

deny contains sprintf("%s is in the name of another", [where(m)]) if {
	some m in of_kind("Certificate")
	some p in pods
	p.component == m.metadata.labels["app.kubernetes.io/component"]
	not in_name_of(m, p.spec.serviceAccountName)
}

in_name_of(m, account) if {
	m.spec.commonName == account
	count(m.spec.uris) == 1
	endswith(m.spec.uris[0], concat("", ["/sa/", account]))
	not m.spec.dnsNames
}

deny contains sprintf("%s takes more than it names", [where(m)]) if {
	some m in of_kind("ExternalSecret")
	m.spec.dataFrom
}

deny contains sprintf("%s is not read anew within a day", [where(m)]) if {
	some m in of_kind("ExternalSecret")
	not within(m.spec.refreshInterval, "24h")
}

within(duration, most) if {
	time.parse_duration_ns(duration) > 0
	time.parse_duration_ns(duration) <= time.parse_duration_ns(most)
}

deny contains sprintf("%s: the secret %s can be read by more than its group", [where(p.of), v.name]) if {
	some p in pods
	some v in p.spec.volumes
	v.secret
	not object.get(v.secret, "defaultMode", 420) in {288, 440} # 0440, as YAML 1.1 and 1.2 have it
}

## Networks

# A namespace whose pods are denied nothing is open, whatever other policies allow.
deny contains "no policy denies every pod everything" if {
	not denies_everything
}

denies_everything if {
	some m in of_kind("NetworkPolicy")
	m.spec.podSelector == {}
	{"Ingress", "Egress"} == {type | some type in m.spec.policyTypes}
	not m.spec.ingress
	not m.spec.egress
}

rules := [{"of": m, "what": what, "peers": object.get(rule, side.peers, []), "ports": object.get(rule, "ports", [])} |
	some m in of_kind("NetworkPolicy")
	some what, side in {"lets everything out": {"key": "egress", "peers": "to"}, "lets everybody in": {"key": "ingress", "peers": "from"}}
	some rule in object.get(m.spec, side.key, [])
]

deny contains sprintf("%s %s", [where(rule.of), rule.what]) if {
	some rule in rules
	is_open(rule)
}

is_open(rule) if count(rule.peers) == 0

is_open(rule) if count(rule.ports) == 0

is_open(rule) if {
	some peer in rule.peers
	not narrow(peer)
}

# Some machines: no network that is private is larger, and no more than a 65,536th of the internet.
narrow(peer) if {
	to_number(split(peer.ipBlock.cidr, "/")[1]) >= 16
}

# Some pods of some namespace: one's own is named like any other.
narrow(peer) if {
	count(object.get(peer, ["namespaceSelector", "matchLabels"], {})) > 0
	count(object.get(peer, ["podSelector", "matchLabels"], {})) > 0
}

deny contains sprintf("%s is about many ports", [where(rule.of)]) if {
	some rule in rules
	some port in rule.ports
	not is_one(port)
}

is_one(port) if {
	is_number(port.port)
	not port.endPort
}

deny contains sprintf("%s lets something through for every pod", [where(rule.of)]) if {
	some rule in rules
	not is_for_some(rule.of.spec.podSelector)
}

is_for_some(selector) if selector.matchLabels["app.kubernetes.io/component"]

is_for_some(selector) if {
	some expression in selector.matchExpressions
	[expression.key, expression.operator] == ["app.kubernetes.io/component", "In"]
}

deny contains sprintf("%s is reached from outside", [where(m)]) if {
	some m in of_kind("Service")
	object.get(m.spec, "clusterIP", "") != "None"
}

deny contains sprintf("%s is reached from outside", [where(m)]) if {
	some m in of_kind("Service")
	some key in object.keys(m.spec) - {"clusterIP", "publishNotReadyAddresses", "selector", "ports"}
	key
}

## Going on

deny contains sprintf("%s: more than one may be away at once", [where(m)]) if {
	some m in of_kind("Deployment")
	count([b | some b in of_kind("PodDisruptionBudget"); b.metadata.name == m.metadata.name; b.spec.maxUnavailable == 1]) != 1
}

deny contains sprintf("%s: an upgrade ends processes before others are there", [where(m)]) if {
	some m in of_kind("Deployment")
	not is_gradual(m)
}

is_gradual(m) if m.spec.strategy.rollingUpdate.maxUnavailable == 0

# Another one would wait for the federation that this one holds.
is_gradual(m) if {
	m.spec.strategy.type == "Recreate"
	endswith(m.metadata.name, "-federate")
}

deny contains sprintf("%s: its processes are not spread over zones and machines", [where(p.of)]) if {
	some p in pods
	p.of.kind == "Deployment"
	{"topology.kubernetes.io/zone", "kubernetes.io/hostname"} != {c.topologyKey | some c in object.get(p.spec, "topologySpreadConstraints", [])}
}

deny contains sprintf("%s: its priority is not one of ours", [where(p.of)]) if {
	some p in pods
	class := p.spec.priorityClassName
	not class in {m.metadata.name | some m in of_kind("PriorityClass")}
}

deny contains sprintf("%s: its priority is everybody's, or above that of the cluster's own", [where(m)]) if {
	some m in of_kind("PriorityClass")
	not is_modest(m)
}

is_modest(m) if {
	m.value < 1000000
	object.get(m, "globalDefault", false) == false
}

deny contains sprintf("%s: none may be running", [where(m)]) if {
	some kind, key in {"Deployment": "replicas", "ScaledObject": "minReplicaCount"}
	some m in of_kind(kind)
	object.get(m.spec, key, 1) < 1
}

deny contains sprintf("%s: is suspended", [where(m)]) if {
	some m in of_kind("CronJob")
	object.get(m.spec, "suspend", false) != false
}

deny contains sprintf("%s: its schedule is not once a day", [where(m)]) if {
	some m in of_kind("CronJob")
	not regex.match(`^\d+ \d+ \* \* \*$`, m.spec.schedule)
}

deny contains sprintf("%s: the check comes too late, or stops nobody", [where(p.of)]) if {
	some p in pods
	p.component == "check"
	not stops(p)
}

stops(p) if {
	p.of.metadata.annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
	contains(concat(" ", p.spec.containers[0].args), "--fail-on failure")
}

deny contains sprintf("%s: nobody is told: there is no alert", [where(m)]) if {
	some m in of_kind("PrometheusRule")
	count([rule | some group in m.spec.groups; some rule in group.rules; rule.alert]) == 0
}

# An alert that looks at nothing of ours, or waits for longer than a quarter of an hour, tells nobody in time.
deny contains sprintf("%s: nobody is told in time: %s", [where(m), rule.alert]) if {
	some m in of_kind("PrometheusRule")
	some group in m.spec.groups
	some rule in group.rules
	rule.alert
	not tells(rule)
}

tells(rule) if {
	regex.match(`credence_\w+|job="credence"`, rule.expr)
	time.parse_duration_ns(object.get(rule, "for", "0s")) <= time.parse_duration_ns("15m")
}

deny contains "nothing is measured: there are alerts, and no ServiceMonitor that asks once a minute" if {
	count(of_kind("PrometheusRule")) > 0
	not measured
}

measured if {
	some m in of_kind("ServiceMonitor")
	some endpoint in m.spec.endpoints
	within(endpoint.interval, "1m")
}

deny contains sprintf("%s: two of its runs may overlap", [where(m)]) if {
	some m in of_kind("CronJob")
	object.get(m.spec, "concurrencyPolicy", "Allow") != "Forbid"
}

options := {"--config", "/etc/credence/credence.yaml", "--http", "0.0.0.0:8080", "--fail-on", "failure"}

commands := {"audit": ["audit", "verify"], "federate": ["federate", "serve"]}

deny contains sprintf("%s is run otherwise than it has to be: %s", [where(p.of), concat(" ", args)]) if {
	some p in pods
	args := p.spec.containers[0].args
	not runs(args, object.get(commands, p.component, [p.component]))
}

runs(args, command) if {
	array.slice(args, 0, count(command)) == command
	array.slice(args, count(command), count(command) + 2) == ["--config", "/etc/credence/credence.yaml"]
	every arg in array.slice(args, count(command), count(args)) { arg in options }
}

deny contains sprintf("%s: a process has no time to end", [where(m)]) if {
	some m in of_kind("Deployment")
	object.get(m.spec.template.spec, "terminationGracePeriodSeconds", 30) < 30
}

deny contains sprintf("%s: may take every machine", [where(m)]) if {
	some m in of_kind("ScaledObject")
	object.get(m.spec, "maxReplicaCount", 100) > 100
}
