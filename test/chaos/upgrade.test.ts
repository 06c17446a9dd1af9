import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redisMissing } from '#emulators/redis.ts'
import { needs } from '#test/support/needs.ts'
import { committedCounts, takeAccounts } from '#test/support/topology/accounts.ts'
import { startInstallation, type Installation } from '#test/support/topology/layout.ts'
import { postgresMissing } from '#test/support/topology/postgres.ts'
import { until } from '#test/support/topology/until.ts'

/** Five seconds more than a process of this installation gives itself, as the chart has it. */
const GRACE_MS = 605_000
/** What a shell calls a process that SIGTERM ended: it drained, and said so itself. */
const TOLD = 143
const { skip, why } = needs(redisMissing(), postgresMissing())

describe.skipIf(skip)(`an upgrade of a scaled-out installation${why}`, () => {
  let folder: string
  let installation: Installation

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credence-upgrade-'))
    installation = await startInstallation({ folder, perSecond: 15 })
  })
  afterAll(async () => {
    await installation.close()
    await rm(folder, { recursive: true, force: true })
  })

  test(
    'replaces every process as the chart does, a new one before an old one, and accounts for every record exactly once',
    { timeout: 1_800_000 },
    async () => {
      const { services, producers, config, env } = installation
      const patience = { folder, withinMs: 600_000 }
      const isSettled = async (least: (name: string) => number) => {
        const counts = await committedCounts(config, env)
        return Object.keys(producers).every((name) => (counts.get(name) ?? 0) >= least(name))
      }
      await until(() => isSettled(() => 1), patience)
      const ends: string[] = []
      // maxSurge 1, maxUnavailable 0: nobody goes before another is ready
      for (const old of services) {
        await installation.add(old.name.replace(/-\d+$/, ''))
        ends.push(`${old.name}: ${await old.stop?.(GRACE_MS)}, after ${old.deaths?.()} deaths`)
      }
      expect(ends).toEqual(services.map(({ name }) => `${name}: ${TOLD}, after 0 deaths`))
      await Promise.all(Object.values(producers).map((producer) => producer.stop()))
      await until(() => isSettled((name) => producers[name]?.sent.size ?? 0), patience)

      const accounts = await takeAccounts(config, env)
      for (const [name, { sent, unsure }] of Object.entries(producers)) {
        const { seen, admitted, held, deadLetters, pending } = accounts.datasets[name]!
        expect([...sent].filter((id) => !seen.has(id))).toEqual([])
        expect([...seen].filter(([, times]) => times !== 1)).toEqual([])
        expect([...seen.keys()].filter((id) => !sent.has(id) && !unsure.has(id))).toEqual([])
        expect(admitted.size + held).toBe(seen.size)
        expect([deadLetters, pending]).toEqual([{}, 0])
      }
      expect(accounts.auditProblems).toBe(0)
    },
  )
})
