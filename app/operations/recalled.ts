import type { WindowRow } from '#runtime/catalog/catalog.ts'
import type { SigningSystem } from '../system.ts'

/** The ids of the records of a window that its scan admitted and that are recalled now. */
export async function recalledOf(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  { id, dataset, counts }: Pick<WindowRow, 'id' | 'dataset' | 'counts'>,
): Promise<ReadonlySet<string>> {
  if (counts.admitted === 0) return new Set()
  const is = (field: 'window' | 'standing', value: string) =>
    ({ field, negated: false, operator: '=', values: [value] }) as const
  const filter = { datasets: [dataset], terms: [is('window', id), is('standing', 'recalled')] }
  const rows = await catalog.console.held.page(filter, { sort: 'place', limit: counts.admitted })
  return new Set(rows.map(({ record }) => record))
}
