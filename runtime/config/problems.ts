import type { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { suggest } from './suggest.ts'
import type { Path, Problem, YamlFile } from './yaml-file.ts'

type Issue = z.core.$ZodIssue
type JsonSchema = { readonly [key: string]: unknown }

/**
 * All problems of the text and its contents, in words, each with its line and column. Values are never quoted, because they may
 * be secrets.
 */
export function problemsOf(file: YamlFile, issues: readonly Issue[], schema: JsonSchema): Problem[] {
  if (!file.isYaml) return [...file.problems]
  const told = new Set(file.problems.map((problem) => problem.path))
  const more = issues.flatMap((issue) => flatten(issue, [])).flatMap((issue) => describe(file, issue, schema))
  return [...file.problems, ...more.filter((problem) => !told.has(problem.path))]
}

type FlatIssue = Issue & { readonly fullPath: Path }

/** Replaces a failed union by the problems of the alternative that fits best, which say more than "none fits". */
export function flatten(issue: Issue, base: Path): FlatIssue[] {
  const fullPath = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
  if (issue.code === 'invalid_key') return [{ ...issue, fullPath, message: issue.issues[0]?.message ?? issue.message }]
  if (issue.code === 'invalid_union' && issue.errors.length === 0 && 'options' in issue) {
    // No alternative has this value as its discriminator.
    return [{ code: 'invalid_value', values: issue.options, path: issue.path, message: '', fullPath }]
  }
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, fullPath }]
  const branches = issue.errors.map((branch) => branch.flatMap((inner) => flatten(inner, fullPath)))
  const near = branches.filter((branch) => !branch.some((inner) => isWrongType(inner, fullPath)))
  const best = near.sort((a, b) => misses(a, fullPath) - misses(b, fullPath))[0]
  if (best !== undefined) return best
  if (issue.message !== NO_ALTERNATIVE) return [{ ...issue, fullPath }]
  const expected = branches.flatMap((branch) =>
    branch.flatMap((inner) => (isWrongType(inner, fullPath) ? inner.expected : [])),
  )
  return [{ ...issue, fullPath, message: `expected ${[...new Set(expected)].map(typeName).join(' or ')}` }]
}

/** What zod says of a union that has no message of its own. */
const NO_ALTERNATIVE = 'Invalid input'

function isWrongType(issue: FlatIssue, path: Path): issue is FlatIssue & { code: 'invalid_type' } {
  return issue.code === 'invalid_type' && issue.fullPath.length === path.length
}

/**
 * How badly an alternative fits. An unknown key counts more than a missing or wrong value, and a problem at its own level more
 * than one further in, where its keys were recognised already.
 */
function misses(branch: readonly FlatIssue[], path: Path): number {
  return branch.reduce((sum, issue) => {
    const isUnknown = issue.code === 'unrecognized_keys'
    const depth = issue.fullPath.length - path.length + (isUnknown ? 1 : 0)
    return sum + (isUnknown ? 2 * issue.keys.length : 1) * (depth <= 1 ? 100 : 1)
  }, 0)
}

function describe(file: YamlFile, issue: FlatIssue, schema: JsonSchema): Problem[] {
  const path = issue.fullPath
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map((key) => {
      const others = Object.keys(valueAt(file.value, path) ?? {}).filter(
        (other) => other !== key && known.includes(other),
      )
      if (known.includes(key) && others.length > 0)
        // the key belongs to another alternative than the rest of the map
        return file.problem([...path, key], `not together with ${others.join(', ')}: keep one of them`, 'key')
      const meant = suggest(
        key,
        known.filter((name) => name !== key),
      )
      const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`
      return file.problem([...path, key], `unknown key; ${hint}`, 'key')
    })
  }
  if (issue.code === 'invalid_type' && valueAt(file.value, path) === undefined) {
    return [file.problem(path, `missing; expected ${typeName(issue.expected)}`)]
  }
  if (issue.code === 'invalid_type')
    return [file.problem(path, withKeys(`expected ${typeName(issue.expected)}`, schema, path))]
  if (issue.code === 'invalid_value') {
    const options = issue.values.map(String)
    const value = valueAt(file.value, path)
    if (value === undefined) return [file.problem(path, `missing; expected ${options.join(', ')}`)]
    const meant = typeof value === 'string' ? suggest(value, options) : undefined
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`
    return [file.problem(path, `expected ${options.length > 1 ? 'one of ' : ''}${options.join(', ')}${hint}`)]
  }
  if (issue.code === 'invalid_key') return [file.problem(path, issue.message, 'key')]
  const message = issue.message.replace(/^(Invalid input: |Too (big|small): )/, '').replace(/^E/, 'e')
  return [file.problem(path, withKeys(message, schema, path))]
}

/** The most keys that a message about a map lists. */
const LISTED_KEYS = 8

/** Adds the keys that a map may have to a message that asks for one, if they are few. */
function withKeys(message: string, schema: JsonSchema, path: Path): string {
  const keys = /\ba map$/.test(message) ? keysAt(schema, path) : []
  return keys.length === 0 || keys.length > LISTED_KEYS ? message : `${message}; known here: ${keys.join(', ')}`
}

function typeName(expected: string): string {
  return { object: 'a map', array: 'a list', record: 'a map', int: 'a whole number' }[expected] ?? `a ${expected}`
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string | number, unknown>)[step] : undefined,
    value,
  )
}

/** The keys that a schema knows at a path, in all alternatives. */
function keysAt(schema: JsonSchema, path: Path): string[] {
  let nodes = alternatives(schema)
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const properties = (node['properties'] ?? {}) as Record<string, JsonSchema>
      const next = typeof step === 'number' ? node['items'] : (properties[step] ?? node['additionalProperties'])
      return typeof next === 'object' && next !== null ? alternatives(next as JsonSchema) : []
    })
  }
  const keysOf = (node: JsonSchema) => [
    ...Object.keys(node['properties'] ?? {}),
    ...((node['propertyNames'] as { enum?: readonly string[] } | undefined)?.enum ?? []),
  ]
  return [...new Set(nodes.flatMap(keysOf))]
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const inner = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined
  return inner === undefined ? [schema] : inner.flatMap(alternatives)
}

/** Problems as lines in the form that terminals and editors link to, in the order of the file. */
export function problemLines(path: string, problems: readonly Problem[]): string[] {
  return [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(
      (problem) =>
        `  ${path}:${problem.line}:${problem.column} ${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`,
    )
}

/** One error that lists all problems, in the order of the file. */
export function refuse(path: string, problems: readonly Problem[]): AppError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return new AppError('invalid', `${path} has ${count}:\n${problemLines(path, problems).join('\n')}`, {
    reason: 'configuration',
  })
}
