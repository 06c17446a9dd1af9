import { z } from 'zod'
import { problemSchema } from './common.ts'
import { POLICY, ROLES } from './roles.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'

type Json = Readonly<Record<string, unknown>>

/** The console's API as OpenAPI 3.1.1 (OpenAPI Initiative, 2024), made from the routes: same routes, same document. */
export function openApiDocument(): Json {
  const components: Record<string, unknown> = {}
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [operation, route] of Object.entries<Route>(ROUTES)) {
    const path = (paths[route.path] ??= {})
    path[route.method.toLowerCase()] = operationOf(operation, route, components)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Credence console',
      version: '1',
      description: 'Problems are RFC 9457, with the codes and reasons of docs/errors.md. Times are UTC.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ cookie: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'credence', description: 'Changes carry X-CSRF-Token too.' },
        token: { type: 'http', scheme: 'bearer' },
      },
      responses: problemResponses(),
      schemas: { ...components, Problem: schemaOf(problemSchema, 'output', components) },
    },
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  400: 'The request is not what this takes.',
  401: 'Nobody is signed in.',
  403: 'None of your roles permits it, or another site asks.',
  404: 'There is none, or none that you may see.',
  409: 'Somebody else was first, or it cannot be done now.',
  412: 'What was shown has changed since.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  421: 'The host is not the console’s.',
  428: 'If-Match is missing.',
  429: 'Too many requests.',
  500: 'What is stored does not verify, or a defect.',
  503: 'Something that is needed does not answer.',
}

function operationOf(operation: string, route: Route, components: Record<string, unknown>): Json {
  const changes = route.method !== 'GET' && route.changes !== false
  const parameters = [
    ...partOf('path', route.params, components),
    ...partOf('query', route.query, components),
    ...(changes
      ? [header('Idempotency-Key', { type: 'string', pattern: '^[!-~]{8,200}$' }, 'New for each change.')]
      : []),
    ...(route.ifMatch === true
      ? [header('If-Match', { type: 'string', pattern: '^"[A-Za-z0-9_-]{1,100}"$' }, 'The ETag that was shown.')]
      : []),
  ]
  const roles = ROLES.filter((role) => POLICY[role].some((permission) => permission === route.permission))
  const permitted =
    route.permission === 'session' ? 'Whoever is signed in.' : `Takes ${route.permission}: ${roles.join(', ')}.`
  return {
    operationId: operation,
    summary: route.says,
    description: permitted,
    tags: [operation.split('.')[0]],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(route.body, 'input', components) } },
      },
    }),
    responses: { ...success(route, components), ...Object.fromEntries(problemsOf(route, changes).map(problem)) },
  }
}

const BINARY = { type: 'string', format: 'binary' }

function success({ answer, status }: Route, components: Record<string, unknown>): Json {
  if (answer === null) return { 204: { description: 'Done.' } }
  const content =
    answer === 'stream'
      ? { 'text/event-stream': { schema: { type: 'string' } } }
      : answer === 'lines'
        ? { 'application/jsonl': { schema: { type: 'string' } } }
        : answer === 'zip' || answer === 'bytes'
          ? { [answer === 'zip' ? 'application/zip' : 'application/octet-stream']: { schema: BINARY } }
          : { 'application/json': { schema: schemaOf(answer, 'output', components) } }
  return { [status ?? 200]: { description: 'Done.', content } }
}

function problemsOf({ body, params, ifMatch, method }: Route, changes: boolean): string[] {
  const may = {
    400: true,
    401: true,
    403: true,
    404: true,
    409: params !== undefined || changes,
    412: ifMatch === true || body !== undefined,
    413: body !== undefined,
    415: body !== undefined,
    421: true,
    428: ifMatch === true,
    429: true,
    500: true,
    503: true,
  }
  return Object.entries(may).flatMap(([status, is]) => (is || (status === '409' && method !== 'GET') ? [status] : []))
}

function problem(status: string): [string, Json] {
  return [status, { $ref: `#/components/responses/${status}` }]
}

function problemResponses(): Json {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(Object.entries(PROBLEMS).map(([status, description]) => [status, { description, content }]))
}

function header(name: string, schema: Json, description: string): Json {
  return { name, in: 'header', required: true, schema, description }
}

function partOf(where: 'path' | 'query', part: z.ZodObject | undefined, components: Record<string, unknown>): Json[] {
  if (part === undefined) return []
  const { properties = {}, required = [] } = schemaOf(part, 'input', components) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema,
    ...(description !== undefined && { description }),
  }))
}

/** What a schema says, with those that have a name of their own among the components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Record<string, unknown>): Json {
  const {
    $schema: _,
    $defs,
    ...made
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as {
    $schema?: unknown
    $defs?: Record<string, Json>
  }
  for (const [name, { id: __, ...definition }] of Object.entries($defs ?? {})) components[name] = moved(definition)
  const { id: ___, ...own } = made as { id?: unknown }
  return moved(own) as Json
}

function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : moved(inner),
    ]),
  )
}
