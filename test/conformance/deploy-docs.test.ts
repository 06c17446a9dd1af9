import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkCommand } from '#cli/commands/check.ts'
import { planCapacityCommand } from '#cli/commands/plan-capacity.ts'
import { componentOf, manifestsOf, podsOf } from '#test/support/chart/manifests.ts'
import { CHART } from '#test/support/chart/render.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const text = (path: string) => readFileSync(`${ROOT}${path}`, 'utf8')

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
}
const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as Schema
const commands = new Map([checkCommand(), planCapacityCommand()].map((command) => [command.name(), command]))

/** Whether the chart has a value of this path; `\.` is a dot within a name. */
function hasValue(path: string): boolean {
  let at: Schema | undefined = schema
  for (const key of path.split(/(?<!\\)\./)) {
    const others: Schema['additionalProperties'] = at?.additionalProperties
    at = at?.properties?.[key] ?? (typeof others === 'object' ? others : undefined)
  }
  return at !== undefined
}

/** Every match of the first group, in the page as it is, and in its blocks with lines that go on put together. */
function found(page: string, pattern: RegExp): string[] {
  return [...new Set([...page.replaceAll(/\\\n\s+/g, '').matchAll(pattern)].map(([, one = '']) => one))]
}

describe.each(['aws', 'azure', 'gcp'] as const)('what docs/deploy-%s.md has an operator do', (cloud) => {
  const page = text(`docs/deploy-${cloud}.md`)
  const some = (pattern: RegExp, least = 1) => {
    const all = found(page, pattern)
    expect(all.length, String(pattern)).toBeGreaterThanOrEqual(least)
    return all
  }

  test('asks Terraform for outputs that both environments have', () => {
    const outputs = some(/terraform output (?:-raw |-json )?([a-z_]+)/g)
    for (const environment of ['dev', 'prod'])
      for (const name of outputs)
        expect(text(`infra/terraform/envs/${environment}-${cloud}/outputs.tf`) + page).toContain(`output "${name}" {`)
  })

  test('sets inputs that both environments have', () => {
    const inputs = found(page, /`([a-z_]+)(?: = [^`]*)?`/g).filter((name) =>
      [
        'eks',
        'sessions',
        'workload_identity',
        'oidc_issuer_url',
        'client_networks',
        'producers',
        'console',
        'federations',
      ].includes(name),
    )
    expect(inputs).toEqual(expect.arrayContaining(['console', 'federations']))
    for (const environment of ['dev', 'prod'])
      for (const name of inputs)
        expect(text(`infra/terraform/envs/${environment}-${cloud}/variables.tf`)).toContain(`variable "${name}" {`)
  })

  test('gives the chart values that it takes', () => {
    // a dot within a name is written with two of them, of which the shell takes one
    const values = some(/--set(?:-file)? ([^\s=]+)=/g, 3).map((path) => path.replaceAll('\\\\', '\\'))
    expect(values.filter((path) => !hasValue(path))).toEqual([])
    expect(hasValue('image.tag')).toBe(false)
  })

  test('applies files that are there', () => {
    for (const path of some(/ -f (\S+\.yaml)/g, 2)) expect(existsSync(`${ROOT}${path}`), path).toBe(true)
    for (const [, path = ''] of page.matchAll(/\]\(([^)#]+)/g))
      expect(existsSync(new URL(path, `file://${ROOT}docs/`)), path).toBe(true)
  })

  test('looks at jobs, pods and events that there are', () => {
    const manifests = manifestsOf(cloud)
    const jobs = manifests.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name)
    for (const job of some(/job\/(\S+)/g)) expect(jobs).toContain(job)
    const components = podsOf(manifests).map(componentOf)
    for (const component of some(/component=([a-z]+)/g)) expect(components).toContain(component)
    for (const event of some(/grep ([a-z]+\.[a-z]+)/g)) expect(text('docs/operations.md')).toContain(`| \`${event}\` |`)
  })

  test('makes a Secret of what the configuration names and nobody else gives', () => {
    const values = parse(readFileSync(`${CHART}/ci/${cloud}.values.yaml`, 'utf8')) as {
      readonly configuration: string
      readonly identities: Readonly<Record<string, { readonly environment?: object }>>
      readonly secrets?: { readonly external?: { readonly values?: object } }
    }
    const given = [
      ...Object.keys(values.identities['ingest']?.environment ?? {}),
      ...Object.keys(values.secrets?.external?.values ?? {}),
    ]
    const asked = [...values.configuration.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
    expect(asked.length).toBeGreaterThan(1)
    expect(found(page, /--from-file=(\w+)/g)).toEqual([...new Set(asked)].filter((name) => !given.includes(name)))
  })

  test('runs commands of credence by options that they have', () => {
    const lines = [...page.matchAll(/`credence ([a-z-]+)([^`]*)`/g)]
    expect(lines.length).toBeGreaterThanOrEqual(2)
    for (const [line, name = '', rest = ''] of lines) {
      const command = commands.get(name)
      expect(command, line).toBeDefined()
      for (const [option] of rest.matchAll(/--[a-z-]+/g))
        expect(
          command?.options.map(({ long }) => long),
          line,
        ).toContain(option)
    }
  })
})
