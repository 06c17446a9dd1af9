import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { serveFederation } from '#app/federate/serve.ts'
import { openFederation } from '#app/federate/federation.ts'
import { verifyFederation } from '#app/operations/federations.ts'
import { replayRounds, type ReplayedRound } from '#services/federate/models/encrypted.ts'
import type { RoundTaken } from '#services/federate/http/client.ts'
import { protectUpdate } from '#services/federate/privacy/protect.ts'
import { createLanes } from '#services/federate/secure/lanes/lanes.ts'
import { KEY_BYTES, seededBytes, type RandomBytes } from '#services/federate/secure/primitives.ts'
import { EXTRA_WORDS, readSum } from '#services/federate/secure/quantise.ts'
import type { Terms } from '#services/federate/secure/terms.ts'
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

  test('add noise to one sum over a real connection, to the last bit what their seeds say', async () => {
    const privacy = { noise: 2, epsilon: 10, delta: 1e-3 }
    const home = await makeHome({ rounds: 1, minimum: 4, clip: 2, range: 4, privacy }, DIMENSION)
    {
      await using system = await home.open()
      const names = namesOf(4)
      const peers = await enrolAll(system, names)
      const stop = new AbortController()
      const [typescript, inPython]: [Promise<RoundTaken[]>[], Promise<string>[]] = [[], []]
      // longer than the clip, all of them: what is masked is a shortened update with noise
      const of = (i: number) => Array.from({ length: DIMENSION }, (_, k) => Math.cos(7 * i + k))
      const seedOf = (name: string) => `noise of ${name}`
      let terms: Terms | undefined
      await serveFederation(system, FEDERATION, {
        signal: stop.signal,
        onListening: (port) => {
          for (const [i, name] of names.entries()) {
            if (i < 2) {
              const train = (_: Float64Array, asked: Terms) => {
                terms = asked
                return { update: of(i), weight: 1 }
              }
              const own = { train, noise: 1e-6, random: seededBytes(seedOf(name)) }
              typescript.push(runClient(name, port, peers, own, stop.signal))
              continue
            }
            const identity = Buffer.from(identityOf(name).secret).toString('hex')
            const about = {
              url: `http://127.0.0.1:${port}`,
              name,
              identity,
              sketch: 0,
              noise: 1e-6,
              seed: seedOf(name),
            }
            inPython.push(run(python, [SCRIPT], JSON.stringify({ ...peers, ...about, update: of(i) })))
          }
        },
      })
      stop.abort()
      const told = (await Promise.all(inPython)).map((text) => JSON.parse(text) as RoundTaken)
      expect(told.map(({ outcome }) => outcome?.ruling)).toEqual(['counted', 'counted'])
      for (const [first] of await Promise.all(typescript)) expect(first?.outcome?.ruling).toBe('counted')

      const { row: federation, chain } = await openFederation(system, FEDERATION)
      const replayed: ReplayedRound[] = []
      for await (const round of replayRounds({ federation, vault: system.vault, chain })) replayed.push(round)
      expect(terms!.noise).toBeGreaterThan(0)
      const sum = createLanes(DIMENSION + EXTRA_WORDS)
      const still = createLanes(DIMENSION + EXTRA_WORDS)
      for (const [i, name] of names.entries()) {
        sum.add(drawn(of(i), terms!, seededBytes(seedOf(name))))
        still.add(drawn(of(i), { ...terms!, noise: 0 }, seededBytes(seedOf(name))))
      }
      const model = replayed.at(-1)!.next!
      expect([...model]).toEqual([...readSum(sum, 4, terms!).mean])
      // and there is noise in it: so much of each client that all numbers moved
      for (const [k, value] of readSum(still, 4, terms!).mean.entries()) expect(model[k]).not.toBe(value)
      expect(replayed.at(-1)!.record!.epsilon).toBeGreaterThan(0)
      expect(await verifyFederation(system, FEDERATION)).toMatchObject({ proven: 1, problems: [] })
    }
    await home.remove()
  })
})

/** What a client adds to the sum: its words before they are masked, by all that it draws. */
function drawn(update: readonly number[], terms: Terms, random: RandomBytes): Int32Array {
  // three secrets of the round, and what two of them are split by
  for (let k = 0; k < 5; k++) random(KEY_BYTES)
  return protectUpdate(update, 1, terms, random).lanes.words
}
