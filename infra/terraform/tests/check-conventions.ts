import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from './hcl.ts'
import { providerOf, schemaOf } from './provider-schema.ts'
import { entries, first, isObject, list, type TerraformModule } from './module.ts'

/** Types that any value fits: only these need no validation. */
const FREE = /^\$?\{?(bool|map\(string\)|list\(string\)|set\(string\))\}?$/

/** What providers call them. */
const TAGS = { aws: ['tags'], azurerm: ['tags'], google: ['labels', 'user_labels', 'resource_labels'] } as const

/** How modules are written here: what a reader or an operator needs is there. */
export function conventionProblems(module: TerraformModule, kind: 'module' | 'composition'): string[] {
  const { variables, outputs, terraform, folder } = module
  const problems: string[] = []
  for (const [name, body] of variables) {
    if (text(body['description']) === '') problems.push(`variable ${name} has no description`)
    if (body['type'] === undefined) problems.push(`variable ${name} has no type`)
    if (kind === 'module' && !FREE.test(text(body['type'])) && body['validation'] === undefined)
      problems.push(`variable ${name} is not validated`)
    for (const validation of list(body['validation'])) {
      if (!text((validation as JsonObject)['error_message']).endsWith('.'))
        problems.push(`variable ${name}: the message of a validation is a sentence`)
    }
    if (
      /password|secret|token/.test(name) &&
      body['sensitive'] !== true &&
      !/secret_(arn|id|name|days)|_arns?$/.test(name)
    ) {
      problems.push(`variable ${name} holds a secret and is not sensitive`)
    }
  }
  for (const [name, body] of outputs)
    if (text(body['description']) === '') problems.push(`output ${name} has no description`)
  if (text(terraform['required_version']) === '') problems.push('terraform.required_version is not given')
  for (const [name, about] of entries(first(terraform['required_providers'] ?? []))) {
    if (!isObject(about) || !/^~> \d+\.\d+/.test(text(about['version'])))
      problems.push(`provider ${name} is not held to a version (~> x.y)`)
  }
  for (const { mode, type, name, body, file } of module.resources) {
    const provider = providerOf(type)
    const taken =
      mode === 'data' || provider === null
        ? undefined
        : TAGS[provider].find((key) => schemaOf(mode, type)?.arguments.get(key)?.block === false)
    if (kind === 'module' && taken !== undefined && !(taken in body))
      problems.push(`${file}: ${type}.${name} has no ${taken}`)
  }
  if (!existsSync(join(folder, 'README.md'))) problems.push('there is no README.md')
  return problems
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
