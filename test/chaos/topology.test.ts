import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { redisMissing } from '#emulators/redis.ts'
import { needs } from '#test/support/needs.ts'
import { committedCounts, takeAccounts } from '#test/support/topology/accounts.ts'
import { startInstallation, type Installation } from '#test/support/topology/layout.ts'
import { postgresMissing } from '#test/support/topology/postgres.ts'
import { until } from '#test/support/topology/until.ts'

/** How long everything is killed at random: ten minutes show it best, `CREDENCE_CHAOS_SECONDS` sets it. */
const SECONDS = Number(process.env['CREDENCE_CHAOS_SECONDS'] ?? 60)
const SEED = Number(process.env['CREDENCE_CHAOS_SEED'] ?? 1)
const { skip, why } = needs(redisMissing(), postgresMissing())

describe.skipIf(skip)(`a scaled-out installation${why}`, () => {
  let folder: string
  let installation: Installation

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credence-topology-'))
    installation = await startInstallation({ folder, perSecond: 20 })
  })
  afterAll(async () => {
    await installation.close()
    await rm(folder, { recursive: true, force: true })
  })

  test(
    `accounts for every record exactly once after ${SECONDS} s in which each of its processes was killed at random`,
    { timeout: (SECONDS + 600) * 1000 },
    async () => {
      const { victims, producers, config, env } = installation
      const random = seededRandom(SEED, 'chaos/topology')
      const kills = new Map(victims.map(({ name }) => [name, 0]))
      const end = performance.now() + SECONDS * 1000
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

      const taken = Object.fromEntries(Object.entries(producers).map(([name, { sent }]) => [name, sent.size]))
      await until(
        async () => {
          const counts = await committedCounts(config, env)
          return Object.entries(taken).every(([name, count]) => (counts.get(name) ?? 0) >= count)
        },
        { folder, withinMs: 500_000 },
      )
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
