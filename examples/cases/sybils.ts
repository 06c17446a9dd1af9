import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '#app/config/load.ts'
import { enrolClient, peersOf, type Peers } from '#app/operations/federations.ts'
import { openSigningSystem } from '#app/system.ts'
import { NO_MEMORY, takePart } from '#services/federate/http/client.ts'
import { httpTransport } from '#services/federate/http/transport.ts'
import { keyPair, seededBytes, type KeyPair } from '#services/federate/secure/primitives.ts'
import { evaluate, initialModel } from '../federated/model.ts'
import { backdoored, honest, sybil, type Behaviour } from '../federated/poison.ts'
import { shardMnist, type Shards } from '../federated/shards.ts'
import type { CaseStudy, Stage } from './case.ts'
import { EXAMPLES, OWNERS, SEED } from './federated-setting.ts'

/** Three owners send one backdoor under three names, no longer than honest updates, into sums that hide each of them. */
export const sybils: CaseStudy = {
  title: 'Three sybils in a federation under secure aggregation',
  async run(stage) {
    const shards = shardMnist(OWNERS, EXAMPLES, SEED)
    stage.part(
      'Vector',
      `${OWNERS} owners of ${EXAMPLES} MNIST digits train one model. Three of them are one attacker: a white square is to mean 7. Their updates are as long as honest ones, and masked.`,
    )
    writeFileSync(join(stage.folder, 'model.f64'), initialModel(0))
    writeFileSync(join(stage.folder, 'credence.yaml'), configuration(stage.ports))

    stage.part(
      'Without anything against it',
      'A clip bounds what one client can do, and nobody sees more than the sum.',
    )
    report(stage, 'clip alone', await federate(stage, 'clipped', shards))

    stage.part(
      'A gate',
      'The aggregator tries small white squares on digits of its own, and rolls a round back whose model falls for one.',
    )
    await federate(stage, 'gated', shards)
    const rounds = await stage.credence(['federate', 'rounds', '--federation', 'gated'])
    stage.figure('gate: rounds rolled back', `${rounds.stdout.match(/rolled back/g)?.length ?? 0} of ${ROUNDS}`)

    stage.part(
      'Sketches',
      'Each client signs some hundred random sums of its masked update, and whoever stands out by them is left out of the sum.',
    )
    report(stage, 'sketches', await federate(stage, 'sketched', shards))
    const held = await stage.credence(['federate', 'held', '--federation', 'sketched'])
    const names = [...new Set(held.stdout.match(/owner-\d\d/g))].sort()
    stage.figure('sketches: held, by name', names.join(', '))
    stage.figure('of these, attackers', names.filter((name) => ATTACKERS.has(name)).length)
    await stage.credence(['federate', 'show', '--federation', 'sketched', String(ROUNDS)])

    stage.part('Mitigation', 'They are asked no more, and what was signed proves each round.')
    for (const name of ATTACKERS)
      await stage.credence([
        'federate',
        'suspend',
        name,
        '--federation',
        'sketched',
        '--reason',
        'one backdoor under three names',
      ])
    const verified = await stage.credence(['federate', 'verify', '--federation', 'sketched'])
    stage.figure('`federate verify`', `exit code ${verified.code}, ${/\d+ proven/.exec(verified.stdout)?.[0]}`)
  },
}

/** One more than are evaluated: what a round made is what the next begins with. */
const ROUNDS = 9
const TRAINING = { epochs: 2, rate: 0.1, batch: 20 } as const
const nameOf = (i: number) => `owner-${String(i + 1).padStart(2, '0')}`
const ATTACKERS = new Set([17, 18, 19].map(nameOf))
const identityOf = (name: string): KeyPair => keyPair('ed25519', seededBytes(`case ${name}`)(32))

interface Trained {
  readonly accuracy: number
  readonly backdoor: number
}

/** A federation served to its end by the real command, its clients over HTTP from here. */
async function federate(stage: Stage, federation: string, shards: Shards): Promise<Trained> {
  const peers = await enrolAll(stage, federation)
  const serving = stage.start(['federate', 'serve', '--federation', federation])
  await serving.says(/Clients are answered at port/)
  const port = stage.ports[FEDERATIONS.indexOf(federation)]!
  const seen = new Map<number, Float64Array>()
  const clients = shards.clients.map((examples, i) => {
    const name = nameOf(i)
    const behaviour: Behaviour = ATTACKERS.has(name) ? sybil(shards.clients[18]!, name) : honest
    return runClient({ name, port, peers, signal: stage.signal }, (model, round) => {
      if (i === 0) seen.set(round, model.slice())
      return behaviour(model, examples, { ...TRAINING, seed: 1000 * round + i })
    })
  })
  await Promise.all(clients)
  const { code, stderr } = await serving.ended
  if (code !== 0) throw new Error(`the aggregator ended with exit code ${code}: ${stderr}`)
  const model = seen.get(ROUNDS)!
  return {
    accuracy: evaluate(model, shards.test).share,
    backdoor: evaluate(model, backdoored(shards.test)).share,
  }
}

async function enrolAll({ folder }: Stage, federation: string): Promise<Peers> {
  const config = await loadConfig(join(folder, 'credence.yaml'), {})
  await using system = await openSigningSystem(config, { command: 'case sybils' })
  for (let i = 0; i < OWNERS; i++)
    await enrolClient(system, federation, nameOf(i), Buffer.from(identityOf(nameOf(i)).publicKey).toString('hex'))
  return await peersOf(system, federation)
}

interface Client {
  readonly name: string
  readonly port: number
  readonly peers: Peers
  readonly signal: AbortSignal
}

async function runClient(
  { name, port, peers, signal }: Client,
  train: (model: Float64Array, round: number) => Float64Array,
): Promise<void> {
  const raw = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
  let memory = { ...NO_MEMORY, session: peers.session }
  while (memory.round < ROUNDS) {
    const taken = await takePart(
      memory,
      {
        transport: httpTransport(`http://127.0.0.1:${port}`),
        name,
        identity: identityOf(name),
        aggregator: raw(peers.aggregator),
        peers: new Map(Object.entries(peers.peers).map(([peer, key]) => [peer, raw(key)])),
        mode: peers.aggregate,
        sketch: SKETCH,
        patience: 300_000,
        train: (model, _terms, round) => ({ update: train(model, round), weight: 1 }),
      },
      signal,
    )
    memory = { session: peers.session, round: taken.memory.round }
  }
}

function report(stage: Stage, how: string, { accuracy, backdoor }: Trained): void {
  stage.figure(`${how}: digits read right`, `${Math.round(100 * accuracy)} %`)
  stage.figure(`${how}: backdoor works`, `${Math.round(100 * backdoor)} %`)
}

const FEDERATIONS = ['clipped', 'gated', 'sketched']
const SKETCH = 256

function configuration(ports: readonly number[]): string {
  const gate = fileURLToPath(new URL('backdoor-gate.ts', import.meta.url))
  const own = ['', `gate: ${gate}, `, `sketch: ${SKETCH}, `]
  const federations = FEDERATIONS.map(
    (name, i) =>
      `  ${name}: { model: ./model.f64, rounds: ${ROUNDS}, minimum: 14, gatherSeconds: 5, clip: 2, ${own[i]}listen: { port: ${ports[i]} } }\n`,
  )
  return `version: 1\ndatasets: {}\nfederations:\n${federations.join('')}`
}
