import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSigningSystem } from '#app/system.ts'
import { seededRandom } from '#core/random.ts'
import { loadConfig } from '#app/config/load.ts'
import { STEP_POINTS } from '#runtime/process/steps.ts'
import { writeFixture } from './fixture.ts'
import { outcomeOf, type Outcome } from './outcome.ts'

const KILLS = 200
const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))

let home: string
let clean: Outcome
/** How long an uninterrupted life takes here, in milliseconds: the span that kills are drawn from. */
let lifetime: number

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'credence-crash-'))
  await writeFixture(join(home, 'fixture'))
  const config = await fresh('clean', 'fixture')
  const began = performance.now()
  expect(await live(config)).toBe('finished')
  lifetime = performance.now() - began
  clean = await outcomeOf(config)
  // An install that has been opened before: most lives of a pipeline do not begin by making the catalog.
  await cp(join(home, 'fixture'), join(home, 'opened'), { recursive: true })
  await using _ = await openSigningSystem(await loadConfig(join(home, 'opened', 'credence.yaml'), {}), {
    command: 'crash test',
  })
})

afterAll(() => rm(home, { recursive: true, force: true }))

describe('an uninterrupted run', () => {
  it('accounts for every record and leaves nothing behind', () => {
    expect(clean.totals).toMatchObject({ readings: { received: 180 }, notes: { received: 121 } })
    for (const total of Object.values(clean.totals) as Record<string, number>[])
      expect(total['received']).toBe(
        total['admitted']! + total['quarantined']! + total['rejected']! + total['deadLettered']!,
      )
    expect(clean.leftovers).toEqual([])
    expect(clean.auditProblems).toBe(0)
    expect(clean.deadLetters.filter((line) => line.endsWith('duplicate_id'))).toHaveLength(1)
  })
})

describe('killed at a step of the protocol', () => {
  it.concurrent.each(STEP_POINTS)('%s: ends as if nothing had happened', async (point) => {
    const random = seededRandom(1, `chaos/${point}`)
    const config = await fresh(point.replaceAll(/[.:]/g, '-'), 'opened')
    expect(await live(config, { point, nth: 1 + random.below(3) })).toBe('killed')
    expect(await live(config)).toBe('finished')
    expect(await outcomeOf(config)).toEqual(clean)
    await rm(join(config, '..'), { recursive: true })
  })
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
          const killAfter = tries < 12 ? random.next() * lifetime : undefined
          if ((await live(config, killAfter === undefined ? {} : { killAfter })) === 'finished') break
          kills++
        }
        expect(await outcomeOf(config)).toEqual(clean)
        await rm(join(config, '..'), { recursive: true })
      }
      expect(kills).toBeGreaterThanOrEqual(KILLS / 2)
    },
    1_500_000,
  )
})

async function fresh(name: string, from: 'fixture' | 'opened'): Promise<string> {
  await cp(join(home, from), join(home, name), { recursive: true })
  return join(home, name, 'credence.yaml')
}

interface End {
  /** Killed as it passes this point for the n-th time. */
  readonly point?: string
  readonly nth?: number
  /** Killed after so many milliseconds. */
  readonly killAfter?: number
}

/** One life of the pipeline, ended in one of these ways or by itself. */
async function live(config: string, { point, nth = 1, killAfter }: End = {}): Promise<'finished' | 'killed'> {
  const child = spawn(process.execPath, [CHILD, config, ...(point === undefined ? [] : [point, String(nth)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...end) => resolve(end))
  })
  clearTimeout(timer)
  if (signal === 'SIGKILL') return 'killed'
  if (code !== 0) throw new Error(`a life of the pipeline failed: ${stderr}`)
  return 'finished'
}
