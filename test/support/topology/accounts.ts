import { verifyAudit } from '#runtime/audit/verify.ts'
import { isPool } from '#core/layout.ts'
import { loadConfig } from '#app/config/load.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { readWindow } from '#app/read-window.ts'
import { openSigningSystem } from '#app/system.ts'

/** Where every record of a dataset ended up, as the objects and the signed chain have it. */
export interface Account {
  /** How often each record id is among the committed windows' records: once. */
  readonly seen: ReadonlyMap<string, number>
  /** What training would read. */
  readonly admitted: ReadonlyMap<string, number>
  readonly held: number
  /** By reason. */
  readonly deadLetters: Readonly<Record<string, number>>
  readonly pending: number
}

export interface Accounts {
  readonly datasets: Readonly<Record<string, Account>>
  readonly auditProblems: number
  /** Staging objects of committed windows that nobody removed. */
  readonly staging: number
}

/** Opens every committed window and verifies everything on the way. */
export async function takeAccounts(configPath: string, env: Readonly<Record<string, string>>): Promise<Accounts> {
  Object.assign(process.env, env)
  const config = await loadConfig(configPath, process.env)
  await using system = await openSigningSystem(config, { command: 'accounts' })
  const { catalog, chain, vault, store } = system
  const totals = await catalog.windows.totals()
  const datasets: Record<string, Account> = {}
  for (const dataset of Object.keys(config.datasets)) {
    const seen = new Map<string, number>()
    for (const row of await catalog.windows.list({ dataset, state: 'committed' })) {
      if (row.records === 0) continue
      for (const { id } of (await readWindow(system, row)).records) seen.set(id, (seen.get(id) ?? 0) + 1)
    }
    const admitted = new Map<string, number>()
    for await (const { id } of exportAdmitted(dataset, { vault, links: chain.links(dataset) }))
      admitted.set(id, (admitted.get(id) ?? 0) + 1)
    const dead = await catalog.deadLetters.countByReason(dataset)
    const { quarantined = 0, rejected = 0, pending = 0 } = totals.get(dataset) ?? {}
    datasets[dataset] = {
      seen,
      admitted,
      held: quarantined + rejected,
      deadLetters: Object.fromEntries(dead.map(({ reason, count }) => [reason, count])),
      pending,
    }
  }
  let staging = 0
  for await (const path of store.list('staging/')) {
    if (isPool(path)) continue
    const [window = ''] = (path.split('/')[2] ?? '').split('.')
    if ((await catalog.windows.get(window))?.state === 'committed') staging++
  }
  const audit = await verifyAudit(catalog.audit.entries(), { head: await catalog.audit.head() })
  return { datasets, auditProblems: audit.problems.length, staging }
}

/** How many records of a dataset are committed, without opening anything; null while the catalog is away. */
export async function committedCounts(
  configPath: string,
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, number>> {
  Object.assign(process.env, env)
  const config = await loadConfig(configPath, process.env)
  await using system = await openSigningSystem(config, { command: 'accounts' })
  const totals = await system.catalog.windows.totals()
  return new Map(
    [...totals].map(([name, { admitted, quarantined, rejected }]) => [name, admitted + quarantined + rejected]),
  )
}
