import { readFileSync } from 'node:fs'
import { Environment } from '@marcbachmann/cel-js'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { ADMITTED, REFUSED, type PodManifest } from '#test/support/chart/admitted.ts'
import { manifestsOf, podsOf } from '#test/support/chart/manifests.ts'
import { CHART, VALUE_SETS } from '#test/support/chart/render.ts'

// The conditions by an evaluator of CEL from npm; deploy-policies.test.ts asks Kyverno, which has the API server's own.

interface Policy {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly failurePolicy?: string
    readonly variables?: readonly { readonly name: string; readonly expression: string }[]
    readonly validations?: readonly { readonly expression: string; readonly message: string }[]
    readonly policyName?: string
    readonly validationActions?: readonly string[]
  }
}

const read = (name: string) => readFileSync(`${CHART}/../policies/${name}`, 'utf8')
const policies = parseAllDocuments(read('admission.yaml')).map((document) => document.toJS() as Policy)
const [pods] = policies as [Policy]
const cel = new Environment()
  .registerVariable('object', 'dyn')
  .registerVariable('variables', 'dyn')
  .registerVariable('request', 'dyn')

/** What the policy says against a pod; a condition that cannot be evaluated refuses, as `failurePolicy: Fail` has it. */
function refusals(pod: PodManifest): string[] {
  const object = JSON.parse(JSON.stringify(pod)) as object
  const variables: Record<string, unknown> = {}
  for (const { name, expression } of pods.spec.variables ?? [])
    variables[name] = cel.evaluate(expression, { object, variables }) as unknown
  return (pods.spec.validations ?? [])
    .filter(({ expression }) => {
      try {
        return cel.evaluate(expression, { object, variables }) !== true
      } catch {
        return true
      }
    })
    .map(({ message }) => message)
}

describe('admission to our namespace', () => {
  test.each(ADMITTED.map((pod) => [pod.metadata.name, pod] as const))('lets in %s', (_, pod) => {
    expect(refusals(pod)).toEqual([])
  })

  test.each(REFUSED.map(([pod, says]) => [pod.metadata.name, pod, says] as const))('refuses %s', (_, pod, says) => {
    expect(refusals(pod).join('\n')).toContain(says)
  })

  test('each condition refuses something that no other one does', () => {
    const alone = REFUSED.map(([pod]) => refusals(pod)).filter((said) => said.length === 1)
    expect(new Set(alone.flat())).toEqual(new Set(pods.spec.validations?.map(({ message }) => message)))
  })

  test.each(Object.keys(VALUE_SETS))('lets in what the chart makes of %s', (set) => {
    for (const { of, spec } of podsOf(manifestsOf(set))) {
      const { name } = of.metadata
      expect(
        refusals({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'credence' }, spec }),
        name,
      ).toEqual([])
    }
  })

  test('fails closed, and every policy is bound and denies', () => {
    const bound = policies.filter(({ kind }) => kind.endsWith('Binding'))
    for (const policy of policies.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')) {
      expect(policy.spec.failurePolicy).toBe('Fail')
      const binding = bound.find(({ spec }) => spec.policyName === policy.metadata.name)
      expect(binding?.spec.validationActions, policy.metadata.name).toContain('Deny')
    }
  })

  test('lets nobody into what runs, but the group for emergencies', () => {
    const policy = policies.find(({ metadata }) => metadata.name === 'credence-nobody-inside')
    const [condition] = policy?.spec.validations ?? []
    const asked = (groups: readonly string[]) =>
      cel.evaluate(condition?.expression ?? '', { request: { userInfo: { groups } } }) as unknown
    expect(asked(['system:authenticated', 'system:masters'])).toBe(false)
    expect(asked(['system:authenticated', 'credence:break-glass'])).toBe(true)
  })
})

describe('rules for Falco', () => {
  interface FalcoItem {
    readonly rule?: string
    readonly macro?: string
    readonly condition?: string
    readonly output?: string
    readonly priority?: string
    readonly list?: string
    readonly items?: readonly number[]
  }
  const items = parse(read('falco.yaml')) as FalcoItem[]
  const rules = items.filter(({ rule }) => rule !== undefined)

  test('each has a condition about our containers, what it prints and how bad it is', () => {
    expect(rules.length).toBeGreaterThanOrEqual(5)
    for (const { rule, condition, output, priority } of rules) {
      expect(condition, rule).toMatch(/\bcredence\b/)
      expect(output, rule).toContain('%k8s.pod.name')
      expect(['WARNING', 'CRITICAL'], rule).toContain(priority)
    }
  })

  test('the program that they know is the image’s', () => {
    const macro = items.find((one) => one.macro === 'credence_program')?.condition
    const [, entry = '[]'] = /^ENTRYPOINT (.*"\/app.*)$/m.exec(readFileSync(`${CHART}/../../Dockerfile`, 'utf8')) ?? []
    for (const part of JSON.parse(entry) as string[]) expect(macro).toContain(part)
  })

  test('ports that they expect are those that the chart lets through on any cloud', () => {
    const known = items.find(({ list }) => list === 'credence_ports')?.items ?? []
    const flows = ['aws', 'azure', 'gcp'].flatMap((cloud) => {
      const { flows } = parse(readFileSync(`${CHART}/ci/${cloud}.values.yaml`, 'utf8')) as {
        flows: Record<string, { ports: number[] }>
      }
      return Object.values(flows).flatMap(({ ports }) => ports)
    })
    expect(flows.filter((port) => !known.includes(port))).toEqual([])
  })
})
