import { sha256Hex } from '#core/hash.ts'
import { folderPath, isPool, memoryContext, memoryIn, windowContext, windowIn, zoneIn } from '#core/layout.ts'
import type { Subject } from '#core/manifest.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import type { SigningSystem } from '#app/system.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { decodeMemory } from '#services/scan/memory/memory.ts'

/** All of a dataset that is the same whoever processed it, when, and how often they died; ciphertexts and the order of commits are not. */
export interface DatasetOutcome {
  /** What the chain says of each window, in the windows' order, with the digest of what each of its objects holds. */
  readonly windows: readonly unknown[]
  /** The digest of each memory, and of what each window gave to the pool. */
  readonly state: readonly string[]
  /** What the last memory knows. */
  readonly campaigns: readonly string[]
  /** Ids that links of the chain recall. */
  readonly recalled: readonly string[]
  readonly standings: readonly string[]
  /** Of the admitted records, in their order. */
  readonly exported: string
}

/** Opens everything that a dataset has come to, and verifies it on the way. */
export async function outcomeOfDataset(system: SigningSystem, dataset: string): Promise<DatasetOutcome> {
  const { catalog, chain, vault } = system
  const rows = new Map((await catalog.windows.list({ dataset })).map((row) => [row.id, row]))
  const windows: { readonly ordinal: number; readonly says: unknown }[] = []
  const recalled = new Set<string>()
  for await (const { statement } of chain.links(dataset)) {
    const { ordinal: _place, previous: _link, ...says } = statement.predicate
    for (const id of says.recalled ?? []) recalled.add(id)
    const row = rows.get(says.window ?? '')
    if (says.kind !== 'window' || row === undefined) continue
    const objects = await Promise.all(statement.subject.map((subject) => contentOf(system, row, subject)))
    windows.push({ ordinal: row.ordinal, says: { ordinal: row.ordinal, ...says, objects: objects.sort() } })
  }
  const admitted: string[] = []
  for await (const record of exportAdmitted(dataset, { vault, links: chain.links(dataset) }))
    admitted.push(JSON.stringify(record))
  return {
    windows: windows.toSorted((a, b) => a.ordinal - b.ordinal).map(({ says }) => says),
    ...(await stateOf(system, dataset, rows)),
    recalled: [...recalled].sort(),
    standings: (await catalog.flagged.list({ dataset }))
      .map(({ record, standing, risk }) => `${record} ${standing} ${risk}`)
      .sort(),
    exported: sha256Hex(admitted.join('\n')),
  }
}

async function contentOf({ vault }: SigningSystem, row: WindowRow, { name, digest }: Subject): Promise<string> {
  const context = windowContext(row, zoneIn(name) === 'scores' ? 'json+zstd' : 'jsonl+zstd')
  return `${name} ${sha256Hex(await vault.open(name, context, digest.sha256))}`
}

async function stateOf({ store, vault }: SigningSystem, dataset: string, rows: ReadonlyMap<string, WindowRow>) {
  const state: string[] = []
  let campaigns: readonly string[] = []
  for await (const path of store.list(folderPath('scores', dataset))) {
    const kept = memoryIn(path)
    if (kept === null) continue
    const bytes = await vault.open(path, memoryContext(dataset, kept.through, kept.era))
    state.push(`${path} ${sha256Hex(bytes)}`)
    // listed in the order of their names, which is that of their windows
    campaigns = (decodeMemory(bytes).campaigns ?? []).map(({ id, summary }) => `${id}: ${summary}`)
  }
  for await (const path of store.list(folderPath('staging', dataset))) {
    const row = isPool(path) ? rows.get(windowIn(path)) : undefined
    if (row !== undefined) state.push(`${path} ${sha256Hex(await vault.open(path, windowContext(row, 'jsonl+zstd')))}`)
  }
  return { state: state.sort(), campaigns }
}
