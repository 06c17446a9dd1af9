import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { AppError } from '#core/errors.ts'
import { createClient, type SecureClient } from '#services/federate/secure/client.ts'
import type { SecureStage } from '#services/federate/secure/message.ts'
import { seededBytes } from '#services/federate/secure/primitives.ts'
import type { SecureRound } from '#services/federate/secure/secure-round.ts'
import { createRing } from '#services/federate/secure/ring.ts'
import { named, needs } from '#test/support/needs.ts'
import { CASTS } from './rehearsed.ts'

interface Golden {
  readonly session: string
  readonly round: number
  readonly aggregator: string
  readonly clients: readonly {
    readonly name: string
    readonly random: string
    readonly secret: string
    readonly publicKey: string
    readonly update: readonly number[]
    readonly weight: number
  }[]
  readonly exchanges: readonly {
    readonly stage: SecureStage
    readonly client: string
    readonly request: string
    readonly answer: string | null
    /** In place of the answer. */
    readonly sent?: string
  }[]
  readonly result: Record<string, unknown>
  /** Answers that the aggregator refuses, before it takes those of the same clients. */
  readonly refused?: readonly { fault: string; client: string; stage: SecureStage; answer: string }[]
  readonly faults: readonly { fault: string; client: string; stage: SecureStage; request: string }[]
}

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')
const FILES = ['round', 'sketched', 'noised', 'undealt'] as const
const golden = (file: (typeof FILES)[number]) =>
  JSON.parse(readFileSync(new URL(`${file}.json`, import.meta.url), 'utf8')) as Golden

function clientOf(file: (typeof FILES)[number], name: string): SecureClient {
  const { identities, aggregator, session, terms } = CASTS[file]()
  const { clients } = golden(file)
  const peers = new Map(clients.map((client) => [client.name, bytes(client.publicKey)]))
  const random = seededBytes(clients.find((client) => client.name === name)!.random)
  return createClient({
    name,
    identity: identities.get(name)!,
    aggregator: aggregator.publicKey,
    peers,
    session,
    round: 1,
    sketch: terms.sketch,
    random,
  })
}

function ask({ clients }: Golden, client: SecureClient, name: string, stage: SecureStage, request: string): Uint8Array {
  const about = clients.find((one) => one.name === name)!
  return stage === 'mask' ? client.mask(bytes(request), about).answer : client[stage](bytes(request))
}

/** The sum of a round that ends, or why there is none and by whose fault. */
function outcomeOf(round: SecureRound): Record<string, unknown> {
  try {
    round.close()
  } catch (error) {
    return { fault: (error as AppError).reason, liars: round.liars }
  }
  const { mean, weight, saturated, clipped, survivors, transcript } = round.result()
  return { mean: [...mean], weight, saturated, clipped, survivors, transcript: hex(transcript) }
}

/** Takes a client through its golden requests up to the stage of a fault. */
function approach(
  golden: Golden,
  client: SecureClient,
  { fault, stage, client: name }: Golden['faults'][number],
): void {
  for (const exchange of golden.exchanges.filter((exchange) => exchange.client === name)) {
    if (exchange.stage === stage && fault !== 'answered_twice') return
    ask(golden, client, name, exchange.stage, exchange.request)
    if (exchange.stage === stage) return
  }
}

describe.each(FILES)('the golden %s', (file) => {
  const { exchanges, faults, result, refused = [] } = golden(file)

  test('is what our clients and our aggregator say, byte for byte', () => {
    const { round, clients } = CASTS[file]()
    let requests = round.begin()
    for (const { stage, client, request, answer, sent } of exchanges) {
      if (round.stage !== stage) requests = round.close()
      expect(hex(requests.get(client)!), `${stage} of ${client}`).toBe(request)
      if (answer === null) continue
      expect(hex(ask(golden(file), clients.get(client)!, client, stage, request)), `${client} to ${stage}`).toBe(answer)
      for (const bad of refused.filter((bad) => bad.client === client && bad.stage === stage))
        expect(() => round.accept(bytes(bad.answer))).toThrow(expect.objectContaining({ reason: bad.fault }))
      round.accept(bytes(sent ?? answer))
    }
    expect(outcomeOf(round)).toEqual(result)
  })

  test.each(faults.map((fault, i) => [fault.fault, fault.stage, i] as const))(
    'is refused as %s at %s (%i)',
    (_fault, _stage, i) => {
      const fault = faults[i]!
      const client = clientOf(file, fault.client)
      approach(golden(file), client, fault)
      expect(() => ask(golden(file), client, fault.client, fault.stage, fault.request)).toThrow(
        expect.objectContaining({ reason: fault.fault }),
      )
    },
  )
})

const { value: python, missing } = named(
  'CREDENCE_TEST_PYTHON',
  'a python3 where `pip install numpy==2.4.6 cryptography==50.0.2` was run',
)
const { skip, why } = needs(missing)

test.skipIf(skip).each(FILES)(
  `the Python client answers %s with the same bytes, refused for the same reasons${why}`,
  async (file) => {
    const script = fileURLToPath(new URL('answer.py', import.meta.url))
    const { stdout } = await promisify(execFile)(python, [script, file], { maxBuffer: 1 << 24, timeout: 120_000 })
    const { answers, faults, near } = JSON.parse(stdout) as {
      answers: (string | null)[]
      faults: (string | null)[]
      near: number[][][]
    }
    expect(answers).toEqual(golden(file).exchanges.map(({ answer }) => answer))
    expect(faults).toEqual(golden(file).faults.map(({ fault }) => fault))
    const rings = [20, 40, 60, 200].map((size) => createRing(size, new Uint8Array(32)))
    const ours = rings.map((ring) => [
      ring.committee(3),
      ring.seats(3).map(({ of }) => of),
      ring.neighbours(3),
      ring.within(3),
    ])
    expect(near).toEqual(ours)
  },
)
