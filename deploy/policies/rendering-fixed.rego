# What a rendering says where nobody chooses: the same as every rendering that is kept. A place that none of them has, a value that none
# of them has there, and a place that all of them have and this one lacks are refused, whatever they are about. What is known, and where
# an operator chooses by values, is in rendering-fixed.json, which is made of the kept renderings. Input as for rendering.rego.
package credence.rendering

import rego.v1

deny contains "rendering-fixed.json is not beside the rules" if not data.fixed

# Every value, where it stands, and the number of its object.
leaves := [{"i": i, "place": place, "value": value} |
	some i, m in input.manifests
	walk(m, [path, value])
	not is_object(value)
	not is_array(value)
	place := concat(".", [step(one) | some one in path])
]

step(one) := "*" if is_number(one)

step(one) := one if is_string(one)

deny contains sprintf("%s says %s, which no rendering says", [where(m), leaf.place]) if {
	some leaf in leaves
	m := input.manifests[leaf.i]
	not data.fixed[m.kind][leaf.place]
	not regex.match(data.chosen, sprintf("%s.%s", [m.kind, leaf.place]))
}

deny contains sprintf("%s: %s is %v", [where(m), leaf.place, leaf.value]) if {
	some leaf in leaves
	m := input.manifests[leaf.i]
	known := data.fixed[m.kind][leaf.place]
	said_there := sprintf("%v", [leaf.value])
	not said_there in known.values
	not called(m, said_there) in known.values
}

# By the release and the service that it is of.
called(m, value) := replace(of_release, object.get(m.metadata, ["labels", "app.kubernetes.io/component"], "?"), "{service}") if {
	release := object.get(m.metadata, ["labels", "app.kubernetes.io/instance"], "?")
	of_release := regex.replace(value, sprintf(`^%s(-credence)?(-|$)`, [release]), `{release}$2`)
}

deny contains sprintf("%s says nothing of %s", [where(m), place]) if {
	some i, m in input.manifests
	some place in always[m.kind]
	not [i, place] in stood
}

always[kind] := {place | some place, known in places_of; known.always} if some kind, places_of in data.fixed

stood := {[leaf.i, leaf.place] | some leaf in leaves}
