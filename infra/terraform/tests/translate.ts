import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { address } from './check-references.ts'
import { EvaluationError } from './evaluation-error.ts'
import type { Json, JsonObject } from './hcl.ts'
import { isObject, list, readModule, type Alter, type Resource, type TerraformModule } from './module.ts'
import { schemaOf } from './provider-schema.ts'
import type { AttributeKind, Readable } from './schema-types.ts'
import { sensitiveOf } from './sensitive.ts'
import { bodyWritten, written } from './written.ts'

/** What a module is evaluated with: its inputs, and what its providers would say. */
export interface Samples {
  readonly variables: JsonObject
  /** By address, such as `data.aws_caller_identity.current`: attributes whose placeholders would not do. */
  readonly attributes?: { readonly [address: string]: JsonObject }
}

export interface Given extends Samples {
  /** What a provider works out is unknown. */
  readonly isNew?: boolean
}

/** A module without its providers: every resource is a local, every part a text of HCL by its name. */
export interface Translation {
  readonly locals: ReadonlyMap<string, string>
  /** With their preconditions, and those of resources. */
  readonly outputs: ReadonlyMap<string, string>
  /** By the resource's address: a list of what it comes to. */
  readonly rows: ReadonlyMap<string, string>
  readonly variables: ReadonlyMap<string, JsonObject>
  /** Calls of other modules, and what is called. */
  readonly calls: ReadonlyMap<string, { readonly text: string; readonly called: Translation }>
  /** Texts that templates read, and the loops of a first plan. */
  readonly files: ReadonlyMap<string, string>
}

export const RESOURCES = 'all_resources__'
export const PRECONDITION = 'precondition__'
const UNKNOWN = 'unknown__'

export async function translated(folder: string, samples: Given, alter?: Alter): Promise<Translation> {
  const module = await readModule(folder, alter)
  const files = new Map<string, string>()
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile() || !/\.(json|tftpl|yaml)$/.test(entry.name)) continue
    const text = readFileSync(join(folder, entry.name), 'utf8')
    files.set(entry.name, alter === undefined ? text : alter(entry.name, text))
  }
  if (samples.isNew === true) files.set('loops.tf', await loopsOf(module))
  const locals = new Map<string, string>()
  for (const resource of module.resources)
    for (const [name, text] of await localsOf(resource, samples)) locals.set(name, text)
  for (const [name, value] of module.locals) locals.set(name, await written(value))
  const calls = new Map<string, { text: string; called: Translation }>()
  for (const [name, body] of module.modules) {
    const { source, providers: _, depends_on: __, version: ___, ...given } = body
    if (typeof source !== 'string' || !source.startsWith('.'))
      throw new EvaluationError(`module ${name} is not in this repository`)
    const values = await Promise.all(
      Object.entries(given).map(async ([key, value]) => `  ${key} = ${await written(value)}\n`),
    )
    const text = `module "${name}" {\n  source = "./called/${name}"\n${values.join('')}}\n`
    calls.set(name, { text, called: await translated(resolve(folder, source), samples, alter) })
  }
  const variables = new Map([...module.variables].map(([name, body]) => [name, plainVariable(body)]))
  return { locals, outputs: await outputsOf(module), rows: rowsOf(module), variables, calls, files }
}

/** Its type, default, validations and mark: what is ephemeral could not be looked at. */
function plainVariable({ type, default: fallback, validation, nullable, sensitive }: JsonObject): JsonObject {
  return {
    ...(type !== undefined && { type: typeof type === 'string' ? type.replace(/^\$\{([^]*)\}$/, '$1') : type }),
    ...(fallback !== undefined && { default: fallback }),
    ...(validation !== undefined && { validation }),
    ...(nullable !== undefined && { nullable }),
    ...(sensitive !== undefined && { sensitive }),
  }
}

function localName({ mode, type, name }: Resource): string {
  return `${mode === 'data' ? 'data__' : ''}${type}__${name}`
}

/** Two locals: what the module says of a resource, and that with what the provider would add. */
async function localsOf(
  resource: Resource,
  { attributes = {}, isNew = false }: Given,
): Promise<(readonly [name: string, text: string])[]> {
  const { mode, type, body } = resource
  const name = localName(resource)
  const given = `given__${name}`
  const shown = Object.fromEntries(
    Object.entries(body).filter(
      ([key]) => !['count', 'for_each', 'depends_on', 'provider', 'provisioner', 'connection'].includes(key),
    ),
  )
  const { lifecycle, ...rest } = shown
  const kept = lifecycle === undefined ? rest : { ...rest, lifecycle: plainLifecycle(lifecycle) }
  const values = await bodyWritten(kept)
  const schema = schemaOf(mode, type)
  const inner = [...(schema?.readable ?? [])].flatMap(([key, kind]) => {
    const given = key in body || (isObject(body['dynamic']) && key in body['dynamic'])
    return typeof kind === 'object' && given ? [[key, kind] as const] : []
  })
  const at = address(resource)
  const secret = sensitiveOf(type)
  const full = (key: string) => {
    const path = key === '' ? at : `${at}[${key}]`
    const unknown = isNew && mode === 'resource'
    const computed = computedWritten(schema?.readable ?? new Map(), path, unknown, secret)
    const nested = inner.map(
      ([block, kind]) =>
        `${block} = [for b in flatten([v.${block}]) : merge(${computedWritten(kind.items(), `${path}.${block}`, unknown, below(secret, block))}, b)]`,
    )
    const said = unknown ? undefined : attributes[at]
    // whether a value is null is no secret: a mark on the condition would be on everything
    const own = unknown ? 'v' : '{ for a, b in v : a => b if nonsensitive(b != null) }'
    const marked = secret
      .filter((name) => name in body)
      .map((name) => `"${name}" = sensitive(v["${name}"])`)
      .join(', ')
    const json = type === 'aws_iam_policy_document' ? ', { json = jsonencode(v) }' : ''
    return `merge(${computed}, ${own}, {${nested.join(', ')}}, {${marked}}${json}${said === undefined ? '' : `, ${JSON.stringify(said).replaceAll('${', '$${')}`})`
  }
  if (body['for_each'] !== undefined) {
    return [
      [given, `{ for each_key, each_value in ${await written(body['for_each'])} : each_key => ${values} }`],
      [name, `{ for k, v in local.${given} : k => ${full('\\"${k}\\"')} }`],
    ]
  }
  if (body['count'] !== undefined) {
    return [
      [given, `[for count_index in range(${await written(body['count'])}) : ${values}]`],
      [name, `[for k, v in local.${given} : ${full('${k}')}]`],
    ]
  }
  return [
    [given, values],
    [name, `[for v in [local.${given}] : ${full('')}][0]`],
  ]
}

/** What rules look at: the conditions of a lifecycle stand on their own. */
function plainLifecycle(lifecycle: Json): Json {
  return list(lifecycle).map((one) => {
    const { prevent_destroy: kept, create_before_destroy: before } = one as JsonObject
    return {
      ...(kept !== undefined && { prevent_destroy: kept }),
      ...(before !== undefined && { create_before_destroy: before }),
    }
  })
}

const UNKNOWN_OF = {
  string: `local.${UNKNOWN}`,
  number: `length(local.${UNKNOWN})`,
  boolean: `local.${UNKNOWN} == ""`,
  list: `[local.${UNKNOWN}]`,
  map: `{ unknown = local.${UNKNOWN} }`,
} as const

/** Resources that do nothing but loop as the module's do: Terraform itself says whether their keys are known. */
async function loopsOf(module: TerraformModule): Promise<string> {
  const loops = await Promise.all(
    module.resources.map(async (resource) => {
      const { for_each: each, count } = resource.body
      const loop = each === undefined ? `count = ${await written(count ?? 1)}` : `for_each = ${await written(each)}`
      return `resource "terraform_data" "loop__${localName(resource)}" {\n  ${loop}\n}\n`
    }),
  )
  const known = `resource "terraform_data" "${UNKNOWN}" {}\nlocals {\n  ${UNKNOWN} = terraform_data.${UNKNOWN}.id\n}\n`
  return `${known}${loops.join('')}`
}

/** Of the paths in a block and outside, those in it. */
function below(paths: readonly string[], block: string): readonly string[] {
  return paths.flatMap((path) => (path.startsWith(`${block}.`) ? [path.slice(block.length + 1)] : []))
}

function computedWritten(
  readable: Readable,
  path: string,
  unknown: boolean,
  secret: readonly string[],
  depth = 0,
): string {
  const value = (name: string, kind: AttributeKind): string => {
    if (typeof kind === 'object')
      return depth > 3
        ? '[]'
        : `[${computedWritten(kind.items(), `${path}.${name}`, unknown, below(secret, name), depth + 1)}]`
    if (unknown) return UNKNOWN_OF[kind]
    return { string: `"${path}.${name}"`, number: '0', boolean: 'false', list: `["${path}.${name}"]`, map: '{}' }[kind]
  }
  const shown = (name: string, kind: AttributeKind) =>
    secret.includes(name) ? `sensitive(${value(name, kind)})` : value(name, kind)
  return `{${[...readable].map(([name, kind]) => `"${name}" = ${shown(name, kind)}`).join(', ')}}`
}

async function outputsOf(module: TerraformModule): Promise<Map<string, string>> {
  const outputs = new Map<string, string>()
  for (const [name, body] of module.outputs) {
    const conditions = await Promise.all((list(body['precondition']) as JsonObject[]).map(conditionWritten))
    const mark = body['sensitive'] === undefined ? '' : `  sensitive = ${await written(body['sensitive'])}\n`
    outputs.set(name, `  value = ${await written(body['value'] ?? null)}\n${mark}${conditions.join('')}`)
  }
  for (const resource of module.resources) {
    const lifecycles = list(resource.body['lifecycle']) as JsonObject[]
    for (const [i, condition] of lifecycles.flatMap((one) => list(one['precondition']) as JsonObject[]).entries())
      outputs.set(
        `${PRECONDITION}${localName(resource)}_${i}`,
        `  value = true\n${await conditionWritten(condition, resource)}`,
      )
  }
  return outputs
}

function rowsOf({ resources, modules }: TerraformModule): Map<string, string> {
  const rows = new Map<string, string>()
  for (const resource of resources) {
    const { mode, type, name, body } = resource
    const about = `address = "${address(resource)}", mode = "${mode}", type = "${type}", name = "${name}"`
    const many = body['for_each'] !== undefined || body['count'] !== undefined
    const given = `local.given__${localName(resource)}`
    const whole = `local.${localName(resource)}`
    const known = (of: string) => ['id', 'arn', 'json'].map((key) => `, ${key} = try(${of}.${key}, null)`).join('')
    rows.set(
      address(resource),
      many
        ? `[for k, v in ${given} : { ${about}, key = tostring(k), values = v${known(`${whole}[k]`)} }]`
        : `[{ ${about}, key = "", values = ${given}${known(whole)} }]`,
    )
  }
  for (const name of modules.keys())
    rows.set(
      `module.${name}`,
      `[for r in flatten([module.${name}.${RESOURCES}]) : merge(r, { address = "module.${name}.\${r.address}" })]`,
    )
  return rows
}

async function conditionWritten(condition: JsonObject, resource?: Resource | number): Promise<string> {
  const holds = await written(condition['condition'] ?? true)
  const message = await written(condition['error_message'] ?? '')
  const body = typeof resource === 'object' ? resource.body : {}
  const loop =
    body['for_each'] !== undefined
      ? `for each_key, each_value in ${await written(body['for_each'])} :`
      : body['count'] !== undefined
        ? `for count_index in range(${await written(body['count'])}) :`
        : ''
  const [all, said] =
    loop === ''
      ? [holds, message]
      : [`alltrue([${loop} ${holds}])`, `join(" ", distinct([${loop} ${message} if !(${holds})]))`]
  return `  precondition {\n    condition = ${all}\n    error_message = ${said}\n  }\n`
}
