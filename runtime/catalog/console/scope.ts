import { json } from '../context.ts'
import type { SqlValue } from '../sql.ts'
import { toText } from '../text.ts'

/** Held records that meet all of these conditions; null means no condition. */
export interface Scope {
  readonly datasets: readonly string[] | null
  readonly contributors: readonly string[] | null
  readonly sensitivities: readonly string[] | null
}

const COLUMNS = { datasets: 'dataset', contributors: 'contributor', sensitivities: 'sensitivity' } as const

/**
 * The SQL condition that a row of `flagged` is in one of the scopes; without scopes, no row is. A record without an attribute is
 * in no scope that requires it.
 */
export function scopeClause(scopes: readonly Scope[], parameter: (value: SqlValue) => string): string {
  const each = scopes.map((scope) => {
    const parts = (['datasets', 'contributors', 'sensitivities'] as const).flatMap((name) => {
      const wanted = scope[name]
      if (wanted === null) return []
      return [
        `flagged.${COLUMNS[name]} in (select jsonb_array_elements_text(${parameter(json(wanted.map(toText)))}::text::jsonb))`,
      ]
    })
    return parts.length === 0 ? 'true' : `(${parts.join(' and ')})`
  })
  return each.length === 0 ? 'false' : `coalesce(${each.join(' or ')}, false)`
}

/** The same for a row in memory. */
export function isInScope(
  scopes: readonly Scope[] | null,
  row: { readonly dataset: string; readonly contributor: string | null; readonly sensitivity: string | null },
): boolean {
  const has = (wanted: readonly string[] | null, value: string | null) =>
    wanted === null || (value !== null && wanted.includes(value))
  return (
    scopes === null ||
    scopes.some(
      ({ datasets, contributors, sensitivities }) =>
        has(datasets, row.dataset) && has(contributors, row.contributor) && has(sensitivities, row.sensitivity),
    )
  )
}
