import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freePort } from '#emulators/free-port.ts'
import { heldClients, verifyFederation } from '#app/operations/federations.ts'
import { verifyAuditLog } from '#app/operations/audit.ts'
import { seededRandom } from '#core/random.ts'
import { ROUND_POINTS, type StepPoint } from '#runtime/process/steps.ts'
import { openFederation } from '#app/federate/federation.ts'
import type { SigningSystem } from '#app/system.ts'
import { replayRounds } from '#services/federate/models/encrypted.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { DIMENSION, enrolAll, FEDERATION, makeHome, namesOf, runClient } from './support/federation.ts'
import { lyingTransport } from './support/lying.ts'

const AGGREGATOR = fileURLToPath(new URL('./support/aggregator.ts', import.meta.url))
const RANDOM_KILLS = 4
const CLIENTS = 4

/** Terms with sketches, of which one client lies: stages are one more than six, until it is asked no more. */
const SKETCHED = { sketch: 8, clip: 16, range: 16, attackers: 0 }
const STAGES = ['advertise', 'share', 'mask', 'sketch', 'explain', 'agree', 'unmask']

/** Of which enough are compared for rounds to teach something of clients. */
const JUDGED = { aggregate: 'judged', attackers: 0 }

/** Of an aggregator killed again and again over one data folder, while the same clients go on calling. */
test.each([
  ['', {}, DIMENSION, CLIENTS, 0],
  [', with sketches and one that lies', SKETCHED, 128, CLIENTS, 1],
  [', in judged rounds', JUDGED, DIMENSION, CLIENTS + 1, 0],
] as const)(
  'an aggregator killed at every step and at random%s: each round ends once, and no update counts twice',
  async (_, settings, dimension, minimum, liars) => {
    const port = await freePort()
    const base = { rounds: 10_000, minimum, gatherSeconds: 5, stageSeconds: 20, listen: { port } }
    const home = await makeHome({ ...base, ...settings }, dimension)
    const names = namesOf(minimum + liars)
    const [liar] = names.slice(minimum)
    const learns = 'sketch' in settings || 'aggregate' in settings
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
            return { update: new Float64Array(dimension).fill(1 + count / 1000), weight: 1 }
          },
          patience: 120_000,
          sketch: 8,
          ...(name === liar && { transport: lyingTransport(name, port, peers.session) }),
        },
        stop.signal,
        (taken) => heard.get(name)!.push(taken),
      )
    })

    const random = seededRandom(1, 'federate crash')
    const ends: string[] = []
    const fatal = (point: StepPoint, nth: number) => () => live(home.config, [point, String(nth)])
    // where nothing of an update is seen, rounds teach nothing of clients
    const points = ROUND_POINTS.filter((point) => learns || !point.startsWith('round.past'))
    const lives = [
      // nobody knows of the liar yet: its first round asks for explanations, and no later one does once it is barred
      ...(liar === undefined ? [] : [fatal('round.stage:after', STAGES.indexOf('explain') + 1)]),
      ...points.map((point) => fatal(point, 1 + random.below(2))),
      ...(liar === undefined ? [] : STAGES.slice(1).map((_, n) => fatal('round.stage:after', n + 1))),
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
      // of a judged round only the aggregator says who was in it
      proven: 'aggregate' in settings ? 0 : committed.length,
      problems: [],
    })
    expect((await verifyAuditLog(system)).problems.filter(({ kind }) => kind !== 'unsigned')).toEqual([])

    const honest = names.filter((name) => name !== liar)
    const expected = committed.reduce(
      (sum, round) => sum + honest.reduce((all, name) => all + 1 + trained.get(name)!.get(round)! / 1000, 0) / minimum,
      0,
    )
    if (liar !== undefined) {
      const stages = rows.flatMap(({ why }) => STAGES.filter((stage) => why === `The aggregator stopped at ${stage}.`))
      expect(new Set(stages)).toEqual(new Set(STAGES))
      expect([...(await system.catalog.federations.barred(FEDERATION)).keys()]).toEqual([liar])
      const [held] = await heldClients(system)
      expect(held).toMatchObject({ client: liar, why: [expect.stringContaining('proved that it lied')] })
    }
    // of each two clients, and of each alone
    const means = await system.catalog.federations.means(FEDERATION)
    expect(means.size > 0).toBe(learns)
    for (const { rounds } of means.values()) expect(rounds).toBeLessThanOrEqual(8)
    const model = await modelOf(system)
    for (const value of model) expect(value).toBeCloseTo(expected, 3)
    // what clients were told is what is on record
    for (const taken of heard.values())
      for (const { memory, outcome } of taken)
        if (outcome !== null) expect(outcome.state).toBe(rows[memory.round - 1]!.state)
    await home.remove()
  },
  // dozens of processes, one after the other
  1_800_000,
)

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
