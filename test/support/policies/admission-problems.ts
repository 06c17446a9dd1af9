import { parse } from 'yaml'
import { ADMITTED, REFUSED, type PodManifest } from '#test/support/chart/admitted.ts'
import { manifestsOf, podsOf } from '#test/support/chart/manifests.ts'
import { VALUE_SETS } from '#test/support/chart/render.ts'
import { Admission, type AdmissionRequest } from './admission.ts'

const RESTRICTED: Readonly<Record<string, string>> = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/enforce-version': 'latest',
  'pod-security.kubernetes.io/audit': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
}
const ANYBODY = ['system:authenticated', 'system:masters']
const EMERGENCY = [...ANYBODY, 'credence:break-glass']
const INSIDE = [
  ['CONNECT', 'pods/exec'],
  ['CONNECT', 'pods/attach'],
  ['UPDATE', 'pods/ephemeralcontainers'],
] as const

/** What the policies let in and are not to, or refuse and are not to; each in a line that begins `admission: `. */
export function admissionProblems(admission: string, namespace: string): string[] {
  try {
    const { metadata } = parse(namespace) as { metadata: { labels: Record<string, string> } }
    const found = problems(new Admission(admission), metadata.labels)
    return [...found].map((line) => `admission: ${line}`)
  } catch (error) {
    return [`admission: ${(error as Error).message}`]
  }
}

function* problems(admission: Admission, labels: Readonly<Record<string, string>>): Generator<string> {
  for (const [name, wanted] of Object.entries(RESTRICTED))
    if (labels[name] !== wanted) yield `${name} of the namespace is ${labels[name] ?? 'nothing'}`

  const asked = (object: PodManifest, operation: AdmissionRequest['operation'], among = labels) =>
    admission.refusals({ operation, resource: 'pods', labels: among, groups: ANYBODY, object })
  for (const pod of [...ADMITTED, ...ofTheChart()]) {
    const said = asked(pod, 'CREATE')
    if (said.length > 0) yield `${pod.metadata.name} is refused: ${said.join(' ')}`
  }
  for (const [pod, says] of REFUSED)
    for (const operation of ['CREATE', 'UPDATE'] as const)
      if (!asked(pod, operation).some((said) => said.includes(says)))
        yield `${pod.metadata.name} is let in by ${operation}, or is not told: ${says}`
  for (const [pod] of REFUSED)
    if (asked(pod, 'CREATE', {}).length > 0) yield `${pod.metadata.name} is refused in another's namespace`

  const alone = new Set(REFUSED.map(([pod]) => asked(pod, 'CREATE')).flatMap((said) => (said.length === 1 ? said : [])))
  for (const { metadata, spec } of admission.policies)
    if (spec.failurePolicy !== 'Fail') yield `${metadata.name} fails open`
  const [first] = admission.policies
  for (const { message } of first?.spec.validations ?? [])
    if (!alone.has(message)) yield `nothing is refused for this alone: ${message}`

  for (const [operation, resource] of INSIDE) {
    const into = (groups: readonly string[]) => admission.refusals({ operation, resource, labels, groups })
    if (into(ANYBODY).length === 0) yield `anybody may ${operation} ${resource}`
    if (into(EMERGENCY).length > 0) yield `nobody may ${operation} ${resource} in an emergency`
  }
}

let started: readonly PodManifest[] | undefined

function ofTheChart(): readonly PodManifest[] {
  return (started ??= read())
}

function read(): PodManifest[] {
  return Object.keys(VALUE_SETS).flatMap((set) =>
    podsOf(manifestsOf(set)).map(({ of, spec }) => {
      const metadata = { name: `${of.metadata.name} of ${set}`, namespace: 'credence' }
      return { apiVersion: 'v1' as const, kind: 'Pod' as const, metadata, spec }
    }),
  )
}
