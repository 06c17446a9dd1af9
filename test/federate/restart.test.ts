import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { serveFederation } from '#app/federate/serve.ts'
import { campaignsOfClients, clearClients } from '#app/operations/federations.ts'
import { seededRandom } from '#core/random.ts'
import type { SigningSystem } from '#app/system.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { enrolAll, FEDERATION, makeHome, namesOf, runClient } from './support/federation.ts'
import { lyingTransport } from './support/lying.ts'

const DIMENSION = 128
const NAMES = namesOf(5)
const LIAR = NAMES.at(-1)!

/** One life of an aggregator: the rounds that are left. */
async function liveWith(
  system: SigningSystem,
  names: readonly string[],
  options: (name: string, i: number, port: number, session: string) => ClientOptions,
): Promise<Map<string, RoundTaken[]>> {
  const peers = await enrolAll(system, names)
  const stop = new AbortController()
  const clients = new Map<string, Promise<RoundTaken[]>>()
  await serveFederation(system, FEDERATION, {
    signal: stop.signal,
    onListening: (port) => {
      for (const [i, name] of names.entries())
        clients.set(name, runClient(name, port, peers, options(name, i, port, peers.session), stop.signal))
    },
  })
  stop.abort()
  return new Map(await Promise.all([...clients].map(async ([name, taken]) => [name, await taken] as const)))
}
type ClientOptions = Parameters<typeof runClient>[3]

/** In which one client lies about its sketch. */
const live = (system: SigningSystem) =>
  liveWith(system, NAMES, (name, _i, port, session) => ({
    train: () => ({ update: new Float64Array(DIMENSION).fill(0.1), weight: 1 }),
    sketch: 8,
    ...(name === LIAR && { transport: lyingTransport(name, port, session) }),
  }))

/** A home whose federation is given more rounds from life to life. */
async function homeOf(settings: Readonly<Record<string, unknown>>, dimension: number) {
  const home = await makeHome({ rounds: 1, gatherSeconds: 60, stageSeconds: 60, ...settings }, dimension)
  const grow = async (rounds: number) => {
    const config = JSON.parse(await readFile(home.config, 'utf8')) as { federations: Record<string, object> }
    config.federations[FEDERATION] = { ...config.federations[FEDERATION], rounds }
    await writeFile(home.config, JSON.stringify(config))
  }
  return { ...home, grow }
}

test('who was proved to lie is not asked by the next aggregator either, and likeness goes on, until a reviewer clears it', async () => {
  const { grow, ...home } = await homeOf({ minimum: 4, sketch: 8, clip: 4, attackers: 0 }, DIMENSION)
  const why = ['Round 1 proved that it lied: about its sketch, or about shares of a secret.']
  const held = { client: LIAR, ruling: 'held', score: 0, risk: null, why }
  const likenessOf = async ({ catalog }: SigningSystem) =>
    (await catalog.federations.means(FEDERATION)).get(`${NAMES[0]} ${NAMES[1]}`)?.rounds
  {
    await using system = await home.open()
    await live(system)
    expect(await system.catalog.federations.clients(FEDERATION, 1)).toContainEqual(held)
    expect(await likenessOf(system)).toBe(1)
  }
  await grow(2)
  {
    await using system = await home.open()
    const taken = await live(system)
    expect(await system.catalog.federations.rounds(FEDERATION, 1)).toMatchObject([{ round: 2, state: 'committed' }])
    // it did not lie again: it was not asked
    expect(await system.catalog.federations.clients(FEDERATION, 2)).toContainEqual(held)
    expect(taken.get(NAMES[0]!)![0]?.outcome).toMatchObject({ ruling: 'counted' })
    expect(await likenessOf(system)).toBe(2)
    await system.catalog.federations.clear(FEDERATION, LIAR, 'a fault in its memory, mended')
  }
  await grow(3)
  {
    await using system = await home.open()
    await live(system)
    // asked, and caught, once more
    const again = { ...held, why: [why[0]!.replace('Round 1', 'Round 3')] }
    expect(await system.catalog.federations.clients(FEDERATION, 3)).toContainEqual(again)
  }
  await home.remove()
})

const JUDGED = 400
/** Owners of different data, and two at the end who go on pulling one way: in one round they are no more alike than chance makes others. */
function judgedUpdate(i: number, round: number): Float64Array {
  const random = seededRandom(100 * round + i, 'own')
  const meant = seededRandom(0, 'meant')
  const [pull, own] = i < 8 ? [0, 1.8] : [0.9, 1.56]
  return Float64Array.from({ length: JUDGED }, () => pull * meant.normal() + own * random.normal())
}

test('a judged round is held against what its clients sent an earlier aggregator, until a reviewer clears them', async () => {
  const { grow, ...home } = await homeOf({ minimum: 10, aggregate: 'judged' }, JUDGED)
  const names = namesOf(10)
  const lives = async (rounds: number) => {
    await grow(rounds)
    await using system = await home.open()
    await liveWith(system, names, (_name, i) => ({
      train: (_model, _terms, round) => ({ update: judgedUpdate(i, round), weight: 1 }),
    }))
    return await system.catalog.federations.clients(FEDERATION, rounds)
  }
  const heldIn = (clients: Awaited<ReturnType<typeof lives>>) =>
    clients.filter(({ ruling }) => ruling === 'held').map(({ client }) => client)
  const alone = await lives(1)
  expect(heldIn(alone)).toEqual([])
  expect(heldIn(await lives(3))).toEqual([])
  const found = await lives(4)
  expect(heldIn(found)).toEqual(names.slice(8))
  const [one, other] = found.slice(8)
  expect(one!.why.join(' ')).toContain('Round after round it pulls the same way as site-9')
  expect(one!.risk).toBeGreaterThan(alone[8]!.risk! + 0.3)
  expect(other!.risk).toBeGreaterThan(0.5)
  {
    await using system = await home.open()
    expect(await campaignsOfClients(system, FEDERATION)).toEqual([names.slice(8)])
    await expect(clearClients(system, FEDERATION, ['site-8', 'site-x'], 'typed')).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await clearClients(system, FEDERATION, names.slice(8), 'two sites of one owner')).toBe(2)
    expect(await campaignsOfClients(system, FEDERATION)).toEqual([])
  }
  expect(heldIn(await lives(5))).toEqual([])
  await home.remove()
})
