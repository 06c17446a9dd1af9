import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { serveFederation } from '#app/federate/serve.ts'
import { openFederation } from '#app/federate/federation.ts'
import { verifyFederation } from '#app/operations/federations.ts'
import { replayRounds } from '#services/federate/models/encrypted.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { run } from '#test/support/python-needed.ts'
import { named, needs } from '#test/support/needs.ts'
import { DIMENSION, enrolAll, FEDERATION, identityOf, makeHome, namesOf, runClient } from './support/federation.ts'

const { value: python, missing } = named(
  'CREDENCE_TEST_PYTHON',
  'a python3 where `pip install numpy==2.4.6 cryptography==50.0.2` was run',
)
const { skip, why } = needs(missing)
const SCRIPT = fileURLToPath(new URL('./support/take-part.py', import.meta.url))

// numbers that are whole steps of the range, so that rounding has nothing to decide: the sum is exact
const STEP = 8 / (2 ** 20 - 1)
const stepsOf = (i: number, k: number) => 500_000 + 10_000 * i + 1000 * (k % 8)
const updateOf = (i: number, dimension: number) =>
  Array.from({ length: dimension }, (_, k) => -4 + STEP * stepsOf(i, k) + STEP / 2 ** 30)

describe.skipIf(skip)(`clients in two languages${why}`, () => {
  test.each([
    ['', DIMENSION, {}],
    [' with sketches', 128, { sketch: 8, clip: 4 }],
  ])('make one sum%s over a real connection, and each hears that it is in it', async (_, dimension, settings) => {
    const sketch = 8
    const home = await makeHome({ rounds: 1, minimum: 4, ...settings }, dimension)
    {
      await using system = await home.open()
      const names = namesOf(4)
      const peers = await enrolAll(system, names)
      const stop = new AbortController()
      const typescript: Promise<RoundTaken[]>[] = []
      const inPython: Promise<string>[] = []
      await serveFederation(system, FEDERATION, {
        signal: stop.signal,
        onListening: (port) => {
          for (const [i, name] of names.entries()) {
            if (i < 2) {
              const train = () => ({ update: updateOf(i, dimension), weight: 1 })
              typescript.push(runClient(name, port, peers, { train, sketch }, stop.signal))
              continue
            }
            const identity = Buffer.from(identityOf(name).secret).toString('hex')
            const about = { url: `http://127.0.0.1:${port}`, name, identity, sketch }
            const given = { ...peers, ...about, update: updateOf(i, dimension) }
            inPython.push(run(python, [SCRIPT], JSON.stringify(given)))
          }
        },
      })
      stop.abort()
      const [row] = await system.catalog.federations.rounds(FEDERATION)
      expect(row).toMatchObject({ state: 'committed' })
      const outcome = { state: 'committed', why: null, model: row!.model, ruling: 'counted' }
      for (const told of await Promise.all(inPython)) expect(JSON.parse(told)).toEqual({ round: 1, kept: [1], outcome })
      for (const [first] of await Promise.all(typescript)) expect(first?.outcome).toEqual(outcome)
      expect(await verifyFederation(system, FEDERATION)).toMatchObject({ proven: 1, problems: [] })

      const { row: federation, chain } = await openFederation(system, FEDERATION)
      const models: Float64Array[] = []
      for await (const { next } of replayRounds({ federation, vault: system.vault, chain })) models.push(next!)
      // the sum in whole steps, as the ring of integers has it: one step of difference in one client would show
      const steps = Array.from({ length: dimension }, (_, k) => [0, 1, 2, 3].reduce((sum, i) => sum + stepsOf(i, k), 0))
      expect([...models[1]!].map((value) => Math.round(((value + 4) / STEP) * 4))).toEqual(steps)
    }
    await home.remove()
  })
})
