import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { recallByPolicy } from '#app/automatic-recalls.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { memoryPath } from '#core/layout.ts'
import { seededRandom } from '#core/random.ts'
import { redisMissing } from '#emulators/redis.ts'
import { needs } from '#test/support/needs.ts'
import { committedCounts, takeAccounts } from '#test/support/topology/accounts.ts'
import { outcomeOfDataset, type DatasetOutcome } from '#test/support/topology/dataset-outcome.ts'
import { startInstallation, type Installation } from '#test/support/topology/layout.ts'
import { postgresMissing } from '#test/support/topology/postgres.ts'
import { until } from '#test/support/topology/until.ts'
import { CONFIGURED, DATASET, deliverRows, recallCopy, undisturbed, WINDOWS } from '#test/support/topology/thin-rows.ts'

/** How long everything is killed at random: ten minutes show it best, `CREDENCE_CHAOS_SECONDS` sets it. */
const SECONDS = Number(process.env['CREDENCE_CHAOS_SECONDS'] ?? 60)
const SEED = Number(process.env['CREDENCE_CHAOS_SEED'] ?? 1)
const { skip, why } = needs(redisMissing(), postgresMissing())

describe.skipIf(skip)(`a scaled-out installation${why}`, () => {
  let folder: string
  let installation: Installation
  let alone: DatasetOutcome

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credence-topology-'))
    alone = await undisturbed(join(folder, 'undisturbed'))
    await deliverRows(folder, 1, WINDOWS.first)
    installation = await startInstallation({ folder, perSecond: 20, datasets: CONFIGURED })
  })
  afterAll(async () => {
    await installation.close()
    await rm(folder, { recursive: true, force: true })
  })

  const withSystem = async <T>(work: (system: SigningSystem) => Promise<T>): Promise<T> => {
    const { config, env } = installation
    Object.assign(process.env, env)
    await using system = await openSigningSystem(await loadConfig(config, process.env), { command: 'chaos test' })
    return await work(system)
  }

  test(
    `accounts for every record exactly once after ${SECONDS} s in which each of its processes was killed at random`,
    { timeout: (SECONDS + 2400) * 1000 },
    async () => {
      const { victims, producers, config, env } = installation
      const random = seededRandom(SEED, 'chaos/topology')
      const kills = new Map(victims.map(({ name }) => [name, 0]))
      const end = performance.now() + SECONDS * 1000
      // while everything dies around them, a person decides, and more of what the decision is about comes
      const decided = until(() => withSystem(recallCopy), { folder, withinMs: SECONDS * 1000 + 400_000 }).then(() =>
        deliverRows(folder, WINDOWS.first + 1, WINDOWS.all),
      )
      decided.catch(() => {})
      // Everybody is due once before anybody is due again.
      for (let due = [...victims]; performance.now() < end;) {
        if (due.length === 0) due = [...victims]
        const [victim] = due.splice(random.below(due.length), 1)
        if (victim === undefined) continue
        await victim.kill()
        kills.set(victim.name, (kills.get(victim.name) ?? 0) + 1)
        await delay(random.below(1500))
        await victim.start()
        await delay(random.below(1500))
      }
      await Promise.all(Object.values(producers).map((producer) => producer.stop()))
      await decided

      const taken = Object.fromEntries(Object.entries(producers).map(([name, { sent }]) => [name, sent.size]))
      await until(
        async () => {
          const counts = await committedCounts(config, env)
          return Object.entries(taken).every(([name, count]) => (counts.get(name) ?? 0) >= count)
        },
        { folder, withinMs: 900_000 },
      )
      const last = memoryPath(DATASET, WINDOWS.all)
      await until(() => withSystem(({ store }) => store.exists(last)), { folder, withinMs: 600_000 })
      const isRecalled = async (system: SigningSystem) => {
        const { recalled, waiting } = await recallByPolicy(system, DATASET)
        return !waiting && recalled === 0 && (await system.catalog.reviews.list({ state: 'pending' })).length === 0
      }
      await until(() => withSystem(isRecalled), { folder, withinMs: 600_000 })
      const outcome = await withSystem((system) => outcomeOfDataset(system, DATASET))
      expect(outcome).toEqual(alone)
      // what many windows showed alone: a value and a flood, each held in the last window and recalled from the others
      expect(outcome.campaigns).toHaveLength(2)
      expect(outcome.state).toHaveLength(WINDOWS.all / 2 + WINDOWS.all)
      expect(outcome.standings).toHaveLength(4 * WINDOWS.all)

      const accounts = await takeAccounts(config, env)
      for (const [name, { sent, unsure }] of Object.entries(producers)) {
        const { seen, admitted, held, deadLetters } = accounts.datasets[name]!
        expect([...sent].filter((id) => !seen.has(id))).toEqual([])
        expect([...seen].filter(([, times]) => times !== 1)).toEqual([])
        expect([...seen.keys()].filter((id) => !sent.has(id) && !unsure.has(id))).toEqual([])
        expect([...admitted].filter(([, times]) => times !== 1)).toEqual([])
        expect(admitted.size + held).toBe(seen.size)
        expect(Object.keys(deadLetters).filter((why) => why !== 'duplicate_id')).toEqual([])
      }
      expect(victims.filter((victim) => (victim.deaths?.() ?? 0) > 0).map(({ name }) => name)).toEqual([])
      expect(accounts.auditProblems).toBe(0)
      expect([...kills].filter(([, times]) => times === 0 && SECONDS >= 120)).toEqual([])
      const summary = Object.entries(producers).map(
        ([name, { sent, unsure }]) => `${name} ${sent.size} records (${unsure.size} unsure)`,
      )
      const killed = [...kills].map(([name, times]) => `${name} ${times}×`)
      process.stdout.write(`chaos, seed ${SEED}, ${SECONDS} s: ${summary.join(', ')}; killed ${killed.join(', ')}\n`)
    },
  )
})
