import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freePort } from '#emulators/free-port.ts'
import { verifyFederation } from '#app/operations/federations.ts'
import { verifyAuditLog } from '#app/operations/audit.ts'
import { seededRandom } from '#core/random.ts'
import { ROUND_POINTS } from '#runtime/process/steps.ts'
import { openFederation } from '#app/federate/federation.ts'
import type { SigningSystem } from '#app/system.ts'
import { replayRounds } from '#services/federate/models/encrypted.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { DIMENSION, enrolAll, FEDERATION, makeHome, namesOf, runClient } from './support/federation.ts'

const AGGREGATOR = fileURLToPath(new URL('./support/aggregator.ts', import.meta.url))
const RANDOM_KILLS = 4
const CLIENTS = 4

/** Of an aggregator killed again and again over one data folder, while the same clients go on calling. */
test('an aggregator killed at every step and at random: each round ends once, and no update counts twice', async () => {
  const port = await freePort()
  const home = await makeHome({
    rounds: 10_000,
    minimum: CLIENTS,
    gatherSeconds: 5,
    stageSeconds: 20,
    listen: { port },
  })
  const names = namesOf(CLIENTS)
  const peers = await (async () => {
    await using system = await home.open()
    return await enrolAll(system, names)
  })()

  // every update of the n-th training of a client is 1 + n thousandths: the model says which updates are in it
  const trained = new Map<string, Map<number, number>>(names.map((name) => [name, new Map()]))
  const stop = new AbortController()
  const heard = new Map<string, RoundTaken[]>(names.map((name) => [name, []]))
  const clients = names.map((name) => {
    let count = 0
    return runClient(
      name,
      port,
      peers,
      {
        train: (_model, _terms, round) => {
          trained.get(name)!.set(round, ++count)
          return { update: new Float64Array(DIMENSION).fill(1 + count / 1000), weight: 1 }
        },
        patience: 120_000,
      },
      stop.signal,
      (taken) => heard.get(name)!.push(taken),
    )
  })

  const random = seededRandom(1, 'federate crash')
  const ends: string[] = []
  const lives = [
    ...ROUND_POINTS.map((point) => () => live(home.config, [point, String(1 + random.below(2))])),
    ...Array.from({ length: RANDOM_KILLS }, () => () => live(home.config, [], { afterMs: random.below(1500) })),
  ]
  for (const life of lives) ends.push(await life())
  expect(ends).toEqual(lives.map(() => 'SIGKILL'))
  const last = await live(home.config, [], { afterMs: 4000, signal: 'SIGTERM' })
  expect(last).toBe('0')
  stop.abort()
  await Promise.all(clients)

  await using system = await home.open()
  const rows = (await system.catalog.federations.rounds(FEDERATION)).toReversed()
  expect(rows.map(({ round }) => round)).toEqual(rows.map((_, i) => i + 1))
  for (const { state, why } of rows) {
    expect(['committed', 'aborted']).toContain(state)
    expect(why === null).toBe(state === 'committed')
  }
  const committed = rows.filter(({ state }) => state === 'committed').map(({ round }) => round)
  expect(committed.length).toBeGreaterThan(3)
  expect(rows.length - committed.length).toBeGreaterThan(3)
  const report = await verifyFederation(system, FEDERATION)
  expect(report).toMatchObject({
    rounds: rows.length,
    committed: committed.length,
    proven: committed.length,
    problems: [],
  })
  expect((await verifyAuditLog(system)).problems.filter(({ kind }) => kind !== 'unsigned')).toEqual([])

  const expected = committed.reduce(
    (sum, round) => sum + names.reduce((all, name) => all + 1 + trained.get(name)!.get(round)! / 1000, 0) / CLIENTS,
    0,
  )
  const model = await modelOf(system)
  for (const value of model) expect(value).toBeCloseTo(expected, 3)
  // what clients were told is what is on record
  for (const taken of heard.values())
    for (const { memory, outcome } of taken)
      if (outcome !== null) expect(outcome.state).toBe(rows[memory.round - 1]!.state)
  await home.remove()
})

interface End {
  readonly afterMs?: number
  readonly signal?: NodeJS.Signals
}

/** One life of the aggregator; a signal comes so long after it listens. */
async function live(
  config: string,
  fatal: readonly string[],
  { afterMs, signal = 'SIGKILL' }: End = {},
): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [AGGREGATOR, config, ...fatal], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdout!.once('data', () => {
    if (afterMs !== undefined) setTimeout(() => child.kill(signal), afterMs)
  })
  const [code, by] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...end) => resolve(end))
  })
  if (by === null && code !== 0) throw new Error(`a life of the aggregator failed: ${stderr}`)
  return by ?? String(code)
}

async function modelOf(system: SigningSystem): Promise<Float64Array> {
  const { row, chain } = await openFederation(system, FEDERATION)
  let model: Float64Array = new Float64Array()
  for await (const { next } of replayRounds({ federation: row, vault: system.vault, chain })) model = next ?? model
  return model
}
