import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { renderedFile } from './render.ts'

/** What a rendering is read as: the parts that tests look at. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly data?: Readonly<Record<string, string>>
  readonly automountServiceAccountToken?: boolean
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly args: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[]
  readonly envFrom?: readonly object[]
  readonly resources: { readonly requests: object; readonly limits: { readonly memory: string } }
  readonly securityContext: object
  readonly startupProbe?: object
  readonly livenessProbe?: object
  readonly readinessProbe?: object
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[]
}

export interface Pod {
  /** The Deployment, Job or CronJob that it is of. */
  readonly of: Manifest
  readonly labels: Readonly<Record<string, string>>
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly serviceAccountName: string
    readonly containers: readonly Container[]
    readonly volumes: readonly Readonly<Record<string, unknown>>[]
    readonly securityContext: object
  }
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values: string[] }[]
}

interface Peer {
  readonly ipBlock?: { readonly cidr: string }
  readonly namespaceSelector?: Selector
  readonly podSelector?: Selector
}

interface PolicySpec {
  readonly podSelector: Selector
  readonly policyTypes: readonly string[]
  readonly egress?: readonly Rule[]
  readonly ingress?: readonly Rule[]
}

interface Rule {
  readonly to?: readonly Peer[]
  readonly from?: readonly Peer[]
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[]
}

/** The objects of a rendering that is kept. Throws where a document is no object or does not parse. */
export function manifestsOf(set: string): Manifest[] {
  return parseManifests(readFileSync(renderedFile(set), 'utf8'))
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    const value = document.toJS() as Manifest | null
    return value === null ? [] : [value]
  })
}

/** What runs, by its component: services, the check, and what a schedule starts. */
export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests
    .filter(({ kind }) => ['Deployment', 'Job', 'CronJob'].includes(kind))
    .map((of) => {
      const job = of.spec?.['jobTemplate'] as { spec: Manifest['spec'] } | undefined
      const template = (job?.spec ?? of.spec)?.['template'] as
        | { metadata: { labels: Pod['labels'] }; spec: Pod['spec'] }
        | undefined
      if (template === undefined) throw new Error(`${of.kind}/${of.metadata.name} has no template`)
      return { of, labels: template.metadata.labels, spec: template.spec }
    })
}

export function componentOf({ labels }: Pod): string {
  return labels['app.kubernetes.io/component'] ?? ''
}

export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Pod['labels']): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`operator ${operator} is not known`)
      return values.includes(labels[key] ?? '')
    })
  )
}

/** Where a pod may go, as `tcp 10.0.0.0/24:443`; nothing is denied that no policy is about: then it throws. */
export function egressOf(pod: Pod, manifests: readonly Manifest[]): string[] {
  return allowed(
    pod,
    manifests,
    'Egress',
    (spec) => spec.egress ?? [],
    (rule) => rule.to,
  )
}

/** Who may reach a pod, in the same words. */
export function ingressOf(pod: Pod, manifests: readonly Manifest[]): string[] {
  return allowed(
    pod,
    manifests,
    'Ingress',
    (spec) => spec.ingress ?? [],
    (rule) => rule.from,
  )
}

function allowed(
  pod: Pod,
  manifests: readonly Manifest[],
  type: string,
  rulesOf: (spec: PolicySpec) => readonly Rule[],
  peersOf: (rule: Rule) => readonly Peer[] | undefined,
): string[] {
  const about = manifests
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ spec }) => spec as unknown as PolicySpec)
    .filter(({ podSelector, policyTypes }) => policyTypes.includes(type) && selects(podSelector, pod.labels))
  if (about.length === 0)
    throw new Error(`${componentOf(pod)}: no policy is about its ${type}, so everything is allowed`)
  const found = about
    .flatMap(rulesOf)
    .flatMap((rule) =>
      (peersOf(rule) ?? [{}]).flatMap((peer) =>
        (rule.ports ?? [{ protocol: 'any', port: 0 }]).map(
          ({ protocol, port }) => `${protocol.toLowerCase()} ${nameOf(peer)}:${port}`,
        ),
      ),
    )
  return [...new Set(found)].toSorted()
}

function nameOf({ ipBlock, namespaceSelector, podSelector }: Peer): string {
  if (ipBlock !== undefined) return ipBlock.cidr
  const of = (selector: Selector | undefined) => Object.values(selector?.matchLabels ?? {}).join(',') || 'anything'
  return `${of(namespaceSelector)}/${of(podSelector)}`
}
