# What an operator chooses by values, within bounds: whatever may be said there, some of it takes away what the rest is for. Input as for
# rendering.rego; each rule adds a sentence to `deny`.
package credence.rendering

import rego.v1

## Who it is

deny contains sprintf("%s signs in to the catalog as %s", [where(c.of), env.value]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	env.name == "CREDENCE_POSTGRES_USER"
	not regex.match(sprintf(`(^|-)%s(%%40.*)?$`, [object.get(wears, c.component, c.component)]), env.value)
}

# What differs between services is named CREDENCE_….
deny contains sprintf("%s: %s is not what the others are told", [where(c.of), env.name]) if {
	some c in containers
	some other in containers
	some env in object.get(other.container, "env", [])
	not startswith(env.name, "CREDENCE_")
	not env in object.get(c.container, "env", [])
}

identifying := `^(eks\.amazonaws\.com/(role-arn|sts-regional-endpoints)|azure\.workload\.identity/(client|tenant)-id|iam\.gke\.io/gcp-service-account|helm\.sh/.*)$`

deny contains sprintf("%s has the annotation %s, which says more than who it is", [where(m), name]) if {
	some m in of_kind("ServiceAccount")
	some name, _ in object.get(m.metadata, "annotations", {})
	not regex.match(identifying, name)
}

deny contains sprintf("%s is opened as nobody", [where(m)]) if {
	some m in of_kind("SecretStore")
	not m.metadata.name in {reader.of.metadata.name | some reader in readers}
}

deny contains sprintf("%s: %s asks its clients for no certificate", [where(one.of), name]) if {
	some one in configurations
	some name, federation in object.get(one.read, "federations", {})
	object.get(federation, ["listen", "clients"], "") == ""
}

## Where it goes

deny contains sprintf("%s leads to pods, and asks for no names", [where(rule.of)]) if {
	some rule in rules
	rule.what == "lets everything out"
	some peer in rule.peers
	not peer.ipBlock
	{port.port | some port in rule.ports} != {53}
}

deny contains sprintf("%s lets in more than one", [where(rule.of)]) if {
	some rule in rules
	rule.what == "lets everybody in"
	count(rule.peers) != 1
}

## Room and order

deny contains sprintf("%s: %s of processor is more than any machine has", [where(c.of), cpu]) if {
	some c in containers
	cpu := c.container.resources.requests.cpu
	units.parse(cpu) > 64
}

deny contains sprintf("%s: nothing runs in %s", [where(c.of), memory]) if {
	some c in containers
	memory := c.container.resources.limits.memory
	units.parse_bytes(memory) < units.parse_bytes("256Mi")
}

deny contains sprintf("%s: what waits goes before what commits", [where(m)]) if {
	some m in of_kind("PriorityClass")
	some other in of_kind("PriorityClass")
	endswith(m.metadata.name, "-scan")
	m.value >= other.value
	m.metadata.name != other.metadata.name
}

deny contains sprintf("%s is the first to go", [where(m)]) if {
	some m in of_kind("PriorityClass")
	m.value < 0
}

# Jobs that wait are shared by the processes; how long one waits is not.
deny contains sprintf("%s: %s is looked at as %s", [where(m), trigger.metadata.query, trigger.metricType]) if {
	some m in of_kind("ScaledObject")
	some trigger in m.spec.triggers
	shared := {true: "AverageValue", false: "Value"}[contains(trigger.metadata.query, "credence_queue_jobs")]
	trigger.metricType != shared
}

## Who is told

deny contains sprintf("%s is not found where %s is", [where(m), where(other)]) if {
	some m in of_kind("PrometheusRule")
	some other in of_kind("ServiceMonitor")
	m.metadata.labels != other.metadata.labels
}
