import { awsEntries } from './aws.ts'
import { azureEntries } from './azure.ts'
import type { Entry } from './entry.ts'
import { gcpEntries } from './gcp.ts'

/** Every permission that any part of the pipeline needs, and nothing else: what is deployed and what is documented follow. */
export const STATEMENT: readonly Entry[] = merged([...awsEntries(), ...azureEntries(), ...gcpEntries()])

/** One entry for each permission: where it is always needed, no option needs it any more; reasons are put together. */
function merged(entries: readonly Entry[]): Entry[] {
  const same = Map.groupBy(entries, ({ principal, cloud, action, resource, condition, lists }) =>
    JSON.stringify([principal, cloud, action, resource, condition, lists]),
  )
  return [...same.values()].flatMap((group) => {
    const always = group.filter(({ option }) => option === undefined)
    const kept = always.length > 0 ? [always] : [...Map.groupBy(group, ({ option }) => option).values()]
    return kept.flatMap(([first, ...more]) => {
      if (first === undefined) return []
      const reasons = new Set([first, ...more].map(({ why }) => why))
      return { ...first, why: [...reasons].join(' ') }
    })
  })
}
