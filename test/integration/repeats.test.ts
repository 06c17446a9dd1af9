import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { runEmbedded } from '#app/embedded.ts'
import { verifyAuditLog } from '#app/operations/audit.ts'
import { memoryStatus, suggestedRecalls } from '#app/operations/memories.ts'
import { recallable, recallRecords } from '#app/operations/recalls.ts'
import { judgeRepeat } from '#app/operations/repeats.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { seededRandom } from '#core/random.ts'
import { scoreWindow } from '#services/scan/score-window.ts'

const RECORDS = 50
const DATASET = 'readings'
const LETTER = 17
const ROW = 4

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-repeats-'))
  await mkdir(join(folder, DATASET))
  const columns = Array.from({ length: 10 }, (_, c) => `{ name: c${c}, type: number }`)
  await writeFile(
    join(folder, 'contract.yaml'),
    `version: 1\nfeatures: { kind: table, columns: [${columns.join(', ')}] }\nlabel: kind\nid: id\nschema: { type: object }\n`,
  )
  await writeFile(
    join(folder, 'credence.yaml'),
    `version: 1\ndata: ./data\ndatasets:\n  ${DATASET}: { source: ./${DATASET}, contract: ./contract.yaml, window: { records: ${RECORDS} }, memory: { every: 1, recall: { automatic: 0.5 } } }\n`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Readings of two kinds; one row stands in every window: a default. */
async function deliver(window: number): Promise<void> {
  const lines = Array.from({ length: RECORDS }, (_, i) => {
    const random = seededRandom(i === ROW ? LETTER : 1000 * window + i, 'repeats')
    const high = random.below(2) === 1
    const cells = Array.from({ length: 10 }, (_cell, c) => (high === (c % 2 === 0) ? 5 : 3) + random.normal())
    return [`w${window}-${i}`, ...cells.map((cell) => cell.toFixed(3)), high ? 'high' : 'low'].join(',')
  })
  const header = ['id', ...Array.from({ length: 10 }, (_, c) => `c${c}`), 'kind'].join(',')
  const name = `${String(window).padStart(3, '0')}.csv`
  await writeFile(join(folder, DATASET, name), `${header}\n${lines.join('\n')}\n`)
}

it('asks about a row that comes once a window, unless a person calls it natural, holds and recalls nothing for it, and does both once a person calls it poison', async () => {
  for (let window = 1; window <= 12; window++) await deliver(window)
  const config = await loadConfig(join(folder, 'credence.yaml'), {})
  await using system = await openSigningSystem(config, { command: 'repeats test' })
  const run = () => runEmbedded(system, { score: (task) => scoreWindow(task) })
  expect(await run()).toEqual([])
  const { newest } = await memoryStatus(system, DATASET)
  expect(newest).toMatchObject({ through: 12, campaigns: 0, found: 0, repeats: [{ records: 12 }] })
  expect(await system.catalog.flagged.list({ dataset: DATASET })).toEqual([])
  expect(await suggestedRecalls(system, DATASET)).toEqual([])
  const { id } = newest!.repeats[0]!
  const asked = await suggestedRecalls(system, DATASET, id)
  expect(asked.map(({ record }) => record).sort()).toEqual(
    Array.from({ length: 12 }, (_, w) => `w${w + 1}-${ROW}`).sort(),
  )

  // what a person calls natural is asked about no more, and is as before where that is taken back
  const repeats = async () => (await memoryStatus(system, DATASET)).newest!.repeats.map(({ isNatural }) => isNatural)
  const judged = (isNatural: boolean, campaign = id) =>
    judgeRepeat(system, DATASET, { campaign, isNatural, reason: 'a default row' })
  await expect(judged(true, 'flood-0')).rejects.toMatchObject({ reason: 'no_repeat' })
  for (const isNatural of [true, false, true]) {
    expect(await judged(isNatural)).toMatchObject({ campaign: id, isNatural, after: 12 })
    expect(await repeats()).toEqual([isNatural])
  }
  expect(await judged(true)).toBeNull()
  await deliver(13)
  expect(await run()).toEqual([])
  expect(await repeats()).toEqual([true])
  expect(await system.catalog.flagged.list({ dataset: DATASET })).toEqual([])
  expect(await suggestedRecalls(system, DATASET)).toEqual([])
  const problems = async (catalog: SigningSystem['catalog']) =>
    (await verifyAuditLog({ ...system, catalog })).problems
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'unsigned')
  const said = await system.catalog.repeats.all(DATASET)
  const withRows = (rows: typeof said) => ({
    ...system.catalog,
    repeats: { ...system.catalog.repeats, all: async () => rows },
  })
  expect(await problems(system.catalog)).toEqual([])
  expect(await problems(withRows(said.slice(1)))).toEqual(['removed'])
  expect(await problems(withRows([...said, { ...said[0]!, number: 4 }]))).toEqual(['unlogged'])

  const records = [`w3-${ROW}`]
  await recallRecords(system, await recallable(system, { dataset: DATASET, records }), { reason: 'it is poison' })
  for (let window = 14; window <= 17; window++) await deliver(window)
  expect(await run()).toEqual([])
  const rows = await system.catalog.flagged.list({ dataset: DATASET })
  const standing = new Map(rows.map((row) => [row.record, row.standing]))
  // the sixteenth window is the first to be judged with what the fourteenth heard
  expect(standing.get(`w17-${ROW}`)).toBe('quarantined')
  expect(standing.get(`w16-${ROW}`)).toBe('quarantined')
  for (const window of [1, 2, 12, 13]) expect(standing.get(`w${window}-${ROW}`)).toBe('recalled')
  expect([...standing.keys()].filter((record) => !record.endsWith(`-${ROW}`))).toEqual([])
  expect((await memoryStatus(system, DATASET)).newest).toMatchObject({ campaigns: 1, repeats: [] })
}, 300_000)
