import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyAudit } from '#runtime/audit/verify.ts'
import { sha256Hex } from '#core/hash.ts'
import { folderPath, isPool, memoryContext, memoryIn, windowContext, windowIn } from '#core/layout.ts'
import { loadConfig } from '#app/config/load.ts'
import { exportJsonl } from '#services/encrypt/export/jsonl.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { decodeMemory } from '#services/scan/memory/memory.ts'
import { openSigningSystem } from '#app/system.ts'

/** All that must be the same whatever happened on the way. */
export interface Outcome {
  readonly exports: Readonly<Record<string, string>>
  readonly totals: Readonly<Record<string, unknown>>
  readonly standings: readonly string[]
  readonly deadLetters: readonly string[]
  readonly auditProblems: number
  /** Records that policy recalled, because the memory had found them. */
  readonly byPolicy: number
  /** What the windows of each dataset taught, at every place where it was kept, and what they gave to its pool. */
  readonly memories: readonly string[]
  /** The floods of each memory that people called poison. */
  readonly poison: readonly string[]
  /** What judging the windows anew has left. */
  readonly rescans: readonly string[]
  /** Objects that no manifest and no row names any more. */
  readonly leftovers: readonly string[]
}

export async function outcomeOf(configPath: string): Promise<Outcome> {
  const config = await loadConfig(configPath, {})
  await using system = await openSigningSystem(config, { command: 'crash test' })
  const { catalog, chain, vault, store } = system
  const exports: Record<string, string> = {}
  const named = new Set<string>()
  for (const dataset of Object.keys(config.datasets)) {
    const hash = createHash('sha256')
    for await (const bytes of exportJsonl(exportAdmitted(dataset, { vault, links: chain.links(dataset) }), {
      whole: true,
    }))
      hash.update(bytes)
    exports[dataset] = hash.digest('hex')
    for await (const { statement } of chain.links(dataset)) for (const { name } of statement.subject) named.add(name)
  }
  const leftovers: string[] = []
  for (const zone of ['staging', 'clean', 'quarantine', 'deadletter', 'scores'])
    for await (const path of store.list(`${zone}/`))
      if (!named.has(path) && !isMemory(path) && !isPool(path)) leftovers.push(path)
  const memories: string[] = []
  const poison: string[] = []
  for (const dataset of Object.keys(config.datasets))
    for await (const path of store.list(folderPath('scores', dataset)))
      if (isMemory(path)) {
        const through = Number(path.slice(-8))
        const bytes = await vault.open(path, memoryContext(dataset, through))
        memories.push(`${path} ${sha256Hex(bytes)}`)
        for (const { id, rejected = 0 } of decodeMemory(bytes).campaigns ?? [])
          if (rejected > 0) poison.push(`${dataset} ${through} ${id}`)
      }
  for await (const path of store.list(folderPath('staging'))) {
    if (!isPool(path)) continue
    const row = await catalog.windows.get(windowIn(path))
    if (row === null) leftovers.push(path)
    else memories.push(`${path} ${sha256Hex(await vault.open(path, windowContext(row, 'jsonl+zstd')))}`)
  }
  const audit = await verifyAudit(catalog.audit.entries(), { head: await catalog.audit.head() })
  return {
    exports,
    totals: Object.fromEntries(await catalog.windows.totals()),
    standings: (await catalog.flagged.list({}))
      .map(({ dataset, record, standing }) => `${dataset} ${record} ${standing}`)
      .sort(),
    deadLetters: (await catalog.deadLetters.list({})).map(({ id, reason }) => `${id} ${reason}`).sort(),
    auditProblems: audit.problems.length,
    byPolicy: (await catalog.reviews.list({})).reduce(
      (sum, { actor, records }) => sum + (actor === 'policy' ? records.length : 0),
      0,
    ),
    memories: memories.sort(),
    poison: poison.sort(),
    rescans: await Promise.all(
      Object.keys(config.datasets).map((name) => readFile(join(config.data, 'rescans', `${name}.jsonl`), 'utf8')),
    ),
    leftovers,
  }
}

function isMemory(path: string): boolean {
  return memoryIn(path) !== null
}
