import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installed } from './hcl.ts'
import { newer } from './newer.ts'
import type { Argument, AttributeKind, Readable, TypeSchema } from './schema-types.ts'

const PROVIDERS = { aws: 'aws', azurerm: 'azurerm', google: 'google' } as const
export type ProviderName = keyof typeof PROVIDERS

interface Source {
  readonly js: string
  readonly folder: string
}

const sources = new Map<string, Source>()
const schemas = new Map<string, TypeSchema>()
const loaded = new Set<string>()

/** The version of the provider that the schemas are of. */
export function schemaVersion(provider: ProviderName): string {
  const readme = readFileSync(join(packageFolder(provider), 'README.md'), 'utf8')
  return /provider version (\d+\.\d+\.\d+)/.exec(readme)?.[1] ?? 'unknown'
}

/** Null where the provider has no such type. */
export function schemaOf(mode: 'resource' | 'data', type: string): TypeSchema | null {
  const provider = providerOf(type)
  if (provider === null) return null
  const key = `${mode}.${type}`
  const known = schemas.get(key)
  if (known !== undefined) return known
  const source = near(provider, mode, type) ?? anywhere(provider, key)
  if (source === undefined) return null
  const { folder } = source
  const js = source.js + structsOf(folder, '.js')
  const types = readFileSync(join(folder, 'index.d.ts'), 'utf8') + structsOf(folder, '.d.ts')
  const config = /export interface (\w+Config) extends cdktf\.TerraformMetaArguments/.exec(types)?.[1]
  const schema = newer(type, {
    arguments: argumentsFrom(js, js.indexOf('synthesizeHclAttributes() {'), types, config ?? ''),
    readable: new Map([
      ['id', 'string'],
      ...readableFrom(js, js.search(/class \w+ extends cdktf\.Terraform(Resource|DataSource)/)),
    ]),
  })
  schemas.set(key, schema)
  return schema
}

/** What is nested in the largest types stands in files of its own. */
function structsOf(folder: string, ending: string): string {
  const structs = join(folder, 'index-structs')
  if (!existsSync(structs)) return ''
  const names = readdirSync(structs).filter((name) => new RegExp(`^structs\\d+\\${ending}$`).test(name))
  return names.map((name) => readFileSync(join(structs, name), 'utf8')).join('\n')
}

export function providerOf(type: string): ProviderName | null {
  const prefix = type.split('_')[0] ?? ''
  return prefix in PROVIDERS ? (prefix as ProviderName) : null
}

function packageFolder(provider: ProviderName): string {
  const found = installed(`@cdktf/provider-${PROVIDERS[provider]}/package.json`)
  if (found === null) throw new Error('run `npm ci` in infra/terraform/tests first')
  return dirname(found)
}

/** Where a type is, as a rule; to look everywhere takes a second. */
function near(provider: ProviderName, mode: 'resource' | 'data', type: string): Source | null {
  const [, ...words] = type.split('_')
  const name = [...(mode === 'data' ? ['data', provider] : []), ...words].join('-')
  const folder = join(packageFolder(provider), 'lib', name)
  const path = join(folder, 'index.js')
  if (!existsSync(path)) return null
  const js = readFileSync(path, 'utf8')
  return js.includes(`.tfResourceType = "${type}"`) ? { js, folder } : null
}

function anywhere(provider: ProviderName, key: string): Source | undefined {
  load(provider)
  return sources.get(key)
}

function load(provider: ProviderName): void {
  if (loaded.has(provider)) return
  loaded.add(provider)
  const root = join(packageFolder(provider), 'lib')
  for (const name of readdirSync(root)) {
    const path = join(root, name, 'index.js')
    if (!existsSync(path)) continue
    const js = readFileSync(path, 'utf8')
    const type = /\.tfResourceType = "([^"]+)"/.exec(js)?.[1]
    const mode = /^data-(aws|azurerm|google)-/.test(name) ? 'data' : 'resource'
    if (type !== undefined) sources.set(`${mode}.${type}`, { js, folder: join(root, name) })
  }
}

/** Reads the table of arguments that begins at or behind `start`, and which of them the interface asks for. */
function argumentsFrom(js: string, start: number, types: string, face: string): Map<string, Argument> {
  const found = new Map<string, Argument>()
  if (start < 0) return found
  const body = js.slice(start, js.indexOf('return Object.fromEntries', start))
  const declared = declaredIn(types, face)
  for (const [, name = '', value = '', block] of body.matchAll(
    /^\s+"?([\w-]+)"?: \{\n\s+value: ([^\n]*),\n\s+isBlock: (true|false),/gm,
  )) {
    const nested = block === 'true' ? nestedFunction(value) : undefined
    const { required = false, list = false } = declared.get(name) ?? {}
    found.set(name, {
      required,
      list,
      block: block === 'true',
      many: /listMapperHcl\(/.test(value),
      ...(nested !== undefined && {
        nested: () => {
          const inner = nested.slice(0, -'ToHclTerraform'.length)
          const face = inner.charAt(0).toUpperCase() + inner.slice(1)
          return argumentsFrom(js, js.indexOf(`function ${nested}(`), types, face)
        },
      }),
    })
  }
  return found
}

function nestedFunction(value: string): string | undefined {
  return [...value.matchAll(/\w+ToHclTerraform/g)]
    .map(([name]) => name)
    .find((name) => !/^(list|string|number|boolean|hash|any)To/.test(name))
}

/** The documentation link of each property names the argument as Terraform does. */
function declaredIn(types: string, face: string): Map<string, { required: boolean; list: boolean }> {
  const start = types.search(new RegExp(`export interface ${face} (extends [\\w.]+ )?\\{`))
  const found = new Map<string, { required: boolean; list: boolean }>()
  if (start < 0) return found
  const body = types.slice(start, types.indexOf('\n}', start))
  for (const [, name = '', optional, type = ''] of body.matchAll(
    /#(\w+)\}(?:(?!\*\/)[^])*\*\/\n\s+readonly \w+(\??): ([^\n]*)/g,
  )) {
    found.set(name, {
      required: optional === '',
      list: /^(string|number|boolean|\(?boolean \| cdktf\.IResolvable\)?)\[\]/.test(type),
    })
  }
  return found
}

/** Reads the getters of the class of a resource, or of what is nested in one. */
function readableFrom(js: string, start: number): Readable {
  const readable = new Map<string, AttributeKind>()
  if (start < 0) return readable
  const end = js.indexOf('\n}\n', start)
  const own = js.slice(start, end < 0 ? undefined : end)
  const KINDS = {
    String: 'string',
    Number: 'number',
    Boolean: 'boolean',
    List: 'list',
    NumberList: 'list',
    StringMap: 'map',
    NumberMap: 'map',
    BooleanMap: 'map',
    AnyMap: 'map',
  } as const
  for (const [, kind = '', name = ''] of own.matchAll(/\.get(\w+)Attribute\('([\w-]+)'\)/g)) {
    readable.set(name, kind in KINDS ? KINDS[kind as keyof typeof KINDS] : 'string')
  }
  for (const [, name = ''] of own.matchAll(/interpolationForAttribute\('([\w-]+)'\)/g)) readable.set(name, 'list')
  for (const [, made = '', name = ''] of own.matchAll(/= new (\w+)\(this, "([\w-]+)"/g)) {
    const face = made.replace(/(OutputReference|List)$/, '')
    readable.set(name, { items: () => readableFrom(js, js.indexOf(`class ${face}OutputReference extends`)) })
  }
  return readable
}
