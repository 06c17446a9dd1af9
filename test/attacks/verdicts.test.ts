import { describe, expect, test } from 'vitest'
import { runEmbedded } from '#app/embedded.ts'
import { readScores } from '#app/read-window.ts'
import { memoryStatus } from '#app/operations/memories.ts'
import { reviewRecords, undoReview } from '#app/operations/reviews.ts'
import type { SigningSystem } from '#app/system.ts'
import { folderPath, memoryIn } from '#core/layout.ts'
import { decodeSidecar, encodeSidecar } from '#core/sidecar.ts'
import { sealReview, signReview } from '#services/encrypt/decision.ts'
import type { Recalibration } from '#services/scan/memory/verdicts.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'
import { DATASET, reasonOf, scoreByText, texts, useInstallation, type Installation } from './installation.ts'

const it = useInstallation()
const other = useInstallation()
const WINDOWS = 13
/** What the thirteenth window is judged with is of the first eight: behind seven of them somebody could still judge. */
const HEARD = 7
/** So many windows make the first memory, which has heard of three of them. */
const FEW = 5

/** What each window was told of verdicts, by what it was told when its scan ended. */
type Told = (Recalibration | undefined)[]

/** Every window's held records are a campaign of copies that are alike. */
function scoring(told: Told) {
  return async (task: ScoreTask): Promise<ScoredWindow> => {
    const scored = await scoreByText(task)
    const sidecar = decodeSidecar(scored.sidecar)
    const members = sidecar.records.filter(({ decision }) => decision !== 'admit').map(({ index }) => index)
    const campaign = { id: 'flood-1', family: 'flood' as const, summary: 'copies', members, evidence: 9 }
    const likeness = Array.from({ length: 64 }, (_, at) => at)
    told.push(task.memory?.recalibration)
    return {
      ...scored,
      sidecar: encodeSidecar({
        ...sidecar,
        taught: { 'mahalanobis/1': { values: [1], weights: [1] } },
        ...(task.memory !== undefined && { memory: task.memory.ref }),
        campaigns: [{ ...campaign, likeness, contributors: [], mitigations: [] }],
        records: sidecar.records.map((record) =>
          record.decision === 'admit'
            ? record
            : { ...record, issues: [{ family: 'flood' as const, score: 0.9, why: 'one of many copies' }] },
        ),
      }),
    }
  }
}

type Judge = (system: SigningSystem, held: readonly string[], window: number) => Promise<unknown>

const releases: Judge = (system, records) =>
  reviewRecords(system, { dataset: DATASET, action: 'release', records, reason: 'a form letter' })

/** One window after another, each judged before the next arrives; with `killed`, everything dies at these steps by turns, before and after each. */
async function live(
  on: Installation,
  judge: Judge,
  { windows = FEW, killed = [] }: { windows?: number; killed?: readonly string[] } = {},
): Promise<Told> {
  const told: Told = []
  for (let window = 1; window <= windows; window++) {
    await on.deliver(`${window}`.padStart(3, '0'), texts(100 * window, 10, 3))
    for (const side of killed.length === 0 ? [] : ['before', 'after']) {
      const dying = await on.start()
      const step: SigningSystem['step'] = async (name, work) => {
        if (name !== killed[window % killed.length]) return dying.step(name, work)
        if (side === 'after') await dying.step(name, work)
        throw new Error('killed')
      }
      await runEmbedded({ ...dying, step }, { score: scoring([]) }).catch(() => {})
    }
    const system = await on.start()
    expect((await runEmbedded(system, { score: scoring(told) })).map(reasonOf)).toEqual([])
    const held = (await system.catalog.flagged.list({ dataset: DATASET, standing: 'quarantined' })).map(
      ({ record }) => record,
    )
    if (held.length > 0) await judge(system, held, window)
  }
  return told
}

/** Digest of the memory that each window was judged with, in order. */
async function memoriesOf(on: Installation): Promise<(string | undefined)[]> {
  const system = await on.start()
  const rows = await system.catalog.windows.list({ dataset: DATASET })
  return Promise.all(rows.map(async (row) => (await readScores(system, row)).memory?.sha256))
}

async function familiesOf(on: Installation) {
  const { newest } = await memoryStatus(await on.start(), DATASET)
  expect(newest?.through).toBe(4)
  return newest!.verdicts.families
}

describe('what people judge', () => {
  test('is heard in the windows that follow, named by the status, and the same whatever is killed and made again', async () => {
    const told = await live(it, releases, { windows: WINDOWS })
    expect(told[WINDOWS - 1]?.causes).toMatchObject([{ family: 'flood', released: HEARD, people: 1 }])
    expect(told.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => undefined))
    expect(told[8]?.causes).toEqual([])
    const system = await it.start()
    const status = await memoryStatus(system, DATASET)
    expect(status.newest?.verdicts).toMatchObject({
      families: [{ family: 'flood', released: 11, rejected: 0, shift: 0 }],
      spared: [{ id: 'flood-1', released: 11, people: 1 }],
    })
    expect(status.newest?.verdicts.curve.at(-1)).toEqual({ through: 12, verdicts: 11, rejected: 0 })

    // gone with the store's memories, and made again from sidecars and reviews
    for await (const path of it.store.list(folderPath('scores', DATASET)))
      if (memoryIn(path) !== null) await it.store.delete(path)
    await runEmbedded(await it.start(), { score: scoring([]) })
    expect((await memoryStatus(await it.start(), DATASET)).newest?.sha256).toBe(status.newest?.sha256)

    await live(other, releases, { windows: 9, killed: ['commit.manifest', 'commit.transaction'] })
    expect(await memoriesOf(other)).toEqual((await memoriesOf(it)).slice(0, 9))
    expect((await memoriesOf(it))[8]).toMatch(/^[0-9a-f]{64}$/)
  }, 600_000)

  test('is taken back by an undo', async () => {
    await live(it, async (system, held, window) => {
      const { id } = await reviewRecords(system, { dataset: DATASET, action: 'release', records: held, reason: '' })
      if (window > 2) await undoReview(system, id, 'too soon')
    })
    // windows 1 to 3 were heard by the fourth; the third was taken back
    expect(await familiesOf(it)).toMatchObject([{ family: 'flood', released: 2 }])
  }, 300_000)
})

describe('who can write the catalog', () => {
  test('inserts releases, or seals of other decisions: no scan hears them', async () => {
    await live(it, async (system, held, window) => {
      const release = { dataset: DATASET, action: 'release' as const, undoes: null, reason: '', actor: 'ann' }
      const other = { ...release, id: `other-${window}`, records: held.slice(0, 1) }
      const { sealed } = await sealReview(await signReview(other, system.signer), system.keys)
      const id = `forged-${window}`
      await system.catalog.reviews.add({ ...release, id, records: held, ...(window % 2 === 0 && { sealed: sealed! }) })
      await system.catalog.reviews.applied(id, null)
    })
    expect(await familiesOf(it)).toEqual([])
  }, 300_000)
})
