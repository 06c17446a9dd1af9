import type { Json, JsonObject } from './hcl.ts'
import { entries, isObject, list, type Resource, type TerraformModule } from './module.ts'
import { providerOf, schemaOf } from './provider-schema.ts'
import type { Argument } from './schema-types.ts'

/** No provider of its own, and nothing that is run while it is made. */
const META = new Set(['count', 'for_each', 'depends_on', 'lifecycle'])

/** What the providers would refuse: unknown types and arguments, wrong nesting, and required arguments that are not there. */
export function schemaProblems(module: TerraformModule): string[] {
  return [...module.resources, ...dataOfChecks(module)].flatMap((resource) => {
    const { mode, type, name, body, file } = resource
    const where = `${file}: ${mode === 'data' ? 'data.' : ''}${type}.${name}`
    if (type === 'terraform_data') return []
    if (providerOf(type) === null) return [`${where}: no schema of a provider for ${type}`]
    const schema = schemaOf(mode, type)
    return schema === null ? [`${where}: unknown ${mode} type`] : bodyProblems(where, body, schema.arguments, true)
  })
}

export function dataOfChecks({ checks }: TerraformModule): Resource[] {
  return [...checks].flatMap(([check, body]) =>
    entries(body['data'] ?? {}).flatMap(([type, group]) =>
      entries(group).map(([name, bodies]) => ({
        mode: 'data' as const,
        type,
        name,
        body: (list(bodies)[0] ?? {}) as JsonObject,
        file: `check ${check}`,
      })),
    ),
  )
}

function bodyProblems(
  where: string,
  body: JsonObject,
  takes: ReadonlyMap<string, Argument>,
  outermost: boolean,
): string[] {
  const problems: string[] = []
  const dynamic = isObject(body['dynamic']) ? body['dynamic'] : {}
  for (const [name, value] of Object.entries(body)) {
    if (name === 'dynamic' || (outermost && META.has(name))) continue
    const argument = takes.get(name)
    if (argument === undefined) problems.push(`${where}: unsupported argument "${name}"`)
    else problems.push(...valueProblems(`${where}.${name}`, value, argument))
  }
  for (const [name, bodies] of Object.entries(dynamic)) {
    const argument = takes.get(name)
    if (argument?.nested === undefined) {
      problems.push(`${where}: unknown dynamic block "${name}"`)
      continue
    }
    for (const one of list(bodies)) {
      const { content, for_each: each } = one as JsonObject
      if (each === undefined) problems.push(`${where}.${name}: a dynamic block needs for_each`)
      for (const inner of list(content)) problems.push(...valueProblems(`${where}.${name}`, [inner], argument))
    }
  }
  for (const [name, { required }] of takes) {
    if (required && !(name in body) && !(name in dynamic)) problems.push(`${where}: missing required "${name}"`)
  }
  return problems
}

function valueProblems(where: string, value: Json, { block, many, list: takesList, nested }: Argument): string[] {
  if (value === null) return []
  if (!block) {
    if (takesList && !Array.isArray(value) && !isExpression(value)) return [`${where}: expected a list`]
    const isBlock = Array.isArray(value) && value.length > 0 && value.every((one) => isObject(one as Json))
    return !takesList || !isBlock ? [] : [`${where}: expected a list of plain values`]
  }
  if (isExpression(value)) return []
  if (!Array.isArray(value) && !isObject(value)) return [`${where}: expected a block`]
  const bodies = list(value)
  const inner = nested?.()
  return [
    ...(bodies.length > 1 && !many ? [`${where}: given ${bodies.length} times, taken once`] : []),
    ...(inner === undefined
      ? []
      : bodies.flatMap((one) => (isObject(one) ? bodyProblems(where, one, inner, false) : []))),
  ]
}

function isExpression(value: Json): boolean {
  return typeof value === 'string' && value.includes('${')
}
