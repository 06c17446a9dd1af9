import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createClient, type SecureClient } from '#services/federate/secure/client.ts'
import type { SecureStage } from '#services/federate/secure/message.ts'
import { seededBytes } from '#services/federate/secure/primitives.ts'
import { castRound } from '#test/federate/support/rehearse.ts'
import { named, needs } from '#test/support/needs.ts'

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
  readonly exchanges: readonly { stage: SecureStage; client: string; request: string; answer: string | null }[]
  readonly result: {
    mean: number[]
    weight: number
    saturated: number
    clipped: number
    survivors: string[]
    transcript: string
  }
  readonly faults: readonly { fault: string; client: string; stage: SecureStage; request: string }[]
}

const golden = JSON.parse(readFileSync(new URL('round.json', import.meta.url), 'utf8')) as Golden
const bytes = (hex: string) => Buffer.from(hex, 'hex')
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')
const about = new Map(golden.clients.map((client) => [client.name, client]))
const cast = () => castRound(5, 6, { seed: 'golden', terms: { weightCap: 3, clip: 2.5, range: 4 } })

function clientOf(name: string): SecureClient {
  const { identities, aggregator, session } = cast()
  const peers = new Map(golden.clients.map((client) => [client.name, bytes(client.publicKey)]))
  const random = seededBytes(about.get(name)!.random)
  return createClient({
    name,
    identity: identities.get(name)!,
    aggregator: aggregator.publicKey,
    peers,
    session,
    round: 1,
    random,
  })
}

function ask(client: SecureClient, name: string, stage: SecureStage, request: string): Uint8Array {
  return stage === 'mask' ? client.mask(bytes(request), about.get(name)!).answer : client[stage](bytes(request))
}

/** Takes a client through its golden requests up to the stage of a fault. */
function approach(client: SecureClient, { fault, stage, client: name }: Golden['faults'][number]): void {
  for (const exchange of golden.exchanges.filter((exchange) => exchange.client === name)) {
    if (exchange.stage === stage && fault !== 'answered_twice') return
    ask(client, name, exchange.stage, exchange.request)
    if (exchange.stage === stage) return
  }
}

describe('the golden round', () => {
  test('is what our clients and our aggregator say, byte for byte', () => {
    const { round, clients } = cast()
    let requests = round.begin()
    for (const { stage, client, request, answer } of golden.exchanges) {
      if (round.stage !== stage) requests = round.close()
      expect(hex(requests.get(client)!), `${stage} of ${client}`).toBe(request)
      if (answer === null) continue
      expect(hex(ask(clients.get(client)!, client, stage, request)), `${client} to ${stage}`).toBe(answer)
      round.accept(bytes(answer))
    }
    round.close()
    const { mean, weight, saturated, clipped, survivors, transcript } = round.result()
    const result = { mean: [...mean], weight, saturated, clipped, survivors, transcript: hex(transcript) }
    expect(result).toEqual(golden.result)
  })

  test.each(golden.faults.map((fault, i) => [fault.fault, fault.stage, i] as const))(
    'is refused as %s at %s (%i)',
    (_fault, _stage, i) => {
      const fault = golden.faults[i]!
      const client = clientOf(fault.client)
      approach(client, fault)
      expect(() => ask(client, fault.client, fault.stage, fault.request)).toThrow(
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

test.skipIf(skip)(`the Python client answers the same bytes, and refuses for the same reasons${why}`, async () => {
  const script = fileURLToPath(new URL('answer.py', import.meta.url))
  const { stdout } = await promisify(execFile)(python, [script], { maxBuffer: 1 << 24, timeout: 120_000 })
  const { answers, faults } = JSON.parse(stdout) as { answers: (string | null)[]; faults: (string | null)[] }
  expect(answers).toEqual(golden.exchanges.map(({ answer }) => answer))
  expect(faults).toEqual(golden.faults.map(({ fault }) => fault))
})
