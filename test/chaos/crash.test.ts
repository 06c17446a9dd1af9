import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openSigningSystem } from '#app/system.ts'
import { seededRandom, type Random } from '#core/random.ts'
import { loadConfig } from '#app/config/load.ts'
import { STEPS } from '#runtime/process/steps.ts'
import { writeFixture } from './fixture.ts'
import { outcomeOf, type Outcome } from './outcome.ts'

/** How often it is killed at random: `CREDENCE_CRASH_KILLS` sets it, to more for a release. */
const KILLS = Number(process.env['CREDENCE_CRASH_KILLS'] ?? 50)
const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))

let home: string
let clean: Outcome
/** How long an uninterrupted life works here once its system is open, in milliseconds: the span that kills are drawn from. */
let work: number

beforeAll(async () => {
  vi.stubEnv('CREDENCE_TEST_KEPT', undefined) // every life that makes a database makes it, and may be killed over it
  home = await mkdtemp(join(tmpdir(), 'credence-crash-'))
  await writeFixture(join(home, 'fixture'))
  const config = await fresh('clean', 'fixture')
  let opened = 0
  expect(await live(config, { onOpen: () => (opened = performance.now()) })).toBe('finished')
  work = performance.now() - opened
  clean = await outcomeOf(config)
  // An install that has been opened before: most lives of a pipeline do not begin by making the catalog.
  await cp(join(home, 'fixture'), join(home, 'opened'), { recursive: true })
  await using _ = await openSigningSystem(await loadConfig(join(home, 'opened', 'credence.yaml'), {}), {
    command: 'crash test',
  })
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true, force: true })
})

describe('an uninterrupted run', () => {
  it('accounts for every record and leaves nothing behind', () => {
    expect(clean.totals).toMatchObject({ readings: { received: 180 }, notes: { received: 181 } })
    for (const total of Object.values(clean.totals) as Record<string, number>[])
      expect(total['received']).toBe(
        total['admitted']! + total['quarantined']! + total['rejected']! + total['deadLettered']!,
      )
    expect(clean.leftovers).toEqual([])
    expect(clean.auditProblems).toBe(0)
    expect(clean.byPolicy).toBeGreaterThan(0)
    // one copy that a person rejected is heard from the sixth window on, so that the eighth holds its own by its print
    expect(clean.poison.map((line) => line.replace(/ flood-.*/, ''))).toEqual(['notes 6', 'notes 7', 'notes 8'])
    expect(clean.standings).toContain('notes more-52 quarantined')
    expect(clean.deadLetters.filter((line) => line.endsWith('duplicate_id'))).toHaveLength(1)
  })
})

describe('killed at a step of the protocol', () => {
  it.concurrent.each(STEPS)(
    'before %s, and in the next life after it: ends as if nothing had happened',
    async (step) => {
      const random = seededRandom(1, `chaos/${step}`)
      const config = await fresh(step.replaceAll('.', '-'), 'opened')
      // and again where what people said teaches what is scanned
      const sittings = step.startsWith('scan.') ? [false, true] : [false]
      for (const isJudged of sittings)
        for (const point of [`${step}:before`, `${step}:after`] as const)
          expect(await live(config, { point, nth: 1 + random.below(3), isJudged })).toBe('killed')
      expect(await live(config)).toBe('finished')
      expect(await outcomeOf(config)).toEqual(clean)
      await rm(join(config, '..'), { recursive: true })
    },
  )
})

describe('killed at random moments', () => {
  it.concurrent.each([1, 2])(
    `half of ${KILLS} times (%i): ends as if nothing had happened`,
    async (half) => {
      const random = seededRandom(half, 'chaos/random')
      let kills = 0
      for (let folder = 0; kills < KILLS / 2; folder++) {
        // One in four is killed while everything is being made, too.
        const config = await fresh(`random-${half}-${folder}`, folder % 4 === 0 ? 'fixture' : 'opened')
        for (let tries = 0; ; tries++) {
          // Late lives are spared, so that every folder ends.
          if ((await live(config, tries < 12 ? randomEnd(random, tries) : {})) === 'finished') break
          kills++
        }
        expect(await outcomeOf(config)).toEqual(clean)
        await rm(join(config, '..'), { recursive: true })
      }
      expect(kills).toBeGreaterThanOrEqual(KILLS / 2)
    },
    1_500_000 + 20_000 * KILLS,
  )
})

/**
 * One in eight while the program starts and opens its system, the others while it works: there are more lines there. The more lives there were,
 * the less is left to do.
 */
function randomEnd(random: Random, lives: number): End {
  const after = (random.next() * work) / (1 + lives / 2)
  return random.below(8) === 0 ? { killAfter: after } : { killAfterOpen: after }
}

async function fresh(name: string, from: 'fixture' | 'opened'): Promise<string> {
  await cp(join(home, from), join(home, name), { recursive: true })
  return join(home, name, 'credence.yaml')
}

interface End {
  /** Killed as it passes this point for the n-th time. */
  readonly point?: string
  readonly nth?: number
  /** Counted from when people have judged the first windows. */
  readonly isJudged?: boolean
  /** Killed so many milliseconds after its start. */
  readonly killAfter?: number
  /** Killed so many milliseconds after it opened its system. */
  readonly killAfterOpen?: number
  readonly onOpen?: () => void
}

/** One life of the pipeline, ended in one of these ways or by itself. */
async function live(config: string, { point, nth = 1, isJudged = false, ...end }: End = {}) {
  const { killAfter, killAfterOpen, onOpen } = end
  const fatal = point === undefined ? [] : [point, String(nth), ...(isJudged ? ['judged'] : [])]
  const child = spawn(process.execPath, [CHILD, config, ...fatal], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  const timers: NodeJS.Timeout[] = []
  const killIn = (ms: number | undefined): void => {
    if (ms !== undefined) timers.push(setTimeout(() => child.kill('SIGKILL'), ms))
  }
  killIn(killAfter)
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  // All that it ever says there is that its system is open.
  child.stdout.once('data', () => {
    onOpen?.()
    killIn(killAfterOpen)
  })
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...how) => resolve(how))
  })
  for (const timer of timers) clearTimeout(timer)
  if (signal === 'SIGKILL') return 'killed'
  if (code !== 0) throw new Error(`a life of the pipeline failed: ${stderr}`)
  return 'finished'
}
