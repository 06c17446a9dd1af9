import { afterEach, describe, expect, test } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serveFederation } from '#app/federate/serve.ts'
import { exportModel, heldClients, verifyFederation } from '#app/operations/federations.ts'
import type { SigningSystem } from '#app/system.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { DIMENSION, enrolAll, FEDERATION, makeHome, namesOf, runClient, type Home } from './support/federation.ts'

const homes: Home[] = []
afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove()
})

async function homeOf(settings: Readonly<Record<string, unknown>>): Promise<Home> {
  const home = await makeHome(settings)
  homes.push(home)
  return home
}

const updateOf = (i: number) => Float64Array.from({ length: DIMENSION }, (_, k) => 1 + Math.sin(i * 7 + k) / 4)

/** A federation served to its end, with a client for each update. */
async function runAll(
  system: SigningSystem,
  names: readonly string[],
  update: (i: number, round: number) => Float64Array = updateOf,
): Promise<Map<string, RoundTaken[]>> {
  const peers = await enrolAll(system, names)
  const stop = new AbortController()
  const clients = new Map<string, Promise<RoundTaken[]>>()
  await serveFederation(system, FEDERATION, {
    signal: stop.signal,
    onListening: (port) => {
      for (const [i, name] of names.entries()) {
        let round = 0
        const train = () => ({ update: update(i, ++round), weight: 1 })
        clients.set(name, runClient(name, port, peers, { train }, stop.signal))
      }
    },
  })
  stop.abort()
  return new Map(await Promise.all([...clients].map(async ([name, taken]) => [name, await taken] as const)))
}

describe('a federation over a real connection', () => {
  test('masked: makes one model of what clients send, keeps it encrypted, and can prove it', async () => {
    const home = await homeOf({ rounds: 2, minimum: 4 })
    await using system = await home.open()
    const names = namesOf(5)
    const taken = await runAll(system, names)
    const rows = await system.catalog.federations.rounds(FEDERATION)
    expect(rows).toMatchObject([
      { round: 2, state: 'committed' },
      { round: 1, state: 'committed' },
    ])
    expect(await system.catalog.federations.clients(FEDERATION, 1)).toEqual(
      names.map((client) => ({ client, ruling: 'counted', score: 0, risk: null, why: [] })),
    )
    for (const rounds of taken.values())
      expect(rounds[0]?.outcome).toMatchObject({ state: 'committed', ruling: 'counted', model: rows[1]!.model })
    const report = await verifyFederation(system, FEDERATION)
    expect(report).toEqual({
      federation: FEDERATION,
      rounds: 2,
      committed: 2,
      proven: 2,
      model: rows[0]!.model,
      problems: [],
    })
    const actions: string[] = []
    for await (const { action } of system.catalog.audit.entries()) actions.push(action)
    expect(actions.filter((action) => action.startsWith('round.'))).toEqual([
      'round.opened',
      'round.committed',
      'round.opened',
      'round.committed',
    ])
  })

  test('judged: holds who poisons, for a reviewer to look at', async () => {
    const home = await homeOf({ rounds: 1, minimum: 6, aggregate: 'judged' })
    await using system = await home.open()
    const names = namesOf(8)
    await runAll(system, names, (i) => updateOf(i).map((value) => (i === 3 ? -9 * value : value)))
    expect(await system.catalog.federations.rounds(FEDERATION)).toMatchObject([{ state: 'committed' }])
    const held = await heldClients(system)
    expect(held).toMatchObject([{ federation: FEDERATION, round: 1, client: 'site-3', standing: 'held' }])
    expect(held[0]!.why.length).toBeGreaterThan(0)
    expect(held[0]!.risk).toBeGreaterThan(0.9)
    expect(await system.catalog.federations.history(FEDERATION, 'site-0')).toMatchObject([
      { round: 1, ruling: 'counted', risk: expect.any(Number), standing: null },
    ])
    expect(await verifyFederation(system, FEDERATION)).toMatchObject({ committed: 1, proven: 0, problems: [] })
  })

  test('a model that the gate refuses is rolled back, and the next round begins with the one before', async () => {
    const home = await homeOf({ rounds: 2, minimum: 4, gate: './gate.mjs' })
    const gate = 'export default (next) => (next[0] > 1.4 ? "It drifts." : null)\n'
    await writeFile(join(home.path, 'gate.mjs'), gate)
    await using system = await home.open()
    await runAll(system, namesOf(4), (_i, round) => new Float64Array(DIMENSION).fill(round === 1 ? 2 : 1))
    const [second, first] = await system.catalog.federations.rounds(FEDERATION)
    expect(first).toMatchObject({ state: 'rolledBack', why: 'It drifts.' })
    expect(second).toMatchObject({ state: 'committed' })
    expect(await verifyFederation(system, FEDERATION)).toMatchObject({ rounds: 2, committed: 1, problems: [] })
  })

  test('the model of an earlier round is taken out as it was, and the log says so; of a round that made none, nothing is', async () => {
    const home = await homeOf({ rounds: 2, minimum: 4, gate: './gate.mjs' })
    const gate = 'export default (next) => (next[0] > 1.4 ? "It drifts." : null)\n'
    await writeFile(join(home.path, 'gate.mjs'), gate)
    await using system = await home.open()
    await runAll(system, namesOf(4), (_i, round) => new Float64Array(DIMENSION).fill(round === 1 ? 1 : 2))
    const taken: Float64Array[] = []
    const write = async (model: Float64Array) => void taken.push(model)
    const { sha256 } = await exportModel(system, FEDERATION, 1, write)
    const rounds = await system.catalog.federations.rounds(FEDERATION)
    expect(rounds.map(({ state }) => state)).toEqual(['rolledBack', 'committed'])
    expect(rounds[0]!.model).toBe(sha256)
    expect(taken[0]![0]).toBeCloseTo(1, 2)
    await expect(exportModel(system, FEDERATION, 2, write)).rejects.toMatchObject({ code: 'not_found' })
    await expect(exportModel(system, FEDERATION, 9, write)).rejects.toMatchObject({ code: 'not_found' })
    expect(taken).toHaveLength(1)
    const actions: string[] = []
    for await (const { action } of system.catalog.audit.entries()) actions.push(action)
    expect(actions.filter((action) => action === 'model.exported')).toHaveLength(1)
  })
})
