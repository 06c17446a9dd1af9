import { createHash } from 'node:crypto'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { contractSchema, featureFields, type Contract } from '#core/contract.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { readText } from './read-text.ts'
import { problemsOf, refuse, valueAt } from './problems.ts'
import { suggest } from './suggest.ts'
import { readYaml, type Path, type Problem, type YamlFile } from './yaml-file.ts'

export interface LoadedContract {
  readonly contract: Contract
  /** SHA-256, hex, over the canonical JSON of the contract with its defaults, so comments and layout do not matter. */
  readonly sha256: string
}

/** Reads a contract, YAML or JSON. Throws `invalid`, which lists every problem with its line and column. */
export async function loadContract(path: string): Promise<LoadedContract> {
  return parseContract(await readText(path, 'a contract'), path)
}

export function parseContract(text: string, path: string): LoadedContract {
  const { loaded, problems } = examineContract(text)
  if (loaded === null) throw refuse(path, problems)
  return loaded
}

/** All problems of a contract, and its contents if there are none. */
export function examineContract(text: string): {
  readonly file: YamlFile
  readonly problems: readonly Problem[]
  readonly loaded: LoadedContract | null
} {
  const file = readYaml(text)
  const parsed = contractSchema.safeParse(file.value)
  const own =
    file.problems.length > 0 || !parsed.success
      ? problemsOf(file, parsed.error?.issues ?? [], z.toJSONSchema(contractSchema, { io: 'input' }))
      : []
  // problems of the schema are listed together with the others, so that one look shows all
  const schema = file.isYaml ? schemaOf(file.value) : undefined
  const inner = schema === undefined ? [] : schemaProblems(file, schema)
  const fields = parsed.success ? fieldProblems(file, parsed.data) : []
  const told = new Set(own.map((problem) => problem.path))
  const problems = [...own, ...[...inner, ...fields].filter((problem) => !told.has(problem.path))]
  if (problems.length > 0 || !parsed.success) return { file, problems, loaded: null }
  return { file, problems, loaded: { contract: parsed.data, sha256: contractDigest(parsed.data) } }
}

function schemaOf(value: unknown): Contract['schema'] | undefined {
  const schema = valueAt(value, ['schema'])
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema)
    ? (schema as Contract['schema'])
    : undefined
}

export function contractDigest(contract: Contract): string {
  return createHash('sha256')
    .update(canonicalJson(contract as unknown as Value))
    .digest('hex')
}

/** Problems by the meta-schema. Whether the schema compiles, with our own keywords, is checked by its user. */
function schemaProblems(file: YamlFile, schema: Contract['schema']): Problem[] {
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false })
  if (ajv.validateSchema(schema) === true) return []
  const byPath = Map.groupBy((ajv.errors ?? []).filter(isTelling), (error) => error.instancePath)
  return [...byPath].flatMap(([pointer, [first]]) =>
    first === undefined ? [] : file.problem(['schema', ...pathOf(pointer)], describe(first)),
  )
}

/** False for errors of the meta-schema's `allOf` and `anyOf`, which only say that something inside failed. */
function isTelling(error: ErrorObject): boolean {
  return !['allOf', 'anyOf', 'if', '$dynamicRef', '$ref'].includes(error.keyword)
}

/** The field that a dotted path begins with, unless a field's name is the whole path. */
function topOf(field: string, known: readonly string[]): string | undefined {
  return known.includes(field) ? field : field.split('.')[0]
}

function describe({ keyword, message, params }: ErrorObject): string {
  if (keyword !== 'enum') return message ?? keyword
  return `must be one of ${(params as { allowedValues: readonly unknown[] }).allowedValues.join(', ')}`
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/**
 * Reports fields that the contract names and the schema lacks; only if the schema forbids other fields, since otherwise it may
 * be no mistake.
 */
function fieldProblems(file: YamlFile, { schema, features, label, contributor, sensitivity, id }: Contract): Problem[] {
  if (schema['additionalProperties'] !== false) return []
  const known = Object.keys(schema['properties'] ?? {})
  const named: (readonly [Path, string | undefined])[] = [
    [['label'], label],
    [['contributor'], contributor],
    [['sensitivity'], sensitivity],
    [['id'], id],
    ...(features.kind === 'table'
      ? features.columns.map(({ name }, index) => [['features', 'columns', index, 'name'], name] as const)
      : features.kind === 'exchange'
        ? featureFields(features).map((field) => [['features', 'fields'], topOf(field, known)] as const)
        : [[['features', 'field'], features.field] as const]),
  ]
  return named.flatMap(([path, field]) => {
    if (field === undefined || known.includes(field)) return []
    const meant = suggest(field, known)
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`
    return [file.problem(path, `the schema has no property of this name and allows no others${hint}`)]
  })
}
