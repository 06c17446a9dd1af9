import { expressionsIn, namesIn, type Json, type JsonObject, type Name } from './hcl.ts'
import { dataOfChecks } from './check-schema.ts'
import { entries, isObject, list, type Resource, type TerraformModule } from './module.ts'
import { providerOf, schemaOf } from './provider-schema.ts'

/** Names that exist without a declaration. */
const BUILT_IN = new Set(['each', 'count', 'path', 'self', 'terraform'])

/** What a child module gives. */
export type ModuleOutputs = (name: string) => ReadonlySet<string> | null

/** Names that mean nothing, declarations that nothing uses. */
export async function referenceProblems(module: TerraformModule, outputsOf: ModuleOutputs): Promise<string[]> {
  const used = new Set<string>()
  const problems: string[] = []
  const known = new Map(module.resources.map((one) => [address(one), one]))
  for (const { where, body } of parts(module)) {
    const local = where.startsWith('check ') ? dataOfChecks(module).map((one) => [address(one), one] as const) : []
    const here = local.length === 0 ? known : new Map([...known, ...local])
    const iterators = iteratorsOf(body)
    for (const { path, expression } of expressionsIn(body)) {
      if (/(^|\.)lifecycle\.(ignore_changes|replace_triggered_by)$/.test(path)) continue
      for (const name of await namesIn(expression)) {
        const problem = nameProblem(name, module, here, iterators, outputsOf, used)
        if (problem !== null) problems.push(`${where}${path === '' ? '' : `.${path}`}: ${problem}`)
      }
    }
  }
  for (const name of module.variables.keys())
    if (!used.has(`var.${name}`)) problems.push(`variable ${name} is declared and not used`)
  for (const name of module.locals.keys())
    if (!used.has(`local.${name}`)) problems.push(`local ${name} is declared and not used`)
  for (const one of module.resources) {
    if (one.mode === 'data' && !used.has(address(one)))
      problems.push(`${one.file}: ${address(one)} is read and not used`)
  }
  return problems
}

export function address({ mode, type, name }: Resource): string {
  return `${mode === 'data' ? 'data.' : ''}${type}.${name}`
}

function nameProblem(
  { segments, loops }: Name,
  module: TerraformModule,
  known: ReadonlyMap<string, Resource>,
  iterators: ReadonlySet<string>,
  outputsOf: ModuleOutputs,
  used: Set<string>,
): string | null {
  const [root = '', ...rest] = segments
  const written = segments.join('.').replaceAll('.[', '[')
  if (BUILT_IN.has(root) || loops.includes(root) || iterators.has(root)) return null
  if (root === 'var' || root === 'local') {
    const declared = root === 'var' ? module.variables : module.locals
    used.add(`${root}.${rest[0]}`)
    return declared.has(rest[0] ?? '') ? null : `${written} is not declared`
  }
  if (root === 'module') {
    const outputs = module.modules.has(rest[0] ?? '') ? outputsOf(rest[0] ?? '') : null
    if (outputs === null) return `${written}: no such module`
    const output = rest.slice(1).find((segment) => !segment.startsWith('['))
    return output === undefined || outputs.has(output) ? null : `${written}: the module has no such output`
  }
  const isData = root === 'data'
  const [type = '', name = '', ...path] = isData ? rest : segments
  if (providerOf(type) === null && type !== 'terraform_data') return `${written} means nothing here`
  const target = `${isData ? 'data.' : ''}${type}.${name}`
  used.add(target)
  const resource = known.get(target)
  if (resource === undefined) return `${written}: ${target} does not exist`
  const attribute = path.find((segment) => !segment.startsWith('['))
  const schema = schemaOf(resource.mode, type)
  if (attribute === undefined || schema === null) return null
  return schema.readable.has(attribute) || schema.arguments.has(attribute)
    ? null
    : `${written}: ${type} has no attribute ${attribute}`
}

function parts(module: TerraformModule): { readonly where: string; readonly body: Json }[] {
  const { resources, locals, outputs, variables, modules, providers, checks } = module
  const of = (kind: string, group: ReadonlyMap<string, Json>) =>
    [...group].map(([name, body]) => ({ where: `${kind} ${name}`, body }))
  const validations = new Map([...variables].map(([name, body]) => [name, body['validation'] ?? null]))
  return [
    ...resources.map((one) => ({ where: `${one.file}: ${address(one)}`, body: one.body })),
    ...of('local', locals),
    ...of('output', outputs),
    ...of('module', modules),
    ...of('provider', providers),
    ...of('check', checks),
    ...of('variable', validations),
  ]
}

/** The names that dynamic blocks give, at any depth. */
function iteratorsOf(value: Json): Set<string> {
  const found = new Set<string>()
  const walk = (one: Json) => {
    if (Array.isArray(one)) for (const item of one) walk(item as Json)
    if (!isObject(one)) return
    for (const [block, bodies] of entries(one['dynamic'] ?? null)) {
      for (const body of list(bodies)) {
        const iterator = (body as JsonObject)['iterator']
        found.add(typeof iterator === 'string' ? iterator.replace(/^\$\{(.*)\}$/, '$1') : block)
      }
    }
    for (const item of Object.values(one)) walk(item)
  }
  walk(value)
  return found
}
