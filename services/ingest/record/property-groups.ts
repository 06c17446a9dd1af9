import type { Contract } from '#core/contract.ts'

/**
 * The most properties that one compiled function checks: each property's code is nested in the one before, and thousands would
 * overflow the stack.
 */
const GROUP = 200

/**
 * An equivalent schema whose properties are checked in groups, each by its own function, also with `additionalProperties` and
 * `unevaluatedProperties`. Schemas with few properties stay as they are.
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
