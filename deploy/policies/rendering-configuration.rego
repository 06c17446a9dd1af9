# What credence.yaml chooses that takes away what the rest is for: where records are kept and under which key, who is trusted, what is held.
# A configuration may be right by its schema and do so all the same. Input as for rendering.rego; each rule adds a sentence to `deny`.
package credence.rendering

import rego.v1

# One that says nothing but its version and profile is not one yet: `credence check` refuses it.
filled := [one | some one in configurations; object.keys(one.read) - {"version", "profile"} != set()]

of_datasets := [{"of": one.of, "name": name, "says": dataset} |
	some one in filled
	some name, dataset in object.get(one.read, "datasets", {})
]

## What there is

deny contains sprintf("%s names no dataset", [where(one.of)]) if {
	some one in filled
	count(object.get(one.read, "datasets", {})) == 0
	count(object.get(one.read, "federations", {})) == 0
}

deny contains sprintf("%s: %s is not said: it would be in a folder of each pod's own", [where(one.of), part]) if {
	some one in filled
	some part in ["store", "catalog"]
	object.get(one.read, part, {}) == {}
}

deny contains sprintf("%s: keys are wrapped by no key service", [where(one.of)]) if {
	some one in filled
	object.keys(object.get(one.read, "keys", {})) & {"awskms", "gcpkms", "keyvault"} == set()
}

deny contains sprintf("%s: keys are wrapped by a file, too", [where(one.of)]) if {
	some one in filled
	object.get(one.read, ["keys", "local"], null) != null
}

deny contains sprintf("%s: %s is none of a pod's to say", [where(one.of), part]) if {
	some one in filled
	some part in ["data", "emulator", "http"]
	not object.get(one.read, part, false) in {false, null}
}

deny contains sprintf("%s: %s reads a folder, which pods do not share", [where(dataset.of), dataset.name]) if {
	some dataset in of_datasets
	not streamed(dataset.says)
}

streamed(dataset) if count(object.keys(dataset.source) & {"eventhubs", "kinesis", "pubsub"}) == 1

# A contract that is given belongs to a dataset.
deny contains sprintf("%s: %s is the contract of no dataset", [where(one.of), file]) if {
	some one in filled
	count(object.get(one.read, "datasets", {})) > 0
	some file, _ in one.of.data
	endswith(file, ".contract.yaml")
	not file in {trim_prefix(dataset.contract, "./") | some dataset in one.read.datasets}
}

deny contains sprintf("%s: %s takes whatever comes", [where(one.of), file]) if {
	some one in configurations
	some file, text in one.of.data
	endswith(file, ".contract.yaml")
	contract := yaml.unmarshal(text)
	contract.schema
	count(object.get(contract.schema, "properties", {})) == 0
}

## Where it is kept, and under which key

deny contains sprintf("%s: %s is under a key of the cloud's own", [where(one.of), kind]) if {
	some one in filled
	some kind in ["s3", "gcs"]
	store := one.read.store[kind]
	object.get(store, "kmsKey", "") == ""
}

deny contains sprintf("%s: rows of %s are under a key of the cloud's own", [where(dataset.of), dataset.name]) if {
	some dataset in of_datasets
	sink := dataset.says.sink.bigquery
	object.get(sink, "kmsKey", "") == ""
}

deny contains sprintf("%s: what is replaced can be restored for %v days", [where(one.of), days]) if {
	some one in filled
	days := object.get(one.read, ["store", "gcs"], {"retentionDays": 7}).retentionDays
	days < 7
}

deny contains sprintf("%s: nobody looks how long what is replaced can be restored", [where(one.of)]) if {
	some one in filled
	not one.read.store.gcs.retentionDays
	one.read.store.gcs
}

deny contains sprintf("%s: %s answers for a cloud, and is none of its", [where(one.of), host]) if {
	some one in filled
	walk(one.read, [path, url])
	path[count(path) - 1] in {"endpoint", "checkpoints", "url", "key", "namespace"}
	path[0] in {"datasets", "store", "keys"}
	is_string(url)
	host := regex.find_all_string_submatch_n(`^(?:https?://)?([^/:@]+\.[^/:@]+)(?:[:/].*)?$`, url, 1)[0][1]
	not regex.match(`(^|\.)(amazonaws\.com(\.cn)?|googleapis\.com|(core|servicebus)\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|(vault|managedhsm)\.(azure\.net|usgovcloudapi\.net|azure\.cn))$`, host)
}

deny contains sprintf("%s: %s is asked in clear", [where(one.of), url]) if {
	some one in filled
	walk(one.read, [_, url])
	is_string(url)
	startswith(url, "http://")
}

# What is in one installation of Google Cloud lies in one project: what its identities are of, and what they read, write and open.
projects contains project if {
	some one in filled
	walk(one.read, [path, project])
	path[count(path) - 1] == "project"
}

projects contains project if {
	some m in of_kind("SecretStore")
	project := m.spec.provider.gcpsm.projectID
}

projects contains project if {
	some m in of_kind("ServiceAccount")
	some name, address in object.get(m.metadata, "annotations", {})
	name == "iam.gke.io/gcp-service-account"
	project := regex.find_all_string_submatch_n(`@([a-z0-9-]+)\.iam\.gserviceaccount\.com$`, address, 1)[0][1]
}

projects contains project if {
	some c in containers
	some env in object.get(c.container, "env", [])
	env.name == "CREDENCE_POSTGRES_USER"
	project := regex.find_all_string_submatch_n(`(?:@|%40)([a-z0-9-]+)\.iam$`, object.get(env, "value", ""), 1)[0][1]
}

deny contains sprintf("it is in more than one project: %s", [concat(", ", projects)]) if count(projects) > 1

# The same of accounts of Amazon: whom services are, and what reads their secrets.
accounts contains account if {
	some m in input.manifests
	m.kind in {"SecretStore", "ServiceAccount"}
	walk(m, [_, role])
	is_string(role)
	account := regex.find_all_string_submatch_n(`^arn:[a-z-]+:iam::([0-9]{12}):role/`, role, 1)[0][1]
}

deny contains sprintf("its roles are of more than one account: %s", [concat(", ", accounts)]) if count(accounts) > 1

tenants contains tenant if {
	some m in of_kind("ServiceAccount")
	tenant := m.metadata.annotations["azure.workload.identity/tenant-id"]
}

deny contains sprintf("its identities are of more than one tenant: %s", [concat(", ", tenants)]) if count(tenants) > 1

## Who it is

deny contains sprintf("%s: the catalog is signed in to by a password, where the cloud knows who asks", [where(one.of)]) if {
	some one in filled
	regex.match(`\.(rds\.amazonaws\.com(\.cn)?|postgres\.database\.azure\.com|sql\.goog)[:/]`, object.get(one.read, ["catalog", "postgres"], ""))
	object.get(one.read, ["catalog", "identity"], "") == ""
}

deny contains sprintf("%s: %s is read with a key that is shared", [where(dataset.of), dataset.name]) if {
	some dataset in of_datasets
	dataset.says.source.eventhubs.connectionStringEnv
}

deny contains sprintf("%s: people are let into the console by nobody", [where(one.of)]) if {
	some one in filled
	one.read.console
	object.get(one.read.console, "openid", {}) == {}
}

# Whoever is more than a reviewer has a second factor asked for.
deny contains sprintf("%s: %s is %s by one factor", [where(one.of), claim, grant.role]) if {
	some one in filled
	openid := one.read.console.openid
	not openid.stepUp
	some claim, grants in openid.roles
	some grant in grants
	grant.role in {"admin", "operator"}
}

deny contains sprintf("%s: one person releases %v records at once", [where(one.of), one.read.console.releaseAlone]) if {
	some one in filled
	one.read.console.releaseAlone > 1000
}

deny contains sprintf("%s: the console writes contracts, which somebody reviews elsewhere", [where(one.of)]) if {
	some one in filled
	one.read.console.writesContracts == true
}

deny contains sprintf("%s: %s comes from %s, which pods write or nobody brought", [where(one.of), concat(".", [sprintf("%v", [step]) | some step in path]), file]) if {
	some one in filled
	walk(one.read, [path, file])
	is_string(file)
	some word in {"detectors", "gate", "onnx"} & {step | some step in path}
	word != ""
	not regex.match(`^(\./)?[^/.][^/]*$|^/etc/credence(-federation)?/[^/]+$`, file)
}

## What is held

deny contains sprintf("%s: %s holds nothing", [where(dataset.of), dataset.name]) if {
	some dataset in of_datasets
	hold := dataset.says.policy.hold
	holds_nothing(hold)
}

holds_nothing(hold) if hold.risk > 0.9

holds_nothing(hold) if hold.reviewBudget < 1

holds_nothing(hold) if hold.innocentShare < 0.001

deny contains sprintf("%s: %s rejects unseen what is %v likely to be innocent", [where(dataset.of), dataset.name, 1 - above]) if {
	some dataset in of_datasets
	above := dataset.says.policy.rejectAbove
	above < 0.9
}

deny contains sprintf("%s: windows of %s are looked at by some detectors alone", [where(dataset.of), dataset.name]) if {
	some dataset in of_datasets
	dataset.says.scan.effort != "full"
}

deny contains sprintf("%s: windows of %s teach one another nothing", [where(dataset.of), dataset.name]) if {
	some dataset in of_datasets
	forgets(dataset.says.memory)
}

forgets(memory) if memory == false

forgets(memory) if memory.every > 100

deny contains sprintf("%s: %s recalls by itself what is %v likely", [where(dataset.of), dataset.name, likely]) if {
	some dataset in of_datasets
	likely := dataset.says.memory.recall.automatic
	likely < 0.9
}

deny contains sprintf("%s: windows of %s are of %v records, too few to find most", [where(dataset.of), dataset.name, dataset.says.window.records]) if {
	some dataset in of_datasets
	dataset.says.window.records < 500
}

deny contains sprintf("%s: one client of %s counts for %v", [where(one.of), name, federation.weightCap]) if {
	some one in filled
	some name, federation in object.get(one.read, "federations", {})
	federation.weightCap > 100
}

deny contains sprintf("%s: none of the clients of %s is taken for a poisoner", [where(one.of), name]) if {
	some one in filled
	some name, federation in object.get(one.read, "federations", {})
	federation.attackers == 0
}

## Where it runs

deny contains sprintf("%s runs beside the control plane", [where(pod.of)]) if {
	some pod in pods
	some label, _ in object.get(pod.spec, "nodeSelector", {})
	regex.match(`^node-role\.kubernetes\.io/(control-plane|master|etcd)$`, label)
}

deny contains sprintf("%s: is put where it has no room", [where(c.of)]) if {
	some c in containers
	units.parse_bytes(c.container.resources.requests.memory) < units.parse_bytes("256Mi")
}
