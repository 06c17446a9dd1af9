{{- define "credence.name" -}}
{{- if contains "credence" .Release.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-credence" .Release.Name }}{{ end -}}
{{- end }}

{{/* Labels that never change: what selectors look for. */}}
{{- define "credence.selector" -}}
app.kubernetes.io/name: credence
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "credence.labels" -}}
{{ include "credence.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "credence.image" -}}
{{ required "image.repository: name the registry that the cluster reaches" .Values.image.repository }}@{{ required "image.digest: an image is named by its digest" .Values.image.digest }}
{{- end }}

{{/* The Secret with the passwords, or nothing where the configuration names none. `suffix` is `-check` before an installation. */}}
{{- define "credence.secret" -}}
{{- with .root.Values.secrets -}}
{{- if and .existing .external.values }}{{ fail "secrets: either existing or external, not both" }}{{ end -}}
{{- if .existing }}{{ .existing }}{{ else if .external.values }}{{ include "credence.name" $.root }}{{ $.suffix }}{{ end -}}
{{- end -}}
{{- end }}

{{/* Whether it is as this `account` that External Secrets reads the passwords, whichever provider has them. */}}
{{- define "credence.opens" -}}
{{- with .root.Values.secrets -}}
{{- if and .external.values (not .existing) (regexMatch (printf `"serviceAccountRef":\{[^}]*"name":"%s"` (regexQuoteMeta $.account)) (toJson .external.provider)) }}true{{ end -}}
{{- end -}}
{{- end }}

{{/* Who runs here, besides the check: a comma between them. */}}
{{- define "credence.everyone" -}}
ingest,scan,encrypt,sweep
{{- if .Values.console.enabled }},console{{ end }}
{{- if .Values.federate.enabled }},federate{{ end }}
{{- if .Values.evidence.enabled }},verify,audit{{ end }}
{{- end }}

{{/* Whose identity a component wears: those of the command line have no service of their own. */}}
{{- define "credence.wears" -}}
{{- if eq . "check" }}operator{{ else if has . (list "verify" "audit") }}exporter{{ else }}{{ . }}{{ end -}}
{{- end }}

{{/* Whose configuration a component reads: those that work from the queue read one, others theirs, in which the queue is not named. */}}
{{- define "credence.reads" -}}
{{- if has . (list "console" "federate") }}-{{ . }}{{ else if has . (list "verify" "audit") }}-evidence{{ end -}}
{{- end }}

{{/* The text of credence.yaml for `service`: what it has no business with is not in it, and so neither are the passwords. */}}
{{- define "credence.yaml" -}}
{{- $values := .root.Values }}
{{- $text := required "configuration: the text of credence.yaml" $values.configuration }}
{{- if include "credence.reads" .service }}
{{- $given := fromYaml $text }}
{{- with $given.Error }}{{ fail (printf "configuration: %s" .) }}{{ end }}
{{- omit $given "queue" | toYaml }}
{{- else }}
{{- trimSuffix "\n" $text }}
{{- end }}
{{- if and $values.console.enabled (has .service (list "console" "check")) }}
{{ dict "console" (required "console.settings: the origin, and where people sign in" $values.console.settings) | toYaml }}
{{- end }}
{{- if $values.federate.enabled }}
{{ dict "federations" (required "federate.federations: what is federated" $values.federate.federations) | toYaml }}
{{- end }}
{{- end }}

{{/* For `service`, or for all that read the same. */}}
{{- define "credence.configuration" -}}
credence.yaml: |
  {{- include "credence.yaml" . | nindent 2 }}
{{- range $name, $text := .root.Values.contracts }}
{{ $name }}: |
  {{- $text | nindent 2 }}
{{- end }}
{{- with .root.Values.authorities }}
authorities.pem: |
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "credence.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "credence.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* What every pod of ours runs in: `root`, `service`, `suffix`. Of the passwords, those that its own configuration names. */}}
{{- define "credence.environment" -}}
{{- $secret := include "credence.secret" . -}}
{{- with .root.Values.authorities }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/credence/authorities.pem }
{{- end }}
{{- $identity := index .root.Values.identities (include "credence.wears" .service) }}
{{- range $name, $value := merge (dict) (default dict $identity.environment) .root.Values.environment }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- range regexFindAll `\$+\{[A-Za-z_]\w*(:-)?` (include "credence.yaml" .) -1 | uniq | sortAlpha }}
{{- $name := trimAll "${:-" . }}
{{- $isGiven := or (hasKey $.root.Values.environment $name) (hasKey (default dict $identity.environment) $name) }}
{{- if and $secret (not (hasPrefix "$$" .)) (not $isGiven) }}
- name: {{ $name }}
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $name }}{{ if hasSuffix ":-" . }}, optional: true{{ end }} } }
{{- end }}
{{- end }}
{{- end }}

{{- define "credence.mounts" -}}
- { name: configuration, mountPath: /etc/credence, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if .root.Values.certificates.enabled }}
- { name: certificate, mountPath: /etc/credence-tls, readOnly: true }
{{- end }}
{{- if eq .service "federate" }}
- { name: federation, mountPath: /etc/credence-federation, readOnly: true }
{{- end }}
{{- end }}

{{- define "credence.volumes" -}}
- name: configuration
  configMap: { name: {{ include "credence.name" .root }}{{ .suffix }}{{ include "credence.reads" .service }}, defaultMode: 0444 }
- name: tmp
  emptyDir: { medium: Memory, sizeLimit: 64Mi }
{{- if .root.Values.certificates.enabled }}
- name: certificate
  secret: { secretName: {{ include "credence.name" .root }}-{{ .service }}-tls, defaultMode: 0440 }
{{- end }}
{{- if eq .service "federate" }}
- name: federation
  secret: { secretName: {{ required "federate.files: a Secret with the first model, certificate, key and authority" .root.Values.federate.files }}, defaultMode: 0440 }
{{- end }}
{{- end }}

{{/* Made before an installation or upgrade and gone after it. */}}
{{- define "credence.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: '-10'
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
{{- end }}

{{/* Rules of one flow: its ranges and ports, over TCP. */}}
{{- define "credence.egress" -}}
- to:
    {{- range .ranges }}
    - ipBlock: { cidr: {{ . }} }
    {{- end }}
  ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}

{{- define "credence.dns" -}}
- to:
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ .namespace }} } }
      podSelector: { matchLabels: {{ toJson .podLabels }} }
    {{- range .ranges }}
    - ipBlock: { cidr: {{ . }} }
    {{- end }}
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end }}
