import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { verifyAuditLog } from '#app/operations/audit.ts'
import { newestKept } from '#app/operations/kept-memories.ts'
import { memoryStatus, resetMemory, rollBackMemory, suggestedRecalls } from '#app/operations/memories.ts'
import { rescan } from '#app/operations/rescans.ts'
import { readScores } from '#app/read-window.ts'
import { memoryContext, memoryPath } from '#core/layout.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { writeFixture } from '../chaos/fixture.ts'
import { scoreByHash } from '../chaos/score-by-hash.ts'

const DATASET = 'notes'
let folder: string
let system: SigningSystem
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-reset-'))
  const config = await loadConfig(await writeFixture(folder), {})
  system = await openSigningSystem(config, { command: 'reset test' })
  await run()
})
afterEach(async () => {
  await system[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function run(): Promise<void> {
  expect(await runEmbedded(system, { score: scoreByHash })).toEqual([])
}

/** So many windows more. */
async function deliver(name: string, windows: number): Promise<void> {
  const lines = Array.from({ length: windows * 25 }, (_, i) =>
    JSON.stringify({ id: `${name}-${i}`, text: `${name} ${i}`, label: i % 2 }),
  )
  await writeFile(join(folder, 'notes', `${name}.jsonl`), `${lines.join('\n')}\n`)
  await run()
}

/** Which memory each window was judged with. */
async function through(): Promise<number[]> {
  const rows = await system.catalog.windows.list({ dataset: DATASET, state: 'committed' })
  return (await Promise.all(rows.map((row) => readScores(system, row)))).map(({ memory }) => memory?.through ?? 0)
}

test('a reset has windows that come behind it taught by one another alone; a rollback keeps what was taught up to there', async () => {
  expect(await through()).toEqual([0, 0, 1, 2, 3])
  expect(await memoryStatus(system, DATASET)).toMatchObject({
    every: 1,
    kept: [1, 2, 3, 4, 5],
    newest: { through: 5, windows: 5, certified: true, found: 0 },
    marks: [],
  })
  expect(await resetMemory(system, DATASET, 'it was taught poison')).toMatchObject({ after: 5, keeps: 0 })
  expect(await memoryStatus(system, DATASET)).toMatchObject({ kept: [], newest: null, marks: [{ after: 5 }] })
  // undone, as long as nobody came behind it; and made again
  expect(await rollBackMemory(system, DATASET, { to: 3, reason: 'too much' })).toMatchObject({ after: 5, keeps: 3 })
  expect(await memoryStatus(system, DATASET)).toMatchObject({ kept: [1, 2, 3], newest: { through: 3 } })
  await resetMemory(system, DATASET, 'it was taught poison')
  await deliver('b', 4)
  expect(await through()).toEqual([0, 0, 1, 2, 3, 0, 0, 6, 7])
  expect(await memoryStatus(system, DATASET)).toMatchObject({
    kept: [6, 7, 8, 9],
    newest: { through: 9, windows: 4, certified: true },
  })

  await expect(rollBackMemory(system, DATASET, { to: 3, reason: 'what' })).rejects.toMatchObject({
    reason: 'no_memory',
  })
  expect(await rollBackMemory(system, DATASET, { to: 6, reason: 'only this far' })).toMatchObject({
    after: 9,
    keeps: 6,
  })
  await deliver('c', 3)
  expect((await through()).slice(9)).toEqual([6, 6, 10])
  expect((await newestKept(system, DATASET))?.memory).toMatchObject({ through: 12, history: { windows: 4 } })
  expect(await suggestedRecalls(system, DATASET)).toEqual([])
  for await (const { found } of rescan(system, { dataset: DATASET }, { score: scoreByHash })) expect(found).toEqual([])
  expect((await verifyAuditLog(system)).problems.filter(({ kind }) => kind !== 'unsigned')).toEqual([])
})

test('the log tells of a mark that was made past the product, and of one that was taken away', async () => {
  const problems = async (catalog: SigningSystem['catalog']) =>
    (await verifyAuditLog({ ...system, catalog })).problems
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'unsigned')
  await resetMemory(system, DATASET, 'poison')
  expect(await problems(system.catalog)).toEqual([])
  const { catalog } = system
  const marked = (keeps: readonly number[]): SigningSystem['catalog'] => ({
    ...catalog,
    memories: {
      ...catalog.memories,
      marks: async (dataset) => (dataset === DATASET ? keeps.map((kept) => ({ ...MARK, keeps: kept })) : []),
    },
  })
  expect(await problems(marked([]))).toEqual(['removed'])
  expect(await problems(marked([2]))).toEqual(['unlogged'])
  expect(await problems(marked([0]))).toEqual([])
})

const MARK = { after: 5, keeps: 0, reason: '', actor: '', madeAt: new Date(0) }

test('a memory of a newer version does not hide the status: what there is is shown, and a reset frees the windows behind it', async () => {
  const path = memoryPath(DATASET, 5)
  const context = memoryContext(DATASET, 5)
  const there = JSON.parse(Buffer.from(await system.vault.open(path, context)).toString()) as object
  await system.store.delete(path)
  await system.vault.put(path, context, Buffer.from(JSON.stringify({ ...there, echoes: [] })))
  const newer = { reason: 'newer_memory', message: expect.stringContaining(path) }
  await expect(newestKept(system, DATASET)).rejects.toMatchObject(newer)
  expect(await memoryStatus(system, DATASET)).toMatchObject({
    kept: [1, 2, 3, 4],
    stored: { memories: 5, outlived: null },
    newest: null,
    newer: { through: 5, path, says: expect.stringContaining(path) },
  })
  await resetMemory(system, DATASET, 'to go on with this version')
  expect(await memoryStatus(system, DATASET)).toMatchObject({ kept: [], newest: null, newer: null })
  await deliver('b', 3)
  expect(await memoryStatus(system, DATASET)).toMatchObject({ newest: { through: 8, windows: 3 }, newer: null })
})
