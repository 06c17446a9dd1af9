import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ADMITTED, REFUSED, type PodManifest } from '#test/support/chart/admitted.ts'
import { CHART } from '#test/support/chart/render.ts'
import { kubeconformMissing, nonconforming, VERSIONS, writeSchemas } from '#test/support/chart/schemas.ts'
import { needs } from '#test/support/needs.ts'

const POLICIES = join(CHART, '../policies')
const scratch = mkdtempSync(join(tmpdir(), 'credence-policies-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** `KYVERNO` names the program where it is not in PATH. */
const program = process.env['KYVERNO'] ?? 'kyverno'
const isThere = spawnSync(program, ['version']).status === 0
const why = isThere ? '' : ' (skipped: kyverno is not installed: deploy/chart/verify.sh builds it)'

const NAMESPACES = {
  apiVersion: 'cli.kyverno.io/v1alpha1',
  kind: 'Values',
  metadata: { name: 'values' },
  namespaceSelector: [{ name: 'credence', labels: { 'app.kubernetes.io/part-of': 'credence' } }],
}

/** It takes a quarter of an hour to build: where it is not there, policies.test.ts has evaluated the same pods. */
describe.skipIf(!isThere)(`Kyverno, with the API server's own evaluator${why}`, () => {
  /** What the policy `credence-pods` says against each of these pods, by name. */
  const refused = (pods: readonly PodManifest[]): ReadonlyMap<string, string> => {
    const [file, values] = [join(scratch, 'pods.yaml'), join(scratch, 'values.yaml')]
    writeFileSync(file, pods.map((pod) => stringify(pod, { keepUndefined: false })).join('---\n'))
    writeFileSync(values, stringify(NAMESPACES))
    const args = ['apply', join(POLICIES, 'admission.yaml'), '--resource', file, '--values-file', values]
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
    if (!stdout.includes('pass:')) throw new Error(stderr || stdout)
    const said = stdout.matchAll(
      /^policy credence-pods -> resource credence\/Pod\/(\S+) failed:\s*\n1 - credence-pods (.*)$/gm,
    )
    return new Map([...said].map(([, name = '', message = '']) => [name, message]))
  }

  test('lets in what is to be let in', () => {
    expect([...refused(ADMITTED)]).toEqual([])
  })

  test('refuses the rest, each for its reason', () => {
    const said = refused(REFUSED.map(([pod]) => pod))
    for (const [{ metadata }, says] of REFUSED) expect(said.get(metadata.name) ?? '', metadata.name).toContain(says)
  })
})

const conform = needs(kubeconformMissing())
describe.skipIf(conform.skip)(`the policies are what Kubernetes and Kyverno take${conform.why}`, () => {
  test.each(['namespace.yaml', 'admission.yaml', 'images.yaml'])('%s', (name) => {
    const schemas = join(scratch, 'schemas')
    writeSchemas(schemas)
    for (const version of VERSIONS)
      expect(nonconforming(readFileSync(join(POLICIES, name), 'utf8'), schemas, version)).toEqual([])
  })
})
