# What a rendering says in more than one place is the same in each: one object that says otherwise than the others was changed by itself.
# Input as for rendering.rego; each rule adds a sentence to `deny`.
package credence.rendering

import rego.v1

## Configurations

deny contains sprintf("%s has %s", [where(m), key]) if {
	some m in of_kind("ConfigMap")
	some key in (object.keys(m) - {"apiVersion", "kind", "metadata", "data"})
}

# Beside credence.yaml, contracts and authorities, which everybody is given.
deny contains sprintf("%s: %s is not in the others, or says otherwise", [where(one.of), name]) if {
	some one in configurations
	some other in configurations
	some name in ((object.keys(one.of.data) | object.keys(other.of.data)) - {"credence.yaml"})
	object.get(one.of.data, name, null) != object.get(other.of.data, name, null)
}

# What a configuration may lack: those that work from no queue do not name it, and the console is the console's and the check's.
own_parts := {"console", "queue"}

deny contains sprintf("%s: `%s` is not in the others, or says otherwise", [where(one.of), part]) if {
	some one in configurations
	some other in configurations
	some part in ((object.keys(one.read) | object.keys(other.read)) - own_parts)
	object.get(one.read, part, null) != object.get(other.read, part, null)
}

deny contains sprintf("%s: `%s` is another than the others'", [where(one.of), part]) if {
	some one in configurations
	some other in configurations
	some part in own_parts
	one.read[part] != other.read[part]
}

deny contains sprintf("%s: `console` is none of its business", [where(one.of)]) if {
	some one in configurations
	one.read.console
	not regex.match(`-(console|check)$`, one.of.metadata.name)
}

## Secrets

deny contains sprintf("%s: %s is %s of the secret", [where(c.of), env.name, env.valueFrom.secretKeyRef.key]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	env.valueFrom.secretKeyRef.key != env.name
}

deny contains sprintf("%s: %s comes from %s", [where(c.of), env.name, kind]) if {
	some c in containers
	some env in object.get(c.container, "env", [])
	some kind in (object.keys(object.get(env, "valueFrom", {})) - {"secretKeyRef"})
}

# The check has a secret of its own where one is made, for it runs before the release's is there.
passwords contains {"of": c.of, "secret": env.valueFrom.secretKeyRef.name} if {
	some c in containers
	some env in object.get(c.container, "env", [])
	not has_its_own(c)
}

has_its_own(c) if {
	c.component == "check"
	count(of_kind("ExternalSecret")) > 0
}

deny contains sprintf("%s has passwords of %s, and others have not", [where(one.of), one.secret]) if {
	some one in passwords
	some other in passwords
	one.secret != other.secret
}

deny contains sprintf("%s is of the store %s", [where(m), m.spec.secretStoreRef.name]) if {
	some m in of_kind("ExternalSecret")
	{m.spec.secretStoreRef.name, m.spec.target.name} != {m.metadata.name}
}

deny contains sprintf("%s reads %s as %s, and another does not", [where(m), value.remoteRef.key, value.secretKey]) if {
	some m in of_kind("ExternalSecret")
	some value in m.spec.data
	some other in of_kind("ExternalSecret")
	not value in other.spec.data
}

deny contains sprintf("%s: two passwords are %s", [where(m), value.remoteRef.key]) if {
	some m in of_kind("ExternalSecret")
	some value in m.spec.data
	some other in m.spec.data
	value.secretKey != other.secretKey
	value.remoteRef == other.remoteRef
}

deny contains sprintf("%s: its provider is another than the others'", [where(m)]) if {
	some m in of_kind("SecretStore")
	some other in of_kind("SecretStore")
	m.spec.provider != other.spec.provider
}

## Pods

deny contains sprintf("%s: its image is pulled by other secrets than the others'", [where(p.of)]) if {
	some p in pods
	some other in pods
	object.get(p.spec, "imagePullSecrets", []) != object.get(other.spec, "imagePullSecrets", [])
}

deny contains sprintf("%s: its image is pulled otherwise than the others'", [where(c.of)]) if {
	some c in containers
	some other in containers
	c.container.imagePullPolicy != other.container.imagePullPolicy
}

deny contains sprintf("%s: is spread less strictly than others", [where(p.of)]) if {
	some p in pods
	some constraint in object.get(p.spec, "topologySpreadConstraints", [])
	constraint.whenUnsatisfiable != "DoNotSchedule"
	some other in pods
	other.spec.topologySpreadConstraints[_].whenUnsatisfiable == "DoNotSchedule"
}

deny contains sprintf("%s: is spread with %s", [where(p.of), key]) if {
	some p in pods
	some constraint in object.get(p.spec, "topologySpreadConstraints", [])
	some key in (object.keys(constraint) - {"maxSkew", "topologyKey", "whenUnsatisfiable", "labelSelector", "matchLabelKeys"})
}

deny contains sprintf("%s: counts processes of one upgrade by %v", [where(p.of), constraint.matchLabelKeys]) if {
	some p in pods
	some constraint in object.get(p.spec, "topologySpreadConstraints", [])
	constraint.matchLabelKeys != ["pod-template-hash"]
}

## Networks

# Rules of a direction that a policy is not of are not looked at.
deny contains sprintf("%s is of %s, and has rules of %s", [where(m), concat(" and ", sort(m.spec.policyTypes)), direction]) if {
	some m in of_kind("NetworkPolicy")
	some direction, key in {"Ingress": "ingress", "Egress": "egress"}
	m.spec[key]
	not direction in m.spec.policyTypes
}

deny contains sprintf("%s does not say which directions it is of", [where(m)]) if {
	some m in of_kind("NetworkPolicy")
	count(object.get(m.spec, "policyTypes", [])) == 0
}
