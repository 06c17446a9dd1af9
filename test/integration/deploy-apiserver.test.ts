import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMITTED, REFUSED, type PodManifest } from '#test/support/chart/admitted.ts'
import { apiServerMissing, startApiServer, type ApiServer } from '#test/support/chart/api-server.ts'
import { manifestsOf, parseManifests, podsOf, type Manifest } from '#test/support/chart/manifests.ts'
import { CHART, helmMissing, VALUE_SETS } from '#test/support/chart/render.ts'
import { definitions } from '#test/support/chart/schemas.ts'

const SETS = Object.keys(VALUE_SETS)
/** Held by the admission policies alone, so that each says its reason before Pod Security says another. */
const BARE = 'credence-bare'
/** What the API server says before the policy has its say, or by another condition that its own additions break. */
const SAID_BEFORE: ReadonlyMap<string, string> = new Map([
  ['a-tag-in-a-debugger', 'ephemeralContainers: Forbidden'],
  ['the-accounts-token', 'A token that is projected is for a cloud'],
  ['the-accounts-token-by-default', 'A token that is projected is for a cloud'],
])

/** It takes a quarter of an hour to build: without it, schemas and evaluators of CEL have judged the same. */
const why = apiServerMissing() ?? (spawnSync('go', ['version']).status === 0 ? null : 'go is not installed')
describe.skipIf(why !== null)(`a real API server${why === null ? '' : ` (skipped: ${why})`}`, () => {
  const stack = new AsyncDisposableStack()
  let server: ApiServer
  const policy = (name: string) => parseManifests(readFileSync(join(CHART, '../policies', name), 'utf8'))
  const make = async (manifest: Manifest, namespace?: string) => {
    const { status, body } = await server.create(manifest, { ...(namespace !== undefined && { namespace }) })
    if (status !== 201 && status !== 409) throw new Error(`${manifest.kind}/${manifest.metadata.name}: ${body.message}`)
  }
  const account = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
  const accountOf = ({ spec }: PodManifest) => (spec['serviceAccountName'] as string | undefined) ?? 'default'

  beforeAll(async () => {
    server = await startApiServer(stack)
    for (const { spec, ...definition } of definitions()) {
      // what converts between versions is a webhook of an operator that does not run here
      const { conversion: _, ...kept } = spec as typeof spec & { conversion?: object }
      await make({ apiVersion: 'apiextensions.k8s.io/v1', ...definition, spec: kept })
    }
    const [namespace] = policy('namespace.yaml') as [Manifest]
    await make(namespace)
    const labels = { 'app.kubernetes.io/part-of': 'credence' }
    await make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: BARE, labels } })
    const pods = [...ADMITTED, ...REFUSED.map(([pod]) => pod)]
    for (const name of new Set(pods.map(accountOf))) await make(account(name), BARE)
    for (const set of SETS)
      for (const one of manifestsOf(set).filter(({ kind }) => ['ServiceAccount', 'PriorityClass'].includes(kind)))
        await make(one)
    for (const one of policy('admission.yaml')) await make(one)
    await holds(server)
  })
  afterAll(() => stack.disposeAsync())

  test.each(SETS)('takes every object of the chart with the values of %s, and warns of none', async (set) => {
    const problems: string[] = []
    for (const manifest of manifestsOf(set)) {
      const { status, warnings, body } = await server.create(manifest, { dryRun: true })
      const isThere = ['ServiceAccount', 'PriorityClass'].includes(manifest.kind) && status === 409
      if (status !== 201 && !isThere) problems.push(`${manifest.kind}/${manifest.metadata.name}: ${body.message}`)
      problems.push(...warnings)
    }
    expect(problems).toEqual([])
  })

  test.each(SETS)('lets in every pod that the values of %s start', async (set) => {
    for (const { of, labels, spec } of podsOf(manifestsOf(set))) {
      const pod: Manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: of.metadata.name, labels }, spec }
      const { status, warnings, body } = await server.create(pod, { dryRun: true })
      expect([status, body.message, warnings], of.metadata.name).toEqual([201, undefined, []])
    }
  })

  test('refuses a key that is misspelt', async () => {
    const [deployment] = manifestsOf('least').filter(({ kind }) => kind === 'Deployment') as [Manifest]
    const spec = { ...deployment.spec, revisionHistoryLimits: 1 }
    const { body } = await server.create({ ...deployment, spec }, { dryRun: true })
    expect(body.message).toContain('unknown field "spec.revisionHistoryLimits"')
  })

  const dry = (pod: PodManifest) => server.create(pod, { namespace: BARE, dryRun: true })
  test.each(ADMITTED.map((pod) => [pod.metadata.name, pod] as const))('lets in %s', async (_, pod) => {
    const { status, body } = await dry(pod)
    expect([status, body.message]).toEqual([201, undefined])
  })

  test.each(REFUSED.map(([pod, says]) => [pod.metadata.name, pod, says] as const))(
    'refuses %s',
    async (name, pod, says) => {
      const { status, body } = await dry(pod)
      expect([status, body.message]).toEqual([422, expect.stringContaining(SAID_BEFORE.get(name) ?? says)])
    },
  )

  test('lets nobody into a pod but whom the policy names', async () => {
    const [pod] = ADMITTED as [PodManifest]
    await make(pod, BARE)
    const at = `/api/v1/namespaces/${BARE}/pods/${pod.metadata.name}`
    const as = (group: string) => ({ 'impersonate-user': 'ada', 'impersonate-group': group })
    for (const command of ['exec?command=node', 'attach?container=scan']) {
      const refused = await server.call('POST', `${at}/${command}`, undefined, as('system:masters'))
      expect([refused.status, refused.body.message]).toEqual([422, expect.stringContaining('credence:break-glass')])
    }
    const debugged = await server.call(
      'PATCH',
      `${at}/ephemeralcontainers`,
      { spec: { ephemeralContainers: [{ name: 'debugger', image: 'busybox' }] } },
      { ...as('system:masters'), 'content-type': 'application/strategic-merge-patch+json' },
    )
    expect([debugged.status, debugged.body.message]).toEqual([422, expect.stringContaining('credence:break-glass')])
    // whoever is let in by the policy is told that the pod runs nowhere
    const both = { ...as('system:masters'), 'impersonate-group': 'credence:break-glass' }
    const let_in = await server.call('POST', `${at}/exec?command=node`, undefined, both)
    expect(let_in.body.message).not.toContain('credence:break-glass executes')
  })

  const helm = helmMissing()
  test.skipIf(helm !== null)(`Helm installs it, and upgrades it to other values${helm ?? ''}`, () => {
    const run = (set: string) => {
      const values = VALUE_SETS[set]!.flatMap((name) => ['--values', join(CHART, 'ci', `${name}.values.yaml`)])
      const args = ['upgrade', '--install', 'credence', CHART, '--namespace', 'credence', '--no-hooks', ...values]
      const env = { ...process.env, KUBECONFIG: server.kubeconfig }
      // made above for the pods, and Helm takes over nothing that it did not make
      const { status, stderr } = spawnSync(process.env['HELM'] ?? 'helm', [...args, '--take-ownership'], {
        env,
        encoding: 'utf8',
      })
      return status === 0 ? '' : stderr
    }
    for (const set of ['least', 'gcp', 'aws', 'azure']) expect(run(set), set).toBe('')
  })
})

/** A policy is there before it is in force: until it refuses what it refuses, nothing is asked. */
async function holds(server: ApiServer): Promise<void> {
  const [[pod]] = REFUSED as unknown as [[PodManifest]]
  while ((await server.create(pod, { namespace: BARE, dryRun: true })).status === 201)
    await new Promise((resolve) => setTimeout(resolve, 200))
}
