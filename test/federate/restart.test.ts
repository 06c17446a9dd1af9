import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { serveFederation } from '#app/federate/serve.ts'
import type { SigningSystem } from '#app/system.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { enrolAll, FEDERATION, makeHome, namesOf, runClient } from './support/federation.ts'
import { lyingTransport } from './support/lying.ts'

const DIMENSION = 128
const NAMES = namesOf(5)
const LIAR = NAMES.at(-1)!

/** One life of an aggregator: the rounds that are left, in which one client lies about its sketch. */
async function live(system: SigningSystem): Promise<Map<string, RoundTaken[]>> {
  const peers = await enrolAll(system, NAMES)
  const stop = new AbortController()
  const clients = new Map<string, Promise<RoundTaken[]>>()
  await serveFederation(system, FEDERATION, {
    signal: stop.signal,
    onListening: (port) => {
      for (const name of NAMES) {
        const lies = name === LIAR ? { transport: lyingTransport(name, port, peers.session) } : {}
        const train = () => ({ update: new Float64Array(DIMENSION).fill(0.1), weight: 1 })
        clients.set(name, runClient(name, port, peers, { train, sketch: 8, ...lies }, stop.signal))
      }
    },
  })
  stop.abort()
  return new Map(await Promise.all([...clients].map(async ([name, taken]) => [name, await taken] as const)))
}

test('who was proved to lie is not asked by the next aggregator either, and likeness goes on, until a reviewer clears it', async () => {
  const sketched = { sketch: 8, clip: 4, attackers: 0, gatherSeconds: 60, stageSeconds: 60 }
  const home = await makeHome({ rounds: 1, minimum: 4, ...sketched }, DIMENSION)
  const grow = async (rounds: number) => {
    const config = JSON.parse(await readFile(home.config, 'utf8')) as { federations: Record<string, object> }
    config.federations[FEDERATION] = { ...config.federations[FEDERATION], rounds }
    await writeFile(home.config, JSON.stringify(config))
  }
  const why = ['Round 1 proved that it lied: about its sketch, or about shares of a secret.']
  const held = { client: LIAR, ruling: 'held', score: 0, why }
  const likenessOf = async ({ catalog }: SigningSystem) =>
    (await catalog.federations.likeness(FEDERATION)).get(`${NAMES[0]} ${NAMES[1]}`)?.rounds
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
