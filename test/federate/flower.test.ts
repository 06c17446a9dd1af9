import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { serveFederation } from '#app/federate/serve.ts'
import { openFederation } from '#app/federate/federation.ts'
import { verifyFederation } from '#app/operations/federations.ts'
import { replayRounds } from '#services/federate/models/encrypted.ts'
import { named, needs } from '#test/support/needs.ts'
import { run } from '#test/support/python-needed.ts'
import { DIMENSION, enrolAll, FEDERATION, identityOf, makeHome, namesOf } from './support/federation.ts'

const { value: python, missing } = named('CREDENCE_TEST_FLOWER', 'a python3 where `pip install flwr==1.32.1` was run')
const { skip, why } = needs(missing)
const SCRIPT = fileURLToPath(new URL('./support/run-flower.py', import.meta.url))
const ROUNDS = 2
const updateOf = (i: number) => Array.from({ length: DIMENSION }, (_, k) => (i + 1) / 8 + k / 64)

describe.skipIf(skip)(`an app of Flower${why}`, () => {
  test('sends its updates through masked rounds, and goes on with the model that they make', async () => {
    const home = await makeHome({ rounds: ROUNDS, minimum: 4, range: 1 })
    {
      await using system = await home.open()
      const names = namesOf(4)
      const peers = await enrolAll(system, names)
      const clients = Object.fromEntries(
        names.map((name, i) => {
          const identity = Buffer.from(identityOf(name).secret).toString('hex')
          return [name, { identity, update: updateOf(i), examples: 10 * (i + 1) }]
        }),
      )
      const stop = new AbortController()
      let flower: Promise<string> | undefined
      await serveFederation(system, FEDERATION, {
        signal: stop.signal,
        onListening: (port) => {
          const given = { ...peers, clients, rounds: ROUNDS, url: `http://127.0.0.1:${port}` }
          flower = run(python, [SCRIPT], JSON.stringify(given))
        },
      })
      const said = JSON.parse(await flower!) as {
        rounds: { model: number[]; sent: string[][] }[]
        keys: string[]
        refused: string | null
      }
      expect(said.keys).toEqual(['weights', 'bias'])
      expect(said.refused).toMatch(/not of one of Credence/)
      expect(await verifyFederation(system, FEDERATION)).toMatchObject({ proven: ROUNDS, problems: [] })

      const { row, chain } = await openFederation(system, FEDERATION)
      const models: Float64Array[] = []
      for await (const { next } of replayRounds({ federation: row, vault: system.vault, chain })) models.push(next!)
      for (const [round, { model, sent }] of said.rounds.entries()) {
        // every client counts once: Flower's own weights by examples have no say
        expect(model).toEqual([...models[round + 1]!].map(Math.fround))
        expect(sent).toEqual(names.map(() => ['arrays', 'credence', 'metrics']))
        for (const [k, value] of model.entries()) {
          expect(value).toBeCloseTo((round + 1) * (5 / 16 + k / 64), 5)
        }
      }
    }
    await home.remove()
  })
})
