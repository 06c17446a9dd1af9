import { readFileSync, writeFileSync } from 'node:fs'
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
import { rowsOf } from './said.ts'

/** Three owners send one backdoor under three names, no longer than honest updates, into sums that hide each of them. */
export const sybils: CaseStudy = {
  title: 'Three sybils in a federation under secure aggregation',
  async run(stage) {
    const shards = shardMnist(OWNERS, EXAMPLES, SEED)
    stage.part(
      'Vector',
      `${OWNERS} owners of ${EXAMPLES} MNIST digits train one model. From round ${QUIET + 1} on, three of them are one attacker: a white square is to mean 7. Their updates are as long as honest ones, and masked.`,
    )
    writeFileSync(join(stage.folder, 'model.f64'), initialModel(0))
    writeFileSync(join(stage.folder, 'credence.yaml'), configuration(stage.ports))

    stage.part(
      'Without anything against it',
      'A clip bounds what one client can do, and nobody sees more than the sum.',
    )
    report(stage, 'clip alone', await federate(stage, 'clipped', shards, QUIET))

    stage.part(
      'A gate',
      'The aggregator tries small white squares on digits of its own, and rolls a round back whose model falls for one.',
    )
    const gated = await federate(stage, 'gated', shards, QUIET)
    await stage.credence(['federate', 'rounds', '--federation', 'gated'])
    const rounds = await rowsOf<Round>(stage, ['federate', 'rounds', '--federation', 'gated'])
    const back = rounds.filter(({ state }) => state === 'rolledBack').map(({ round }) => round)
    stage.figure('gate: rounds rolled back', `${back.length} of ${ROUNDS.gated}`, ROUNDING)
    report(stage, 'gate', gated)
    for (const round of back.slice(-1))
      await stage.credence(['federate', 'show', '--federation', 'gated', String(round)])

    stage.part(
      'Rolled back',
      `The model of round ${QUIET}, before any of it, is taken out: whoever uses the model goes back to it, and training begins again with it.`,
    )
    const out = ['--out', BEFORE]
    await stage.credence(['federate', 'model', String(QUIET), '--federation', 'clipped', ...out])
    report(stage, `rolled back to round ${QUIET}`, judged(modelAt(join(stage.folder, BEFORE)), shards))

    stage.part(
      'Sketches',
      'Now each client signs some hundred random sums of its masked update, and whoever stands out by them is left out of the sum.',
    )
    report(stage, 'sketches', await federate(stage, 'sketched', shards, 0))
    await stage.credence(['federate', 'held', '--federation', 'sketched'])
    const held = await rowsOf<Held>(stage, ['federate', 'held', '--federation', 'sketched'])
    const names = [...new Set(held.map(({ client }) => client))].sort()
    stage.figure('sketches: held, by name', names.join(', '))
    stage.figure('sketches: first round with one of them held', Math.min(...held.map(({ round }) => round)))
    stage.figure('of these, attackers', names.filter((name) => ATTACKERS.has(name)).length)
    await stage.credence(['federate', 'show', '--federation', 'sketched', String(ROUNDS.sketched)])

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

/** One more than are evaluated: what a round made is what the next begins with. A backdoor that nobody stops grows over rounds. */
const ROUNDS = { clipped: 18, gated: 18, sketched: 9 } as const
type Federation = keyof typeof ROUNDS
/** Rounds in which the attackers are as honest as all. */
const QUIET = 4
const BEFORE = 'before.f64'
/** Clients round what they send at random: a share moves by one per cent. */
const ROUNDING = 1
const TRAINING = { epochs: 2, rate: 0.1, batch: 20 } as const
const nameOf = (i: number) => `owner-${String(i + 1).padStart(2, '0')}`
const ATTACKERS = new Set([17, 18, 19].map(nameOf))
const identityOf = (name: string): KeyPair => keyPair('ed25519', seededBytes(`case ${name}`)(32))

interface Round {
  readonly round: number
  readonly state: string
}

interface Held {
  readonly client: string
  readonly round: number
}

interface Trained {
  readonly accuracy: number
  readonly backdoor: number
}

/** A federation served to its end by the real command, its clients over HTTP from here; the attackers are honest in the first `quiet` rounds. */
async function federate(stage: Stage, federation: Federation, shards: Shards, quiet: number): Promise<Trained> {
  const peers = await enrolAll(stage, federation)
  const serving = stage.start(['federate', 'serve', '--federation', federation])
  await serving.says(/Clients are answered at port/)
  const port = stage.ports[FEDERATIONS.indexOf(federation)]!
  const rounds = ROUNDS[federation]
  const seen = new Map<number, Float64Array>()
  const clients = shards.clients.map((examples, i) => {
    const name = nameOf(i)
    const attack = sybil(shards.clients[18]!, name)
    const behaviour = (round: number): Behaviour => (ATTACKERS.has(name) && round > quiet ? attack : honest)
    return runClient({ name, port, peers, rounds, signal: stage.signal }, (model, round) => {
      if (i === 0) seen.set(round, model.slice())
      return behaviour(round)(model, examples, { ...TRAINING, seed: 1000 * round + i })
    })
  })
  await Promise.all(clients)
  const { code, stderr } = await serving.ended
  if (code !== 0) throw new Error(`the aggregator ended with exit code ${code}: ${stderr}`)
  return judged(seen.get(rounds)!, shards)
}

function judged(model: Float64Array, shards: Shards): Trained {
  return {
    accuracy: evaluate(model, shards.test).share,
    backdoor: evaluate(model, backdoored(shards.test)).share,
  }
}

function modelAt(file: string): Float64Array {
  const bytes = readFileSync(file)
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
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
  readonly rounds: number
  readonly signal: AbortSignal
}

async function runClient(
  { name, port, peers, rounds, signal }: Client,
  train: (model: Float64Array, round: number) => Float64Array,
): Promise<void> {
  const raw = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
  let memory = { ...NO_MEMORY, session: peers.session }
  while (memory.round < rounds) {
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
  stage.figure(`${how}: digits read right`, `${Math.round(100 * accuracy)} %`, ROUNDING)
  stage.figure(`${how}: backdoor works`, `${Math.round(100 * backdoor)} %`, ROUNDING)
}

const FEDERATIONS: readonly Federation[] = ['clipped', 'gated', 'sketched']
const SKETCH = 256

function configuration(ports: readonly number[]): string {
  const gate = fileURLToPath(new URL('backdoor-gate.ts', import.meta.url))
  const own = ['', `gate: ${gate}, `, `sketch: ${SKETCH}, `]
  const federations = FEDERATIONS.map(
    (name, i) =>
      `  ${name}: { model: ./${name === 'sketched' ? BEFORE : 'model.f64'}, rounds: ${ROUNDS[name]}, minimum: 14, gatherSeconds: 5, clip: 2, ${own[i]}listen: { port: ${ports[i]} } }\n`,
  )
  return `version: 1\ndatasets: {}\nfederations:\n${federations.join('')}`
}
