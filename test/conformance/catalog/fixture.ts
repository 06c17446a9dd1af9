import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { NewAdmitted, NewFlagged, NewReview, StagedWindow, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Lease } from '#runtime/catalog/lease.ts'
import { createCatalog, type WholeCatalog } from '#runtime/catalog/create-catalog.ts'
import { migrate } from '#runtime/catalog/migrations.ts'
import type { Sql } from '#runtime/catalog/sql.ts'

/** A name that neither UTF-8 nor a database's text can hold. */
export const HOSTILE = 'a\u0000b\ud800c\ufdd0'
export const sha = (text: string) => createHash('sha256').update(text).digest('hex')
export const ref = (path: string) => ({ path, sha256: sha(path), size: 10, kid: 'k1' })

/** A catalog over an empty schema, made anew for each test, with a clock that the test moves. */
export interface CatalogFixture {
  sql: Sql
  catalog: WholeCatalog
  now: Date
  /** Of shard `all` of source `folder`. */
  lease: Lease
  acquire(owner: string, shard?: string): Promise<Lease>
  pass(seconds: number): void
  /** What the audit log tells of, in order. */
  actions(): Promise<string[]>
  /** Stages window `n`, which holds ten records and follows window n − 1, scans and commits it. */
  commit(n: number, flagged: readonly NewFlagged[]): Promise<WindowRow>
}

export function useCatalog(open: () => Promise<Sql>): CatalogFixture {
  const t = {
    async acquire(owner, shard = 'all') {
      const taken = await t.catalog.sources.acquire('folder', shard, owner, 30)
      if (taken === null) throw new Error('the lease was not free')
      return taken
    },
    pass(seconds) {
      t.now = new Date(t.now.getTime() + seconds * 1000)
    },
    async actions() {
      return (await collect(t.catalog.audit.entries())).map((entry) => entry.action)
    },
    async commit(n, flagged) {
      const window = await t.catalog.windows.stage(windowOf(n), t.lease)
      await t.catalog.windows.scanned(window.id, scanOf(window.records, flagged))
      const objects = [ref(`clean/digits/${n}`)]
      return t.catalog.windows.committed(window.id, { manifest: n, sha256: sha(`m${n}`), objects })
    },
  } as CatalogFixture
  beforeAll(async () => {
    t.sql = await open()
  })
  afterAll(() => t.sql.close())
  beforeEach(async () => {
    await t.sql.transaction((tx) => tx.script('drop schema public cascade; create schema public'))
    await migrate(t.sql)
    t.now = new Date('2026-01-01T00:00:00Z')
    t.catalog = createCatalog(t.sql, { actor: 'test', clock: () => t.now })
    t.lease = await t.acquire('reader-1')
  })
  return t
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export interface WindowParts {
  readonly deadLetters?: readonly string[]
  readonly guardedIds?: readonly string[]
  readonly redrives?: readonly string[]
}

export function windowOf(n: number, more: WindowParts = {}): StagedWindow {
  const letters = more.deadLetters ?? []
  return {
    id: `w${n}`,
    dataset: 'digits',
    source: 'folder',
    segments: [{ partition: 'part', from: n === 1 ? '' : `${n - 1}`, to: `${n}` }],
    records: 10,
    deadLetters: letters.length,
    contract: sha('contract'),
    staged: ref(`staging/digits/${n}`),
    deadLetterObject: letters.length > 0 ? ref(`deadletter/digits/${n}`) : null,
    deadLetterRows: letters.map((id) => ({
      id,
      reason: 'contract',
      detail: id,
      partition: 'part',
      position: `${n}`,
      contributor: null,
    })),
    guardedIds: more.guardedIds ?? [],
    redrives: more.redrives ?? [],
  }
}

export function flaggedOf(index: number, more: Partial<NewFlagged> = {}): NewFlagged {
  return {
    record: `w1-${index}`,
    index,
    risk: 0.8,
    decision: 'quarantine',
    families: ['trigger'],
    campaign: null,
    contributor: null,
    label: null,
    ...more,
  }
}

export function admittedOf(index: number): NewAdmitted {
  return { record: `w1-${index}`, window: 'w1', index, risk: 0.2, families: [], campaign: null }
}

export function scanOf(records: number, flagged: readonly NewFlagged[]) {
  const quarantined = flagged.filter((row) => row.decision === 'quarantine').length
  const rejected = flagged.length - quarantined
  return {
    scores: ref(`scores/digits/${records}`),
    counts: { admitted: records - flagged.length, quarantined, rejected },
    flagged,
    campaigns: [],
    detectors: [{ name: 'lift', family: 'trigger' as const, version: 1 }],
  }
}

export function reviewOf(id: string, action: 'release' | 'reject' | 'recall', records: readonly string[]): NewReview {
  return { id, dataset: 'digits', action, undoes: null, records, reason: 'looked at it', actor: 'alice' }
}

export function undoOf(id: string, undoes: string, records: readonly string[]): NewReview {
  return { ...reviewOf(id, 'release', records), action: 'undo', undoes }
}
