import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** Where the definitions of resources that Kubernetes does not bring come from: Go modules, read and never built. */
const DEFINITIONS = [
  { module: 'github.com/kedacore/keda/v2@v2.21.0', folder: 'config/crd/bases' },
  { module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0', folder: 'example/prometheus-operator-crd' },
  { module: 'github.com/external-secrets/external-secrets@v1.3.2', folder: 'config/crds/bases' },
  { module: 'github.com/cert-manager/cert-manager@v1.21.2', folder: 'deploy/crds' },
  { module: 'github.com/kyverno/kyverno@v1.19.1', folder: 'config/crds/policies.kyverno.io' },
] as const

/** Kinds of Kubernetes itself that the chart or the policies have. */
const OWN_KINDS = [
  'configmap-v1.json',
  'cronjob-batch-v1.json',
  'deployment-apps-v1.json',
  'job-batch-v1.json',
  'namespace-v1.json',
  'networkpolicy-networking-v1.json',
  'poddisruptionbudget-policy-v1.json',
  'priorityclass-scheduling-v1.json',
  'service-v1.json',
  'serviceaccount-v1.json',
  'validatingadmissionpolicy-admissionregistration-v1.json',
  'validatingadmissionpolicybinding-admissionregistration-v1.json',
] as const

/** `KUBECONFORM` names the program where it is not in PATH. */
const program = process.env['KUBECONFORM'] ?? 'kubeconform'
/** The folder `kubernetes-json-schema` of the PyPI package kubernetes-validate. */
const ofKubernetes = process.env['CREDENCE_TEST_KUBERNETES_SCHEMAS'] ?? ''

export function kubeconformMissing(): string | null {
  if (spawnSync(program, ['-v']).status !== 0)
    return 'kubeconform is not installed: go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0'
  if (ofKubernetes === '')
    return 'CREDENCE_TEST_KUBERNETES_SCHEMAS names nothing: pip install kubernetes-validate, then its folder kubernetes-json-schema'
  return spawnSync('go', ['version']).status === 0 ? null : 'go is not installed: it brings the definitions'
}

export interface Definition {
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema: object } }[]
  }
}

/** The versions of Kubernetes whose schemas are written. */
export const VERSIONS = ['1.34.0', '1.37.0'] as const

/** Writes a schema for each version of each definition into `folder`, as kubeconform looks for them. */
export function writeSchemas(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const version of VERSIONS) writeKubernetes(folder, version)
  for (const { spec } of definitions())
    for (const { name, schema } of spec.versions)
      if (schema !== undefined)
        writeFileSync(
          join(folder, `${spec.names.kind.toLowerCase()}-${spec.group}-${name}.json`),
          JSON.stringify(strict(schema.openAPIV3Schema)),
        )
}

/** Every definition of a resource that Kubernetes does not bring, as its module has it. Needs `go`. */
export function definitions(): Definition[] {
  return DEFINITIONS.flatMap(({ module, folder: where }) => {
    const { Dir } = JSON.parse(execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' })) as {
      Dir: string
    }
    return readdirSync(join(Dir, where))
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((file) => parseAllDocuments(readFileSync(join(Dir, where, file), 'utf8')))
      .map((document) => document.toJS() as Definition | null)
      .filter((one) => one?.kind === 'CustomResourceDefinition')
      .filter((one) => one !== null)
  })
}

/** Kubernetes' own schemas, each with the definitions that it refers to: kubeconform follows no reference into another file. */
function writeKubernetes(folder: string, version: string): void {
  const from = join(ofKubernetes, `v${version}-local-strict`)
  const refer = (text: string) => text.replaceAll(/"[^"#]*#\/(?:\$defs|definitions)\//g, '"#/definitions/')
  const { $defs: definitions } = JSON.parse(refer(readFileSync(join(from, '_definitions.json'), 'utf8'))) as {
    $defs: Record<string, object>
  }
  mkdirSync(join(folder, `v${version}`), { recursive: true })
  for (const file of OWN_KINDS) {
    const text = refer(readFileSync(join(from, file), 'utf8'))
    const reached = new Set<string>()
    const follow = (said: string) => {
      for (const [, name = ''] of said.matchAll(/"#\/definitions\/([^"]+)"/g)) {
        if (reached.has(name)) continue
        reached.add(name)
        follow(JSON.stringify(definitions[name]))
      }
    }
    follow(JSON.stringify(JSON.parse(text)))
    const used = Object.fromEntries([...reached].map((name) => [name, definitions[name]]))
    // kubeconform would fetch from the network what they call themselves
    const { $schema: _, $id: __, ...rest } = JSON.parse(text) as Record<string, unknown>
    writeFileSync(join(folder, `v${version}`, file), JSON.stringify({ ...rest, definitions: used }))
  }
}

/** What an API server would prune is refused: a key that no schema has is a mistake. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const all = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  const isObject = all['properties'] !== undefined && typeof all['properties'] === 'object' && all['type'] === 'object'
  return isObject && all['additionalProperties'] === undefined && all['x-kubernetes-preserve-unknown-fields'] !== true
    ? { ...all, additionalProperties: false }
    : all
}

/** What does not fit its schema, each in a line. */
export function nonconforming(manifests: string, schemas: string, kubernetes: string): string[] {
  const args = ['-strict', '-summary=false', '-output', 'json', '-kubernetes-version', kubernetes]
  const locations = [
    join(schemas, '{{ .NormalizedKubernetesVersion }}', '{{ .ResourceKind }}{{ .KindSuffix }}.json'),
    join(schemas, '{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json'),
  ].flatMap((place) => ['-schema-location', place])
  const { stdout, stderr } = spawnSync(program, [...args, ...locations, '-'], { input: manifests, encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  const { resources } = JSON.parse(stdout) as {
    resources: { kind: string; name: string; status: string; msg: string }[] | null
  }
  return (resources ?? [])
    .filter(({ status }) => status !== 'statusValid' && status !== 'statusEmpty')
    .map(({ kind, name, msg }) => `${kind}/${name}: ${msg}`)
}
