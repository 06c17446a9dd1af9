import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { STATEMENT } from '../../permissions/statement.ts'
import type { Cloud, Entry } from '../../permissions/entry.ts'
import { TERRAFORM } from './check.ts'

/** Names that stand for several things: the module goes through them itself. */
const MANY = new Set(['dataset', 'stream'])

/**
 * The statement of permissions in the form that a module reads with `templatefile`: what an installation calls its parts is
 * filled in there. Entries that differ in their resources alone are put together.
 */
export function permissionsTemplate(cloud: Cloud): string {
  const groups = Map.groupBy(
    STATEMENT.filter((entry) => entry.cloud === cloud),
    ({ principal, option, action, condition }) => JSON.stringify([principal, option, action, condition]),
  )
  const byAction = [...groups.values()].map((group) => ({
    entry: group[0] as Entry,
    resources: [...new Set(group.map(({ resource }) => resource))],
  }))
  const sameReach = Map.groupBy(byAction, ({ entry: { principal, product, option, condition }, resources }) =>
    JSON.stringify([principal, product, option, condition, resources]),
  )
  const rows = [...sameReach.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { principal, product, option, condition } = first.entry
    return JSON.stringify({
      principal,
      product,
      option: option ?? '',
      actions: group.map(({ entry }) => entry.action),
      resources: first.resources,
      conditions: Object.entries(condition ?? {}).flatMap(([test, keys]) =>
        Object.entries(keys).map(([variable, value]) => ({ test, variable, values: [value] })),
      ),
    })
  })
  const text = `[\n  ${rows.join(',\n  ')}\n]\n`
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (MANY.has(name) ? whole : `$${whole}`))
}

export function permissionsPath(cloud: Cloud): string {
  return join(TERRAFORM, 'modules', cloud, 'permissions.json.tftpl')
}

/** Whether the module's copy is the statement as it stands. */
export function permissionsAreCurrent(cloud: Cloud): boolean {
  return readFileSync(permissionsPath(cloud), 'utf8') === permissionsTemplate(cloud)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const cloud of process.argv.slice(2) as Cloud[])
    writeFileSync(permissionsPath(cloud), permissionsTemplate(cloud))
}
