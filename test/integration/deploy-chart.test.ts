import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { manifestsOf, type Manifest } from '#test/support/chart/manifests.ts'
import {
  CHART,
  helmMissing,
  helmTemplate,
  kept,
  KUBERNETES,
  lint,
  render,
  renderedFile,
  VALUE_SETS,
} from '#test/support/chart/render.ts'
import { kubeconformMissing, nonconforming, VERSIONS, writeSchemas } from '#test/support/chart/schemas.ts'
import { needs } from '#test/support/needs.ts'
import { checkovMissing, checkovRendering } from '../../infra/terraform/tests/checkov.ts'
import { opa, opaMissing } from '../../infra/terraform/tests/opa.ts'

const SETS = Object.keys(VALUE_SETS)
const scratch = mkdtempSync(join(tmpdir(), 'credence-chart-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** Helm takes minutes to build: where it is not there, the renderings that are kept are what everything else looks at. */
const helm = helmMissing()
describe.skipIf(helm !== null)(`Helm itself${helm === null ? '' : ` (skipped: ${helm})`}`, () => {
  test.each(SETS)('renders %s to what is kept', (set) => {
    expect(readFileSync(renderedFile(set), 'utf8')).toBe(kept(set, render(set)))
  })

  test.each(SETS)('finds nothing to say about the chart with the values of %s', (set) => {
    lint(set)
  })

  test.each([
    ['image.digest=', /an image is named by its digest/],
    ['image.digest=latest', /image\/digest/],
    ['configuration=', /the text of credence\.yaml/],
    ['environment.DATABASE_PASSWORD=x', /propertyNames|DATABASE_PASSWORD/],
    ['secrets.existing=a,secrets.external.values.A.key=b', /either existing or external/],
  ])('refuses %s', (values, says) => {
    const files = [join(CHART, 'ci/least.values.yaml')]
    expect(() => helmTemplate(CHART, files, ['--set', values])).toThrow(says)
  })
})

const conform = needs(kubeconformMissing())
describe.skipIf(conform.skip)(`schemas of Kubernetes and of every definition${conform.why}`, () => {
  const schemas = join(scratch, 'schemas')
  let isWritten = false
  const problems = (text: string, kubernetes: string) => {
    if (!isWritten) writeSchemas(schemas)
    isWritten = true
    return nonconforming(text, schemas, kubernetes)
  }

  test.each(SETS.flatMap((set) => VERSIONS.map((version) => [set, version] as const)))(
    'are kept to by %s on Kubernetes %s',
    (set, version) => {
      expect(problems(readFileSync(renderedFile(set), 'utf8'), version)).toEqual([])
    },
  )

  test('notice a key that is misspelt, in our own resources and in those of others', () => {
    const text = readFileSync(renderedFile('gcp'), 'utf8')
    for (const [right, wrong] of [
      ['revisionHistoryLimit', 'revisionHistoryLimits'],
      ['maxReplicaCount', 'maxReplicas'],
      ['jobLabel', 'joblabel'],
      ['renewBefore', 'renew'],
      ['refreshInterval', 'refresh'],
    ] as const)
      expect(problems(text.replaceAll(`${right}:`, `${wrong}:`), KUBERNETES), wrong).not.toEqual([])
  })
})

const scanned = needs(checkovMissing())
describe.skipIf(scanned.skip)(`checkov${scanned.why}`, () => {
  test('finds nothing in any rendering', async () => {
    for (const set of SETS) cpSync(renderedFile(set), join(scratch, 'checkov', `${set}.yaml`))
    const { failed, passed } = await checkovRendering(join(scratch, 'checkov'))
    expect(failed).toEqual([])
    expect(passed).toBeGreaterThan(200)
  })
})

const ruled = needs(opaMissing())
describe.skipIf(ruled.skip)(`the rules of deploy/policies/rendering.rego${ruled.why}`, () => {
  const denials = async (manifests: readonly Manifest[]): Promise<string[]> => {
    const rules = join(CHART, '../policies/rendering.rego')
    const args = ['eval', '--format', 'json', '--stdin-input', '--data', rules, 'data.credence.rendering.deny']
    const { result } = JSON.parse(await opa(args, JSON.stringify({ manifests }))) as {
      result: [{ expressions: [{ value: string[] }] }]
    }
    return result[0].expressions[0].value
  }

  test.each(SETS)('are kept to by %s', async (set) => {
    expect(await denials(manifestsOf(set))).toEqual([])
  })

  const spoilt: readonly (readonly [string, (text: string) => string, string])[] = [
    ['a tag', (text) => text.replace(/@sha256:\w+/, ':latest'), 'digest'],
    [
      'a root file system that can be written',
      (text) => text.replace('readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'),
      'readOnlyRootFilesystem',
    ],
    ['a capability', (text) => text.replace('drop: [ALL]', 'drop: [NET_RAW]'), 'keeps capabilities'],
    ['no profile of system calls', (text) => text.replaceAll('RuntimeDefault', 'Unconfined'), 'system calls'],
    [
      'the network of the machine',
      (text) => text.replace('enableServiceLinks: false', 'hostNetwork: true'),
      'hostNetwork',
    ],
    [
      'a folder of the machine',
      (text) => text.replace('emptyDir: { medium: Memory, sizeLimit: 64Mi }', 'hostPath: { path: / }'),
      'mounts a hostPath',
    ],
    [
      'the token',
      (text) => text.replaceAll('automountServiceAccountToken: false', 'automountServiceAccountToken: true'),
      'token',
    ],
    [
      'a password in plain text',
      (text) => text.replace('name: NODE_ENV, value', 'name: REDIS_PASSWORD, value'),
      'plain text',
    ],
    ['a flow to everywhere', (text) => text.replace('cidr: 10.20.0.5/32', 'cidr: 0.0.0.0/0'), 'lets everything out'],
    [
      'nothing denied',
      (text) => text.replace('podSelector: {}', 'podSelector: { matchLabels: { a: b } }'),
      'denies every pod',
    ],
    [
      'no limit of memory',
      (text) =>
        text.replace(
          /limits:\n\s+ephemeral-storage: 256Mi\n\s+memory: \S+/,
          'limits:\n              ephemeral-storage: 256Mi',
        ),
      'memory is not limited',
    ],
  ]
  test.each(spoilt)('notice %s', async (_, spoil, says) => {
    const text = readFileSync(renderedFile('gcp'), 'utf8')
    const bad = spoil(text)
    expect(bad).not.toBe(text)
    const file = join(scratch, 'spoilt.yaml')
    writeFileSync(file, bad)
    const { parseManifests } = await import('#test/support/chart/manifests.ts')
    expect((await denials(parseManifests(readFileSync(file, 'utf8')))).join('\n')).toContain(says)
  })
})

test('the chart packs what it links to', () => {
  expect(execFileSync('readlink', [join(CHART, 'files/alerts.yaml')], { encoding: 'utf8' }).trim()).toBe(
    '../../alerts.yaml',
  )
})
