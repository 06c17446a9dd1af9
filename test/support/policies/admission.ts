import { Environment } from '@marcbachmann/cel-js'
import { parseAllDocuments } from 'yaml'

/** One request as the API server puts it to policies. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  /** Such as `pods` or `pods/exec`. */
  readonly resource: string
  /** Of the namespace. */
  readonly labels: Readonly<Record<string, string>>
  readonly groups?: readonly string[]
  readonly object?: object
}

interface ResourceRule {
  readonly apiGroups: readonly string[]
  readonly apiVersions: readonly string[]
  readonly operations: readonly string[]
  readonly resources: readonly string[]
}

interface NamespaceSelector {
  readonly namespaceSelector: { readonly matchLabels: Readonly<Record<string, string>> }
}

export interface Policy {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly failurePolicy: string
    readonly matchConstraints: { readonly resourceRules: readonly ResourceRule[] }
    readonly variables?: readonly { readonly name: string; readonly expression: string }[]
    readonly validations: readonly { readonly expression: string; readonly message: string }[]
  }
}

interface Binding {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly policyName: string
    readonly validationActions: readonly string[]
    readonly matchResources: NamespaceSelector
  }
}

/** All that is read below. What else a policy may say lets something through, or is not known here. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  ValidatingAdmissionPolicy: ['failurePolicy', 'matchConstraints', 'variables', 'validations'],
  ValidatingAdmissionPolicyBinding: ['policyName', 'validationActions', 'matchResources'],
  matchConstraints: ['resourceRules'],
  matchResources: ['namespaceSelector'],
  namespaceSelector: ['matchLabels'],
  resourceRule: ['apiGroups', 'apiVersions', 'operations', 'resources'],
}

export function only(kind: string, found: object, known = KNOWN[kind] ?? []): void {
  const more = Object.keys(found).filter((key) => !known.includes(key))
  if (more.length > 0) throw new Error(`a ${kind} says ${more.join(', ')}`)
}

const cel = new Environment()
  .registerVariable('object', 'dyn')
  .registerVariable('variables', 'dyn')
  .registerVariable('request', 'dyn')

const compiled = new Map<string, ReturnType<typeof cel.parse>>()

function evaluated(expression: string, given: Record<string, unknown>): unknown {
  let run = compiled.get(expression)
  if (run === undefined) compiled.set(expression, (run = cel.parse(expression)))
  return run(given) as unknown
}

/** The API server's part: which policies a request meets by their bindings, and what they say against it. */
export class Admission {
  readonly #bound: readonly { readonly policy: Policy; readonly binding: Binding }[]
  readonly policies: readonly Policy[]

  /** Throws at what it does not know. */
  constructor(text: string) {
    const documents = parseAllDocuments(text).map((document) => document.toJS() as Policy | Binding)
    this.policies = documents.filter((one): one is Policy => one.kind === 'ValidatingAdmissionPolicy')
    const bindings = documents.filter((one): one is Binding => one.kind === 'ValidatingAdmissionPolicyBinding')
    if (this.policies.length + bindings.length !== documents.length) throw new Error('there is another kind')
    for (const { kind, spec } of documents) only(kind, spec)
    for (const { spec } of this.policies) {
      only('matchConstraints', spec.matchConstraints)
      for (const rule of spec.matchConstraints.resourceRules) only('resourceRule', rule)
    }
    this.#bound = bindings.map((binding) => {
      only('matchResources', binding.spec.matchResources)
      only('namespaceSelector', binding.spec.matchResources.namespaceSelector)
      const policy = this.policies.find(({ metadata }) => metadata.name === binding.spec.policyName)
      if (policy === undefined) throw new Error(`${binding.metadata.name} binds nothing`)
      return { policy, binding }
    })
  }

  /** Why a request is refused; nothing where it is let in. */
  refusals(request: AdmissionRequest): string[] {
    return this.#bound
      .filter(({ policy, binding }) => {
        const { validationActions, matchResources } = binding.spec
        const { resourceRules } = policy.spec.matchConstraints
        return (
          validationActions.includes('Deny') &&
          isSelected(matchResources, request) &&
          resourceRules.some((rule) => isMet(rule, request))
        )
      })
      .flatMap(({ policy }) => said(policy, request))
  }
}

export function isSelected({ namespaceSelector }: NamespaceSelector, { labels }: AdmissionRequest): boolean {
  return Object.entries(namespaceSelector.matchLabels).every(([name, value]) => labels[name] === value)
}

/** Every resource here is of the core group, in its one version. */
export function isMet(rule: ResourceRule, { operation, resource }: AdmissionRequest): boolean {
  const names = (list: readonly string[], one: string) => list.includes('*') || list.includes(one)
  return (
    names(rule.apiGroups, '') &&
    names(rule.apiVersions, 'v1') &&
    names(rule.operations, operation) &&
    names(rule.resources, resource)
  )
}

function said({ spec }: Policy, { object = {}, groups = [] }: AdmissionRequest): string[] {
  const given = { object: JSON.parse(JSON.stringify(object)) as object, request: { userInfo: { groups } } }
  const variables: Record<string, unknown> = {}
  const holds = (expression: string) => evaluated(expression, { ...given, variables })
  for (const { name, expression } of spec.variables ?? []) variables[name] = holds(expression)
  return spec.validations
    .filter(({ expression }) => {
      try {
        return holds(expression) !== true
      } catch {
        return spec.failurePolicy === 'Fail'
      }
    })
    .map(({ message }) => message)
}
