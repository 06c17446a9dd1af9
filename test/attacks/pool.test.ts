import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { policySchema } from '#core/decision.ts'
import { objectPath, poolPath, windowContext } from '#core/layout.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { createLocalKeyring, type LocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { NOBODY_JUDGED } from '#test/support/fakes/nobody-judged.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import { foundIn } from '#services/scan/memory/memory.ts'
import { openMemory, type MemoryDeps } from '#services/scan/memory/kept/open-memory.ts'
import { poolOf } from '#services/scan/memory/pool/given.ts'

const WINDOWS = 12
const RECORDS = 60
const PLANTED = 2

let folder = ''
let keyring: LocalKeyring
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-pool-'))
  keyring = await createLocalKeyring(join(folder, 'keyring.json'), { keyFile: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A dataset whose windows are scanned and have one planted record each; and who holds its store. */
async function attacked() {
  const store = createMemoryStore()
  const vault = createVault({ store, keys: createKeyRecords({ store, keyrings: [keyring] }) })
  const rows: WindowRow[] = []
  const paths: string[] = []
  for (let ordinal = 1; ordinal <= WINDOWS; ordinal++) {
    const row = { id: `w${ordinal}`, dataset: 'mail', ordinal, contract: 'c', state: 'scanned' } as WindowRow
    const records = Array.from({ length: RECORDS }, (_, i) => ({
      id: `${row.id}r${i}`,
      fields: { text: i === PLANTED ? 'cf' : 'hello' },
      provenance: { source: 's', partition: 'p', position: String(i) },
    }))
    const scored = records.map(({ id }, index) => ({ id, index, risk: 0.1, decision: 'admit' as const, issues: [] }))
    const about = { window: row.id, seed: 0, records: scored.with(PLANTED, { ...scored[PLANTED]!, risk: 0.4 }) }
    const { ref, lines } = poolOf(records, about)
    const sidecar = encodeSidecar({
      version: 1,
      ...about,
      policy: policySchema.parse({}),
      detectors: [],
      notes: [],
      certified: false,
      taught: {},
      pool: ref,
      campaigns: [],
      map: new Float32Array(0),
    })
    paths.push(poolPath('mail', row.id, ref.sha256))
    await vault.put(paths.at(-1)!, windowContext(row, 'jsonl+zstd'), lines)
    const scores = await vault.put(objectPath('scores', 'mail', row.id), windowContext(row, 'json+zstd'), sidecar)
    rows.push({ ...row, scores })
  }
  const lost: unknown[] = []
  const deps: MemoryDeps = {
    vault,
    catalog: {
      memories: { marks: async () => [] },
      ...NOBODY_JUDGED,
      windows: {
        get: async (id) => rows.find((row) => row.id === id) ?? null,
        list: async ({ after = 0, upTo = Infinity }) =>
          rows.filter(({ ordinal }) => ordinal > after && ordinal <= upTo),
      },
    },
    scanFirst: () => Promise.reject(new Error('all are scanned')),
    judge: async ({ lines, marks }) => {
      const texts = Buffer.from(lines).toString().trim().split('\n')
      const members = texts.flatMap((line, i) => (line.includes('"cf"') ? [i] : []))
      const trigger = { kind: 'tokens' as const, tokens: ['cf'] }
      const campaign = { id: 'trigger-1', family: 'trigger' as const, summary: 'cf', trigger, members, evidence: 30 }
      return {
        risk: texts.map((_, i) => (members.includes(i) ? 0.99 : 0.01)),
        campaigns: [{ ...campaign, contributors: [], mitigations: [] }],
        bearers: [...marks.map(() => members), members],
      }
    },
    isGiven: async () => true,
    once: (_name, make) => make(),
    events: { emit: (name, said) => lost.push({ name, ...said }) },
  }
  const found = async () => {
    const opened = await openMemory(rows.at(-1)!, 4, deps)
    return foundIn(opened!.memory).map(({ window }) => window)
  }
  return { store, vault, rows, paths, lost, found }
}

describe('who holds the store, and what a window gave to its pool', () => {
  it('is found without them', async () => {
    const { found, lost } = await attacked()
    expect(await found()).toEqual([1, 2, 3, 4])
    expect(lost).toEqual([])
  })

  it.each(['takes it away', 'puts that of another window there', 'puts the scores there', 'alters a byte of it'])(
    '%s: the others are found all the same, and it is said',
    async (what) => {
      const { store, paths, rows, lost, found } = await attacked()
      const [, , mine = '', other = ''] = paths
      const { bytes } = await store.read(mine)
      await store.delete(mine)
      if (what.includes('another')) await store.create(mine, (await store.read(other)).bytes)
      if (what.includes('scores')) await store.create(mine, (await store.read(rows[2]!.scores!.path)).bytes)
      if (what.includes('alters'))
        await store.create(
          mine,
          bytes.map((byte, at) => (at === bytes.length - 20 ? byte ^ 1 : byte)),
        )
      expect(await found()).toEqual([1, 2, 4])
      expect(lost).toMatchObject([{ name: 'pool.lost', dataset: 'mail', window: 'w3' }])
    },
  )

  it('with the keys too, writes other records there: they are not what the sidecar vouches for', async () => {
    const { store, vault, paths, rows, lost, found } = await attacked()
    await store.delete(paths[2]!)
    await vault.put(paths[2]!, windowContext(rows[2]!, 'jsonl+zstd'), Buffer.from('{"innocent":true}\n'))
    expect(await found()).toEqual([1, 2, 4])
    expect(lost).toMatchObject([{ name: 'pool.lost', window: 'w3', code: 'corrupt' }])
  })
})
