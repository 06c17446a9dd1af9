import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Decision } from '#core/decision.ts'
import { decodeHeld, decodeRecords, encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog, NewReview, ReviewRow, WindowRow } from '#runtime/catalog/catalog.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { createEvents } from '#runtime/process/events.ts'
import { createSteps, STEP_POINTS, type StepPoint } from '#runtime/process/steps.ts'
import { exportAdmitted } from './chain/admitted.ts'
import { createKeyRecords } from './keys/records.ts'
import { createLocalKeyring, type LocalKeyring } from './keys/local/keyring.ts'
import { windowContext } from '#core/layout.ts'
import { createManifestChain, type ManifestChain } from './chain/chain.ts'
import { commitWindow } from './pipeline.ts'
import { applyReview } from './review.ts'
import { openSigner, type Signer } from './chain/signer.ts'
import { signReview } from './decision.ts'
import type { Store } from './store.ts'
import { createMemoryStore } from './stores/memory.ts'
import { sweepStaging } from './sweep.ts'
import { createVault } from './objects/vault.ts'

let folder = ''
let keyring: LocalKeyring
let catalog: Catalog
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-commit-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
  catalog = await openCatalog(await openPglite(), { actor: 'test' })
}, 60_000)
afterAll(async () => {
  await catalog.close()
  await rm(folder, { recursive: true, force: true })
})

let store: Store
let dataset = ''
let count = 0
beforeEach(() => {
  store = createMemoryStore()
  count += 1
  dataset = `set${count}`
})

interface Process {
  readonly vault: Vault
  readonly chain: ManifestChain
  readonly signer: Signer
}

/** What a process that starts now has: nothing but the store, the keys and the catalog. */
async function start(): Promise<Process> {
  const keys = createKeyRecords({ store, keyrings: [keyring] })
  const signer = await openSigner(keys)
  return { vault: createVault({ store, keys }), chain: createManifestChain({ store, signer }), signer }
}

const CONTRACT = 'c'.repeat(64)
const POLICY = { hold: { risk: 0.5 }, rejectAbove: 1.01 }

async function scanned({ vault }: Process, number: number, decisions: readonly Decision[]): Promise<WindowRow> {
  const id = `${dataset}w${number}`
  const records = decisions.map((_, i): DataRecord => ({
    id: `${id}r${i}`,
    fields: { value: i, secret: 'plaintext of a record' },
    provenance: { source: 'file', partition: 'p', position: String(number * 100 + i) },
  }))
  const about = windowContext({ id, dataset, contract: CONTRACT }, 'jsonl+zstd')
  const lease = await catalog.sources.acquire(`file-${dataset}`, 's', 'o', 60)
  if (lease === null) throw new Error('no lease')
  const segments = [
    { partition: 'p', from: number === 1 ? '' : String(number * 100 - 1), to: String(number * 100 + 99) },
  ]
  await catalog.windows.stage(
    {
      id,
      dataset,
      source: `file-${dataset}`,
      segments,
      records: records.length,
      deadLetters: 0,
      contract: CONTRACT,
      staged: await vault.put(`staging/${dataset}/${id}`, about, encodeRecords(records)),
      deadLetterObject: null,
      deadLetterRows: [],
      guardedIds: [],
      redrives: [],
    },
    lease,
  )
  const sidecar = encodeSidecar({
    version: 1,
    window: id,
    policy: POLICY,
    seed: 1,
    detectors: [{ name: 'knn', family: 'outlier', version: 1 }],
    notes: [],
    certified: true,
    campaigns: [],
    records: records.map((record, index) => ({
      id: record.id,
      index,
      risk: decisions[index] === 'admit' ? 0.1 : 0.9,
      decision: decisions[index] ?? 'admit',
      issues: [],
    })),
    map: new Float32Array(records.length * 2),
  })
  const counted = (decision: Decision) => decisions.filter((made) => made === decision).length
  return catalog.windows.scanned(id, {
    scores: await vault.put(`scores/${dataset}/${id}`, { ...about, codec: 'json+zstd' }, sidecar),
    counts: { admitted: counted('admit'), quarantined: counted('quarantine'), rejected: counted('reject') },
    flagged: records.flatMap((record, index) => {
      const decision = decisions[index] ?? 'admit'
      if (decision === 'admit') return []
      return [
        { record: record.id, index, risk: 0.9, decision, families: [], campaign: null, contributor: null, label: null },
      ]
    }),
    campaigns: [],
    detectors: [],
  })
}

const commit = async (window: WindowRow, process: Process, at?: (point: StepPoint) => void) =>
  commitWindow(window, { ...process, catalog, step: createSteps(at), events: createEvents() })

async function admitted({ vault, chain }: Process): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of exportAdmitted(dataset, { vault, links: chain.links(dataset) })) ids.push(id)
  return ids
}

async function links({ chain }: Process) {
  const list = []
  for await (const link of chain.links(dataset)) list.push(link)
  return list
}

describe('commit', () => {
  test('what was admitted and what is held stand apart, and the manifest signs for everything', async () => {
    const process = await start()
    const window = await scanned(process, 1, ['admit', 'quarantine', 'admit', 'reject'])
    const committed = await commit(window, process)
    expect(committed).toMatchObject({ state: 'committed', manifest: 1 })
    const [link] = await links(process)
    const { predicate, subject } = link?.statement ?? { predicate: undefined, subject: [] }
    expect(predicate).toMatchObject({
      kind: 'window',
      window: window.id,
      counts: { received: 4, admitted: 2, quarantined: 1, rejected: 1, deadLettered: 0 },
      contract: { sha256: CONTRACT },
      policy: POLICY,
      detectors: [{ name: 'knn', version: 1 }],
    })
    expect(subject.map(({ name }) => name.split('/')[0])).toEqual(['clean', 'quarantine', 'scores'])
    const context = windowContext(window, 'jsonl+zstd')
    const open = (at: number) => process.vault.open(subject[at]?.name ?? '', context, subject[at]?.digest.sha256)
    expect(decodeRecords(await open(0)).map(({ id }) => id)).toEqual([`${window.id}r0`, `${window.id}r2`])
    expect(decodeHeld(await open(1)).map(({ record, decision }) => [record.id, decision])).toEqual([
      [`${window.id}r1`, 'quarantine'],
      [`${window.id}r3`, 'reject'],
    ])
    expect(await store.exists(window.staged.path)).toBe(false)
  })

  test('no plaintext reaches the store', async () => {
    const process = await start()
    await commit(await scanned(process, 1, ['admit', 'quarantine']), process)
    for await (const at of store.list('')) {
      expect(Buffer.from((await store.read(at)).bytes).includes('plaintext of a record'), at).toBe(false)
    }
  })

  test('a window that holds nothing back writes no quarantine object, an empty one no object at all', async () => {
    const process = await start()
    await commit(await scanned(process, 1, ['admit']), process)
    await commit(await scanned(process, 2, []), process)
    const zones = (await links(process)).map(({ statement }) => statement.subject.map(({ name }) => name.split('/')[0]))
    expect(zones).toEqual([['clean', 'scores'], ['scores']])
  })

  test('a window that was not scanned is refused', async () => {
    const process = await start()
    const window = await scanned(process, 1, ['admit'])
    await expect(commit({ ...window, state: 'staged' }, process)).rejects.toMatchObject({ reason: 'not_scanned' })
    expect(await links(process)).toEqual([])
  })

  test('scores of other records are refused', async () => {
    const process = await start()
    const one = await scanned(process, 1, ['admit', 'reject'])
    const two = await scanned(process, 2, ['admit', 'admit'])
    await expect(commit({ ...one, scores: two.scores }, process)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(commit({ ...one, counts: two.counts }, process)).rejects.toMatchObject({ reason: 'counts' })
  })

  test('processes that commit one window at once commit it once', async () => {
    const window = await scanned(await start(), 1, ['admit', 'quarantine', 'admit'])
    const processes = await Promise.all([start(), start(), start()])
    const rows = await Promise.all(processes.map((process) => commit(window, process)))
    expect(rows.map(({ state, manifest }) => [state, manifest])).toEqual(rows.map(() => ['committed', 1]))
    expect(await links(await start())).toHaveLength(1)
    expect(await admitted(await start())).toHaveLength(2)
  })

  const points = STEP_POINTS.filter((point) => point.startsWith('commit.'))
  test.each(points)('a crash at %s loses nothing and admits nothing twice', async (crash) => {
    const window = await scanned(await start(), 1, ['admit', 'quarantine', 'admit', 'reject'])
    const crashing = commit(window, await start(), (point) => {
      if (point === crash) throw new Error('crash')
    })
    await expect(crashing).rejects.toThrow('crash')
    const again = await start()
    const row = await catalog.windows.get(window.id)
    expect(await commit(row ?? window, again)).toMatchObject({ state: 'committed', manifest: 1 })
    expect(await links(again)).toHaveLength(1)
    expect(await admitted(again)).toEqual([`${window.id}r0`, `${window.id}r2`])
    expect(await store.exists(window.staged.path)).toBe(false)
  })
})

test('what crashes left in staging goes once its window is committed, and not before', async () => {
  const process = await start()
  const one = await scanned(process, 1, ['admit'])
  const two = await scanned(process, 2, ['admit'])
  await store.create(`${one.staged.path}.2`, Buffer.from('of an attempt that was given up'))
  await store.create(`staging/${dataset}/unknown`, Buffer.from('on its way'))
  const crashing = commit(one, process, (point) => {
    if (point === 'commit.discard:before') throw new Error('crash')
  })
  await expect(crashing).rejects.toThrow('crash')
  expect(await sweepStaging(store, process.vault, catalog.windows)).toBe(2)
  const left: string[] = []
  for await (const at of store.list('staging/')) left.push(at)
  expect(left).toEqual([two.staged.path, `staging/${dataset}/unknown`].sort())
})

describe('review', () => {
  const review = async (action: NewReview['action'], records: readonly string[], undoes: ReviewRow | null = null) =>
    decided({
      id: `review-${dataset}-${action}-${records.length}-${undoes?.id.length ?? 0}-${Math.trunc(performance.now())}`,
      dataset,
      action,
      undoes: undoes?.id ?? null,
      records,
      reason: 'looked at it',
      actor: 'test',
    })
  const decided = async (made: NewReview) => catalog.reviews.add(await signReview(made, (await start()).signer))
  const apply = async (row: ReviewRow, process: Process, at?: (point: StepPoint) => void) =>
    applyReview(row, { ...process, catalog, step: createSteps(at), events: createEvents() })

  async function committedTwo(process: Process): Promise<string[]> {
    const held: string[] = []
    for (const number of [1, 2]) {
      const window = await commit(
        await scanned(process, number, ['admit', 'quarantine', 'quarantine', 'reject']),
        process,
      )
      held.push(`${window.id}r1`, `${window.id}r2`)
    }
    return held
  }

  test('released records are admitted, in the order of their source; undoing takes them back; releasing again admits them', async () => {
    const process = await start()
    const held = await committedTwo(process)
    const before = await admitted(process)
    expect(before).toHaveLength(2)
    const release = await review('release', [held[3] ?? '', held[0] ?? ''])
    await apply(release, process)
    expect(await admitted(process)).toEqual([...before, held[0], held[3]])
    const applied = (await catalog.reviews.get(release.id)) ?? release
    expect(applied).toMatchObject({ state: 'applied', manifest: 3 })
    const undo = await review('undo', release.records, applied)
    await apply(undo, process)
    expect(await admitted(process)).toEqual(before)
    await apply(await review('release', [held[0] ?? '']), process)
    expect(await admitted(process)).toEqual([...before, held[0]])
  })

  test('a reject and its undo leave the chain as it is', async () => {
    const process = await start()
    const held = await committedTwo(process)
    const reject = await review('reject', [held[0] ?? ''])
    await apply(reject, process)
    const undo = await review('undo', reject.records, reject)
    await apply(undo, process)
    expect(await links(process)).toHaveLength(2)
  })

  const points = STEP_POINTS.filter((point) => point.startsWith('review.') && !point.startsWith('review.add'))
  test.each(points)('a crash at %s of a release and of its undo is made good by the repeat', async (crash) => {
    const process = await start()
    const held = await committedTwo(process)
    const crashing = (point: StepPoint) => {
      if (point === crash) throw new Error('crash')
    }
    const release = await review('release', held)
    await expect(apply(release, await start(), crashing)).rejects.toThrow('crash')
    await apply((await catalog.reviews.get(release.id)) ?? release, await start())
    expect((await admitted(process)).slice(2)).toEqual(held)
    const undo = await review('undo', held, (await catalog.reviews.get(release.id)) ?? release)
    await apply(undo, await start(), crashing).catch(() => undefined)
    await apply((await catalog.reviews.get(undo.id)) ?? undo, await start())
    expect(await admitted(process)).toHaveLength(2)
    expect(await links(process)).toHaveLength(4)
  })

  test('a record that its window does not hold back cannot be released', async () => {
    const process = await start()
    const [first] = await committedTwo(process)
    const row = await review('release', [first ?? ''])
    const forgetful = { ...catalog, flagged: { list: () => Promise.resolve([]) } }
    const applying = applyReview(row, { ...process, catalog: forgetful, step: createSteps(), events: createEvents() })
    await expect(applying).rejects.toMatchObject({ code: 'not_found' })
  })
})
