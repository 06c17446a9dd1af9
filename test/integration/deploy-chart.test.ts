import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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
import type { Weakened } from '#test/support/chart/open.ts'
import { WEAKENED } from '#test/support/chart/weakened.ts'
import { LEGITIMATE } from '#test/support/chart/weakened-configuration.ts'
import { needs } from '#test/support/needs.ts'
import { checkovMissing, checkovRendering } from '../../infra/terraform/tests/checkov.ts'
import { opa, opaMissing } from '../../infra/terraform/tests/opa.ts'

const SETS = Object.keys(VALUE_SETS)
const POLICIES = join(CHART, '../policies')
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
describe.skipIf(ruled.skip)(`the rules of deploy/policies/rendering*.rego${ruled.why}`, () => {
  /** What is denied of each rendering, in one run. */
  const each = async (cases: readonly (readonly Manifest[])[]): Promise<string[][]> => {
    const rules = readdirSync(POLICIES)
      .filter((name) => name.startsWith('rendering'))
      .map((name) => join(POLICIES, name))
    const query =
      '[denied | some manifests in input; denied := data.credence.rendering.deny with input as {"manifests": manifests}]'
    const { result } = JSON.parse(
      await opa(
        ['eval', '--format', 'json', '--stdin-input', ...rules.flatMap((file) => ['--data', file]), query],
        JSON.stringify(cases),
      ),
    ) as { result: [{ expressions: [{ value: string[][] }] }] }
    return result[0].expressions[0].value
  }

  test.each(SETS)('are kept to by %s', async (set) => {
    expect(await each([manifestsOf(set)])).toEqual([[]])
  })

  test('let in what operators change every day', async () => {
    const cases = LEGITIMATE.map(([, change]) => {
      const manifests = structuredClone(manifestsOf('gcp'))
      change(manifests)
      return manifests
    })
    const denied = await each(cases)
    for (const [i, [name]] of LEGITIMATE.entries()) {
      expect(JSON.stringify(cases[i]), name).not.toBe(JSON.stringify(manifestsOf('gcp')))
      expect(denied[i], name).toEqual([])
    }
  })

  // some at a time: all of them are more than a minute's work
  test.each(chunks(WEAKENED, 60))(
    'notice weakenings of a rendering with every option on: %s and further',
    async (_, some) => {
      const rendering = manifestsOf('gcp')
      const cases = some.map(([, weaken]) => {
        const manifests = structuredClone(rendering)
        weaken(manifests)
        return manifests
      })
      const untouched = JSON.stringify(rendering)
      const denied = await each(cases)
      for (const [i, [name, , says]] of some.entries()) {
        expect(JSON.stringify(cases[i]), name).not.toBe(untouched)
        expect(denied[i]?.join('\n'), name).toContain(says)
      }
    },
  )
})

test('the chart packs what it links to', () => {
  expect(execFileSync('readlink', [join(CHART, 'files/alerts.yaml')], { encoding: 'utf8' }).trim()).toBe(
    '../../alerts.yaml',
  )
})

/** By the name of the first of each. */
function chunks(all: readonly Weakened[], size: number): [string, readonly Weakened[]][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => {
    const some = all.slice(i * size, (i + 1) * size)
    return [some[0]![0], some]
  })
}
