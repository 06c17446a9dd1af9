import { appendFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { recallable, recallRecords, stillAdmitted } from '#app/operations/recalls.ts'
import { rescan, rescanWhatIf, type JudgedWindow } from '#app/operations/rescans.ts'
import type { SigningSystem } from '#app/system.ts'
import { policySchema } from '#core/decision.ts'
import { decodeRecords, encodeRecords } from '#core/record-codec.ts'
import { decodeSidecar, encodeSidecar } from '#core/sidecar.ts'
import type { ScoreTask } from '#services/scan/score-window.ts'
import { DATASET, scoreByText, texts, useInstallation } from '#test/attacks/installation.ts'

const it = useInstallation()
let system: SigningSystem
let scored: string[] = []
beforeEach(async () => {
  await it.deliver('a', texts(0, 40, 4))
  expect(await it.run()).toEqual([])
  system = await it.start()
  scored = []
})

/** The detectors of today: they hold what ends in 7, too. */
async function today(task: ScoreTask) {
  scored.push(task.window)
  const records = decodeRecords(task.plaintext).map((record) => {
    const { text } = record.fields
    return typeof text === 'string' && text.endsWith('7')
      ? { ...record, fields: { ...record.fields, text: `poison` } }
      : record
  })

  return scoreByText({ ...task, plaintext: encodeRecords(records) })
}

const judge = (more: { since?: Date | number; again?: boolean; on?: SigningSystem } = {}) => {
  const { on = system, again, since } = more
  return collect(rescan(on, { dataset: DATASET, since }, { score: today, again }))
}
const foundIn = (windows: readonly JudgedWindow[]) => windows.flatMap(({ found }) => found.map(({ record }) => record))
const file = () => join(system.config.data, 'rescans', `${DATASET}.jsonl`)

describe('a rescan', () => {
  test('says by window what would be held now, and touches nothing until a person recalls it', async () => {
    const before = await everything()
    const windows = await judge()
    expect(windows.map(({ ordinal, found }) => [ordinal, found.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
    ])
    expect(windows[0]).toMatchObject({ before: { admit: 6, quarantine: 4 }, after: { admit: 5, quarantine: 5 } })
    expect(await everything()).toEqual(before)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(await readFile(file(), 'utf8')).not.toContain('poison')

    const records = foundIn(windows)
    expect(await stillAdmitted(system, DATASET, records)).toEqual(records)
    const choice = await recallable(system, { dataset: DATASET, records: records.slice(0, 3) })
    await recallRecords(system, choice, { reason: 'found by a rescan' })
    expect(await it.exported()).toHaveLength(33)
    expect(await stillAdmitted(system, DATASET, records)).toEqual(records.slice(3))
  })

  test('goes on where it was ended, with the same bytes; with --again it judges anew', async () => {
    const whole = await judge()
    const kept = await readFile(file(), 'utf8')
    await judge({ again: true })
    expect(await readFile(file(), 'utf8')).toBe(kept)
    expect(scored).toHaveLength(8)

    let lives = 0
    for (const killedAt of [1, 2, 3]) {
      let steps = 0
      const step: SigningSystem['step'] = async (name, work) => {
        if (name === 'rescan.window' && ++steps === killedAt) throw new Error('killed')
        return work()
      }
      scored = []
      await expect(judge({ on: { ...system, step }, again: true })).rejects.toThrow('killed')
      await appendFile(file(), '{"window":"cut sho') // a line that a crash cut short
      const done = scored.length
      expect(await judge()).toEqual(whole)
      expect(scored.length - done).toBe(4 - (killedAt - 1))
      expect(await readFile(file(), 'utf8')).toBe(kept)
      lives++
    }
    expect(lives).toBe(3)
  })

  test('judges again what follows from something else by now', async () => {
    await judge()
    const { config } = system
    await judge({ on: { ...system, config: { ...config, seed: config.seed + 1 } } })
    expect(scored).toHaveLength(8)
    await judge()
    expect(scored).toHaveLength(8)
  })

  test('judges a window that was scanned among others, and cannot be by itself, by the risks that it has', async () => {
    const alone = async (task: ScoreTask) => {
      const { sidecar, ...scored } = await scoreByText(task)
      const { records, ...rest } = decodeSidecar(sidecar)
      const held = records.map((record) => ({ ...record, risk: 1, decision: 'quarantine' as const }))
      return { ...scored, sidecar: encodeSidecar({ ...rest, records: held, unscanned: 'too few' }) }
    }
    const windows = await collect(rescan(system, { dataset: DATASET }, { score: alone }))
    expect(windows.map(({ before, after }) => [before.quarantine, after.quarantine])).toEqual([
      [4, 4],
      [0, 0],
      [0, 0],
      [0, 0],
    ])
    expect(foundIn(windows)).toEqual([])
  })

  test('takes the windows from a number, or from a time on', async () => {
    expect((await judge({ since: 3 })).map(({ ordinal }) => ordinal)).toEqual([3, 4])
    expect(await judge({ since: new Date(Date.now() + 60_000) })).toEqual([])
    expect(await judge({ since: new Date(0) })).toHaveLength(4)
    const elsewhere = rescan(system, { dataset: 'none' }, { score: today })
    await expect(collect(elsewhere)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('--what-if takes the risks of then: nothing is scanned, and nothing kept', async () => {
    const held = async (risk: number) => {
      const policy = policySchema.parse({ hold: { risk } })
      const windows = await collect(rescanWhatIf(system, { dataset: DATASET }, policy))
      return windows.map(({ after, found }) => [after.quarantine, found.length])
    }
    expect(await held(0.5)).toEqual([
      [4, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ])
    expect(await held(0.05)).toEqual([
      [10, 6],
      [10, 10],
      [10, 10],
      [10, 10],
    ])
    expect(await held(0.95)).toMatchObject([[0, 0], {}, {}, {}])
    expect(scored).toEqual([])
    await expect(stat(file())).rejects.toThrow('ENOENT')
  })
})

/** All that a rescan must leave as it is. */
async function everything() {
  const { catalog, store } = system
  return {
    objects: await collect(store.list('')),
    head: await catalog.audit.head(),
    flagged: await catalog.flagged.list({}),
    totals: await catalog.windows.totals(),
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
