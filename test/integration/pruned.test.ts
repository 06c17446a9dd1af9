import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { marking, newestKept, pruneMemories } from '#app/operations/kept-memories.ts'
import { memoryStatus, rollBackMemory } from '#app/operations/memories.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { AppError } from '#core/errors.ts'
import { memoryContext, memoryIn, memoryPath } from '#core/layout.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import { encodeMemory } from '#services/scan/memory/memory.ts'
import { writeFixture } from '../chaos/fixture.ts'
import { scoreByHash } from '../chaos/score-by-hash.ts'

const DATASET = 'notes'
const WINDOWS = POOL_KEPT_WINDOWS + 10
let folder: string
let system: SigningSystem

/** Memories of more windows than the fixture has, and a catalog that knows so many. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-pruned-'))
  const opened = await openSigningSystem(await loadConfig(await writeFixture(folder), {}), { command: 'prune test' })
  expect(await runEmbedded(opened, { score: scoreByHash })).toEqual([])
  const { memory } = (await newestKept(opened, DATASET))!
  for (let through = memory.through + 1; through <= WINDOWS; through++)
    await opened.vault.put(
      memoryPath(DATASET, through),
      memoryContext(DATASET, through),
      encodeMemory({ ...memory, through }),
    )
  const { windows } = opened.catalog
  const newest = { ...(await windows.last(DATASET))!, ordinal: WINDOWS }
  const last: typeof windows.last = async (dataset, state) =>
    dataset === DATASET && state === undefined ? newest : windows.last(dataset, state)
  system = { ...opened, catalog: { ...opened.catalog, windows: { ...windows, last } } }
})
afterAll(async () => {
  await system[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function stored(): Promise<number[]> {
  const found: number[] = []
  for await (const path of system.store.list(`scores/${DATASET}/`)) found.push(memoryIn(path)?.through ?? 0)
  return found.filter((through) => through > 0).sort((a, b) => a - b)
}

/** The same, where the process ends at the n-th removal. */
function endingAt(removals: number): SigningSystem {
  let left = removals
  const remove = async (path: string) => {
    if (left-- === 0) throw new AppError('internal', 'the process was killed')
    await system.store.delete(path)
  }
  return { ...system, store: { ...system.store, delete: remove } }
}

/** The same, where this window was not scanned yet. */
function waitingFor(ordinal: number): SigningSystem {
  const { windows } = system.catalog
  const list: typeof windows.list = async (filter) =>
    filter.state === 'staged' ? [{ ...(await windows.list({ dataset: DATASET }))[0]!, ordinal }] : windows.list(filter)
  return { ...system, catalog: { ...system.catalog, windows: { ...windows, list } } }
}

const OLD = [1, 3, 5, 7, 9]
const ALL = Array.from({ length: WINDOWS }, (_, i) => i + 1)

it('leaves all memories while one is asked for, opened by nobody, or gone back to', async () => {
  expect(await stored()).toEqual(ALL)
  expect(await memoryStatus(system, DATASET)).toMatchObject({ stored: { memories: WINDOWS, outlived: OLD.length } })
  expect(await pruneMemories(waitingFor(POOL_KEPT_WINDOWS), DATASET)).toBe(0)
  const vault = { ...system.vault, open: () => Promise.reject(new AppError('corrupt', 'damaged')) }
  expect(await pruneMemories({ ...system, vault }, DATASET)).toBe(0)
  {
    await using _ = await marking(system, DATASET)
    const elsewhere = { ...system, actor: 'somebody else' }
    await expect(pruneMemories(elsewhere, DATASET)).rejects.toMatchObject({ reason: 'lease_held' })
    const back = rollBackMemory(elsewhere, DATASET, { to: 3, reason: 'poison' })
    await expect(back).rejects.toMatchObject({ reason: 'lease_held' })
    const left: unknown[] = []
    const unheard = system.events.on('memories.left', (event) => left.push(event))
    expect(await runEmbedded(elsewhere, { score: scoreByHash, reads: false })).toEqual([])
    unheard()
    expect(left).toMatchObject([{ name: 'memories.left', dataset: DATASET, code: 'conflict' }])
  }
  expect(await stored()).toEqual(ALL)
})

it('removes what has outlived its use, goes on where it was stopped, and changes nothing that is asked for', async () => {
  const before = (await newestKept(system, DATASET))!.ref
  for (const removals of [0, 1, 2]) {
    await expect(pruneMemories(endingAt(removals), DATASET)).rejects.toMatchObject({ code: 'internal' })
    expect((await newestKept(system, DATASET))?.ref).toEqual(before)
  }
  expect(await stored()).toEqual(ALL.filter((through) => ![1, 3, 5].includes(through)))
  expect(await pruneMemories(system, DATASET)).toBe(2)
  expect(await pruneMemories(system, DATASET)).toBe(0)
  expect(await stored()).toEqual(ALL.filter((through) => !OLD.includes(through)))
  expect(await memoryStatus(system, DATASET)).toMatchObject({
    stored: { memories: WINDOWS - OLD.length, outlived: 0 },
  })
  const told = (await system.catalog.audit.about(DATASET)).filter(({ action }) => action === 'memory.pruned')
  expect(told.map(({ detail }) => detail['memories'])).toEqual([5, 5, 4, 2])
  // what is old is gone, what is older still is there to go back to
  const back = (to: number) => rollBackMemory(system, DATASET, { to, reason: 'poison behind it' })
  await expect(back(3)).rejects.toMatchObject({ reason: 'no_memory' })
  expect(await back(2)).toMatchObject({ keeps: 2 })
})
