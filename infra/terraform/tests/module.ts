import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseHcl, type Json, type JsonObject } from './hcl.ts'

/** A resource, or what is read of one that is not the module's. */
export interface Resource {
  readonly mode: 'resource' | 'data'
  readonly type: string
  readonly name: string
  readonly body: JsonObject
  readonly file: string
}

/** The root folder's `.tf` files, put together as Terraform does. */
export interface TerraformModule {
  readonly folder: string
  readonly resources: readonly Resource[]
  readonly variables: ReadonlyMap<string, JsonObject>
  readonly locals: ReadonlyMap<string, Json>
  readonly outputs: ReadonlyMap<string, JsonObject>
  readonly modules: ReadonlyMap<string, JsonObject>
  readonly moved: readonly JsonObject[]
  readonly checks: ReadonlyMap<string, JsonObject>
  readonly terraform: JsonObject
  /** Configurations of providers, by the provider's name. */
  readonly providers: ReadonlyMap<string, JsonObject>
  /** The whole file, parsed. */
  readonly files: ReadonlyMap<string, JsonObject>
}

/** How an altered text stands for a file's own. */
export type Alter = (file: string, text: string) => string

/** Throws with the parser's own words where a file is not HCL. */
export async function readModule(folder: string, alter: Alter = (_, text) => text): Promise<TerraformModule> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.tf'))
    .sort()
  if (names.length === 0) throw new Error(`${folder} holds no .tf file`)
  const files = new Map<string, JsonObject>()
  for (const name of names) {
    const text = alter(name, readFileSync(join(folder, name), 'utf8'))
    files.set(name, await parseHcl(join(folder, name), text))
  }
  const all = (kind: string) => [...files.values()].map((file) => file[kind]).filter((found) => found !== undefined)
  const named = (kind: string) =>
    new Map(all(kind).flatMap((group) => entries(group).map(([name, bodies]) => [name, first(bodies)] as const)))
  return {
    folder,
    resources: [...files].flatMap(([file, json]) =>
      (['resource', 'data'] as const).flatMap((mode) => resourcesOf(mode, json[mode], file)),
    ),
    variables: named('variable'),
    outputs: named('output'),
    modules: named('module'),
    checks: named('check'),
    providers: named('provider'),
    locals: new Map(all('locals').flatMap((blocks) => list(blocks).flatMap(entries))),
    moved: all('moved').flatMap((blocks) => list(blocks) as JsonObject[]),
    terraform: Object.assign({}, ...all('terraform').flatMap(list)) as JsonObject,
    files,
  }
}

function resourcesOf(mode: Resource['mode'], json: Json | undefined, file: string): Resource[] {
  return entries(json ?? {}).flatMap(([type, group]) =>
    entries(group).map(([name, bodies]) => ({ mode, type, name, body: first(bodies), file })),
  )
}

export function entries(value: Json): [string, Json][] {
  return isObject(value) ? Object.entries(value) : []
}

/** A block's bodies, or the items of a value that may be one alone. */
export function list(value: Json | undefined): readonly Json[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value]
}

export function first(bodies: Json): JsonObject {
  return (list(bodies)[0] ?? {}) as JsonObject
}

/** Text as it is, and anything else as JSON. */
export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
