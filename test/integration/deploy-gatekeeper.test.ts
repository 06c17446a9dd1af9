import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { manifestsOf } from '#test/support/chart/manifests.ts'
import type { Open } from '#test/support/chart/open.ts'
import { CHART, VALUE_SETS } from '#test/support/chart/render.ts'
import { WEAKENED } from '#test/support/chart/weakened.ts'
import { needs } from '#test/support/needs.ts'
import { opa, opaMissing } from '../../infra/terraform/tests/opa.ts'

const [template, constraint] = parseAllDocuments(readFileSync(join(CHART, '../policies/gatekeeper.yaml'), 'utf8')).map(
  (one): Open => one.toJS(),
)
const KINDS: readonly string[] = constraint.spec.match.kinds.flatMap(({ kinds }: Open) => kinds)
const scratch = mkdtempSync(join(tmpdir(), 'credence-gatekeeper-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** What Gatekeeper would say of each of these objects: its template, asked as it asks it. */
async function said(objects: readonly Open[], identities: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const file = join(scratch, 'reach.rego')
  writeFileSync(file, template.spec.targets[0].code[0].source.rego)
  const inputs = objects.map((object) => ({ review: { object }, parameters: { identities } }))
  const query =
    '[said | some one in input; said := {it.msg | some it in data.credence.reach.violation with input as one}]'
  const args = ['eval', '--strict', '--format', 'json', '--stdin-input', '--data', file, query]
  const { result } = JSON.parse(await opa(args, JSON.stringify(inputs))) as {
    result: [{ expressions: [{ value: string[][] }] }]
  }
  return result[0].expressions[0].value.map((one) => one.join('; '))
}

/** What says nothing about a network or an identity, such as what Helm does with one. */
const ELSEWHERE = [
  'another namespace',
  'rights to its Secrets',
  'a console that is not ready',
  'nothing is denied until Helm’s tests run',
  'what denies everything goes when it has been made',
  'the check’s network is made after it',
  'the check’s network is made for installations alone',
  'an account outlives its release',
  // the check goes there by a policy of its own
  'a flow for nobody who runs',
  // no object shows by itself what others are of
  'an identity of another project',
  'a role of another account',
  'an identity of another tenant',
]

const judged = (manifests: readonly Open[]) => manifests.filter(({ kind }) => KINDS.includes(kind))
const account = (name: string, annotations: object, token = false) => ({
  kind: 'ServiceAccount',
  metadata: { name, annotations },
  automountServiceAccountToken: token,
})
const ingress = (service: string, hosts: readonly string[]) => ({
  kind: 'Ingress',
  metadata: { name: 'way-in' },
  spec: {
    tls: [{ hosts, secretName: 'tls' }],
    rules: [{ host: 'review.example.com', http: { paths: [{ backend: { service: { name: service } } }] } }],
  },
})
const binding = (kind: string, name: string) => ({
  kind: 'RoleBinding',
  metadata: { name: 'more' },
  subjects: [{ kind, name }],
})
const AWS = 'eks.amazonaws.com/role-arn'
const GOOGLE = 'iam.gke.io/gcp-service-account'
const AZURE = 'azure.workload.identity/client-id'
const NUMBER = '00000000-0000-4000-8000-000000000001'

const { skip, why } = needs(opaMissing())
describe.skipIf(skip)(`deploy/policies/gatekeeper.yaml${why}`, () => {
  test('is a template and a constraint of it, for the namespaces that the other policies are for', () => {
    expect(template.spec.crd.spec.names.kind).toBe(constraint.kind)
    expect(constraint.spec.enforcementAction).toBe('deny')
    expect(constraint.spec.match.namespaceSelector.matchLabels).toEqual({ 'app.kubernetes.io/part-of': 'credence' })
    expect(KINDS).toEqual(['Service', 'ServiceAccount', 'NetworkPolicy', 'Ingress', 'RoleBinding'])
  })

  test('lets in every rendering of the chart', async () => {
    const objects = Object.keys(VALUE_SETS).flatMap((set) => judged(manifestsOf(set)))
    expect(new Set(objects.map(({ kind }) => kind)).size).toBe(3)
    expect((await said(objects)).filter((one) => one !== '')).toEqual([])
  })

  test('refuses each weakening of the chart that opens a network or swaps an identity', async () => {
    const rendering: readonly Open[] = manifestsOf('gcp')
    const known = new Set(judged(rendering).map((one) => JSON.stringify(one)))
    const cases = WEAKENED.flatMap(([name, weaken]) => {
      const manifests = structuredClone(rendering) as Open[]
      weaken(manifests)
      return judged(manifests)
        .filter((one) => !known.has(JSON.stringify(one)))
        .map((object) => ({ name, object }))
    })
    const answers = await said(cases.map(({ object }) => object))
    const passed = cases.filter((_, i) => answers[i] === '').map(({ name }) => name)
    expect(passed.filter((name) => !ELSEWHERE.includes(name))).toEqual([])
    expect(cases.length - passed.length).toBeGreaterThanOrEqual(20)
  })

  test.each([
    [
      'a name outside',
      { kind: 'Service', metadata: { name: 'a' }, spec: { clusterIP: 'None', externalName: 'x.example' } },
      'from outside',
    ],
    [
      'an account with another’s role',
      account('credence-scan', { [AWS]: 'arn:aws:iam::1:role/credence-encrypt' }),
      'not its own',
    ],
    [
      'an account with another’s identity',
      account('credence-scan', { [GOOGLE]: 'credence-operator@p.iam.gserviceaccount.com' }),
      'not its own',
    ],
    ['an account that is nobody’s, with an identity', account('helper', { [AZURE]: NUMBER }), 'is no service'],
    ['an account with a token', account('credence-scan', {}, true), 'its token'],
    ['rights for a service', binding('ServiceAccount', 'credence-scan'), 'rights in the cluster'],
    ['rights for every account', binding('Group', 'system:serviceaccounts:credence'), 'rights in the cluster'],
    ['people are led to a service', ingress('credence', ['review.example.com']), 'elsewhere than to the console'],
    ['people come in clear', ingress('credence-console', ['other.example.com']), 'in clear'],
    [
      'the policy that denies everything is about some',
      {
        kind: 'NetworkPolicy',
        metadata: { name: 'credence-none' },
        spec: { podSelector: { matchLabels: { a: 'b' } }, policyTypes: ['Ingress', 'Egress'] },
      },
      'no longer denies',
    ],
  ])('refuses %s', async (_, object, says) => {
    expect(await said([object])).toEqual([expect.stringContaining(says)])
  })

  test('holds accounts to the identities that Terraform printed, where it is told of them', async () => {
    const scan = account('credence-scan', { [AZURE]: NUMBER })
    expect(await said([scan, ingress('credence-console', ['review.example.com'])])).toEqual(['', ''])
    expect(await said([scan], { scan: NUMBER })).toEqual([''])
    expect(await said([scan], { scan: NUMBER.replace(/1$/, '2') })).toEqual([expect.stringContaining('not its own')])
  })
})
