import { createClient, type SecureClient, type WeightedUpdate } from '#services/federate/secure/client.ts'
import type { SecureStage } from '#services/federate/secure/message.ts'
import { keyPair, seededBytes, sha256, type KeyPair } from '#services/federate/secure/primitives.ts'
import { createRound } from '#services/federate/secure/round.ts'
import type { RoundOptions, SecureRound } from '#services/federate/secure/secure-round.ts'
import type { Terms } from '#services/federate/secure/terms.ts'

/** A round with its clients, driven by hand: what a test takes apart. */
export interface Cast {
  readonly round: SecureRound
  readonly names: readonly string[]
  readonly clients: ReadonlyMap<string, SecureClient>
  readonly terms: Terms
  readonly session: Uint8Array
  readonly aggregator: KeyPair
  readonly identities: ReadonlyMap<string, KeyPair>
}

export interface CastOptions {
  readonly seed?: string
  readonly round?: number
  readonly terms?: Partial<Terms>
  readonly leaveOut?: RoundOptions['leaveOut']
}

/** Terms without privacy. */
const NOTHING = { clip: 0, noise: 0, countNoise: 0, sketch: 0 } as const
export const PLAIN_TERMS = { bits: 20, range: 4, weightCap: 1, minimum: 3, ...NOTHING } as const
export const MODEL = sha256(Buffer.from('a model'))

export function castRound(
  n: number,
  dimension: number,
  { seed = '0', round = 1, terms: some, leaveOut }: CastOptions = {},
): Cast {
  const random = seededBytes(`cast ${seed}`)
  const terms: Terms = { ...PLAIN_TERMS, dimension, model: MODEL, ...some }
  const session = random(32)
  const aggregator = keyPair('ed25519', random(32))
  const names = Array.from({ length: n }, (_, i) => `client-${String(i).padStart(4, '0')}`)
  const identities = new Map(names.map((name) => [name, keyPair('ed25519', random(32))] as const))
  const participants = new Map([...identities].map(([name, { publicKey }]) => [name, publicKey]))
  const clients = new Map(
    names.map((name) => {
      const identity = identities.get(name)!
      const own = seededBytes(`client ${seed} ${name}`)
      const options = { name, identity, aggregator: aggregator.publicKey, peers: participants, session, round }
      return [name, createClient({ ...options, sketch: terms.sketch, random: own })] as const
    }),
  )
  const started = createRound({ terms, session, round, identity: aggregator, participants, leaveOut, random })
  return { round: started, names, clients, terms, session, aggregator, identities }
}

export type Step = (client: SecureClient, name: string, request: Uint8Array) => Uint8Array

/** What an honest client answers. */
export function honest(updateOf: (name: string) => WeightedUpdate): Readonly<Record<SecureStage, Step>> {
  return {
    advertise: (client, _name, request) => client.advertise(request),
    share: (client, _name, request) => client.share(request),
    mask: (client, name, request) => client.mask(request, updateOf(name)).answer,
    sketch: (client, _name, request) => client.sketch(request),
    explain: (client, _name, request) => client.explain(request),
    agree: (client, _name, request) => client.agree(request),
    unmask: (client, _name, request) => client.unmask(request),
  }
}

/** Runs a round to its end; `silent` says which clients answer no more from a stage on. */
export function playRound(
  { round, clients }: Cast,
  updateOf: (name: string) => WeightedUpdate,
  silent: ReadonlyMap<string, SecureStage> = new Map(),
): SecureRound {
  const steps = honest(updateOf)
  let requests = round.begin()
  while (round.stage !== 'done') {
    const { stage } = round
    for (const [name, request] of requests) {
      if (silent.get(name) !== stage) round.accept(steps[stage](clients.get(name)!, name, request))
    }
    requests = round.close()
  }
  return round
}
