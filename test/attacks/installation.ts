import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { signAuditLog, verifyAuditLog } from '#app/operations/audit.ts'
import { runEmbedded } from '#app/embedded.ts'
import type { Failure } from '#app/failures.ts'
import { assemble, assembleSigning, type SigningSystem } from '#app/system.ts'
import { isAppError } from '#core/errors.ts'
import { decodeRecords } from '#core/record-codec.ts'
import type { Fields } from '#core/value.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import { createCatalog } from '#runtime/catalog/create-catalog.ts'
import { migrate } from '#runtime/catalog/migrations.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import type { Sql } from '#runtime/catalog/sql.ts'
import { loadConfig } from '#app/config/load.ts'
import { loadContract } from '#runtime/config/load-contract.ts'
import { createEvents } from '#runtime/process/events.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { createLocalKeyring, type LocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import type { Store } from '#services/encrypt/store.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'

export const DATASET = 'notes'

/** An embedded installation, and what an adversary may get hold of. */
export interface Installation {
  readonly store: Store
  /** The adversary at the catalog, past the product. */
  readonly sql: Sql
  readonly keyring: LocalKeyring
  /** What a process that starts now has: nothing but the store, the catalog and the keys. */
  start(options?: StartOptions): Promise<SigningSystem>
  /** Puts a file into the source: one record a text; those that begin with `poison` are held. */
  deliver(name: string, texts: readonly string[]): Promise<void>
  /** One life of the pipeline; resolves to the reasons of what failed. */
  run(options?: StartOptions): Promise<readonly string[]>
  /** The texts that training would read, sorted. */
  exported(): Promise<readonly string[]>
  copyStore(prefix?: string): Promise<PutBack>
  copyCatalog(): Promise<PutBack>
}

/** Puts back what was copied, in place of what is there now. */
export type PutBack = () => Promise<void>

export interface StartOptions {
  /** Records of a window. */
  readonly window?: number
}

/** Installations for the tests of a file: each starts from nothing, over one database. */
export function useInstallation(): Installation {
  let folder = ''
  const it = {} as { -readonly [K in keyof Installation]: Installation[K] }
  beforeAll(async () => {
    it.sql = await openPglite()
  })
  afterAll(() => it.sql.close())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credence-attack-'))
    await mkdir(join(folder, DATASET))
    await writeFile(join(folder, 'contract.yaml'), CONTRACT)
    await it.sql.transaction((tx) => tx.script('drop schema public cascade; create schema public'))
    await migrate(it.sql)
    it.store = createMemoryStore()
    it.keyring = await createLocalKeyring(join(folder, 'keyring.json'), { keyFile: true })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  return Object.assign(it, {
    async start({ window = 10 }: StartOptions = {}) {
      await writeFile(join(folder, 'credence.yaml'), configuration(window))
      const config = await loadConfig(join(folder, 'credence.yaml'), {})
      const contracts = new Map([[DATASET, await loadContract(join(folder, 'contract.yaml'))]])
      const catalog = createCatalog(it.sql, { actor: 'ann' })
      const parts = { config, contracts, actor: 'ann', catalog, store: it.store, events: createEvents() }
      const system = await assembleSigning(assemble({ ...parts, keyrings: [it.keyring] }))
      return Object.assign(system, { [Symbol.asyncDispose]: () => Promise.resolve() })
    },
    async deliver(name: string, lines: readonly string[]) {
      const rows = lines.map((text) => JSON.stringify({ text, label: 0 }))
      await writeFile(join(folder, DATASET, `${name}.jsonl`), `${rows.join('\n')}\n`)
    },
    run: async (options?: StartOptions) =>
      (await runEmbedded(await it.start(options), { score: scoreByText })).map(reasonOf),
    exported: async () => textsOf(await it.start()),
    async copyStore(prefix = '') {
      const { store } = it
      const held: [string, Uint8Array][] = []
      for (const path of await collect(store.list(prefix))) held.push([path, (await store.read(path)).bytes])
      return async () => {
        for (const path of await collect(store.list(prefix))) await store.delete(path)
        for (const [path, bytes] of held) await store.create(path, bytes)
      }
    },
    async copyCatalog() {
      const rows = await it.sql.query<{ name: string }>(
        `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
      )
      const tables = rows.map(({ name }) => name)
      const all = (say: (name: string) => string) => it.sql.transaction((tx) => tx.script(tables.map(say).join(';')))
      await it.sql.transaction((tx) => tx.script('drop schema if exists copy cascade; create schema copy'))
      await all((name) => `create table copy.${name} as select * from public.${name}`)
      return () =>
        it.sql.transaction(async (tx) => {
          await tx.script(`set local session_replication_role = replica; truncate ${tables.join(', ')} cascade`)
          for (const name of tables)
            await tx.script(`insert into public.${name} overriding system value select * from copy.${name}`)
        })
    },
  })
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export async function textsOf({ vault, chain }: Pick<SigningSystem, 'vault' | 'chain'>): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const { fields } of exportAdmitted(DATASET, { vault, links: chain.links(DATASET) })) {
    texts.push(textOf(fields))
  }
  return texts.sort()
}

/** Signs the log as every command does in the end, and resolves to what `audit verify` finds. */
export async function auditProblems(it: Pick<Installation, 'start'>): Promise<readonly string[]> {
  const system = await it.start()
  await signAuditLog(system)
  return (await verifyAuditLog(system)).problems.map(({ kind }) => kind)
}

/** `good 1`, `good 2`, …; with `poison`, so many of them begin with that word. */
export function texts(from: number, count: number, poison = 0): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${i < poison ? 'poison' : 'good'} ${from + i}`)
}

export function reasonOf(failure: Failure | { readonly error: unknown }): string {
  const { error } = failure
  return isAppError(error) ? (error.reason ?? error.code) : String(error)
}

/** What the promise was rejected with. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return reasonOf({ error })
  }
  throw new Error('it was not refused')
}

export async function scoreByText({ window, plaintext, policy, seed }: ScoreTask): Promise<ScoredWindow> {
  const scored = decodeRecords(plaintext).map(({ id, fields }, index) => {
    const isHeld = textOf(fields).startsWith('poison')
    const decision = isHeld ? ('quarantine' as const) : ('admit' as const)
    return { id, index, risk: isHeld ? 0.9 : 0.1, decision, issues: [] }
  })
  const held = scored.filter(({ decision }) => decision === 'quarantine')
  const none = { families: [], campaign: null, contributor: null, label: null }
  return {
    sidecar: encodeSidecar({
      version: 1,
      window,
      policy,
      seed,
      detectors: [],
      notes: [],
      certified: false,
      campaigns: [],
      records: scored,
      map: new Float32Array(2 * scored.length),
    }),
    counts: { admitted: scored.length - held.length, quarantined: held.length, rejected: 0 },
    flagged: held.map(({ id, index, risk }) => ({ record: id, index, risk, decision: 'quarantine', ...none })),
    campaigns: [],
    detectors: [],
  }
}

function textOf({ text }: Fields): string {
  return typeof text === 'string' ? text : ''
}

function configuration(records: number): string {
  return `version: 1
data: ./data
workers: 1
datasets:
  ${DATASET}: { source: ./${DATASET}, contract: ./contract.yaml, window: { records: ${records} } }
`
}

const CONTRACT = `version: 1
features: { kind: text, field: text }
label: label
schema:
  type: object
  required: [text, label]
  properties: { text: { type: string }, label: { type: integer } }
`
