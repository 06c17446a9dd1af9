import type { Contract } from '#core/contract.ts'

/** Properties that one compiled function checks: each of them nests the code of those behind it, and thousands would overflow the stack. */
const GROUP = 200

/**
 * The same schema with its properties checked in groups, each a function of its own: what it takes and refuses is the same, also where
 * `additionalProperties` or `unevaluatedProperties` ask which there are. Schemas of few properties stay as they are.
 */
export function inPropertyGroups(schema: Contract['schema']): Contract['schema'] {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, unknown>>)
  if (properties.length <= GROUP) return schema
  const groups = Array.from({ length: Math.ceil(properties.length / GROUP) }, (_, g) => ({
    name: `credence:properties-from-${g * GROUP}`,
    schema: { properties: Object.fromEntries(properties.slice(g * GROUP, (g + 1) * GROUP)) },
  }))
  return {
    ...schema,
    properties: Object.fromEntries(properties.map(([name]) => [name, true])),
    allOf: [...listOf(schema['allOf']), ...groups.map(({ name }) => ({ $ref: `#/$defs/${name}` }))],
    $defs: {
      ...(schema['$defs'] as object | undefined),
      ...Object.fromEntries(groups.map((of) => [of.name, of.schema])),
    },
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
