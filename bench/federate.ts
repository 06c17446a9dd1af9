import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createClient } from '#services/federate/secure/client.ts'
import type { SecureStage } from '#services/federate/secure/message.ts'
import { keyPair, seededBytes } from '#services/federate/secure/primitives.ts'
import { createRound } from '#services/federate/secure/round.ts'

/**
 * What a masked round costs: CPU time of one client and of the aggregator, and what a client sends, beside the update as 32-bit floats.
 * `node bench/federate.ts [--clients 50 --numbers 100000 --dropouts 5] [--profile] [--flower python3]`; without sizes those that the documentation
 * names, up to 1,000 clients, with the powers of their number that time grows by. `--profile` says what each stage takes; `--flower` names a Python where `pip install flwr==1.32.1` was run: its SecAgg+
 * does the first size in the same run, with committees and thresholds as large as ours.
 */

const { values } = parseArgs({
  options: {
    clients: { type: 'string' },
    numbers: { type: 'string' },
    dropouts: { type: 'string' },
    profile: { type: 'boolean', default: false },
    flower: { type: 'string' },
  },
})

interface Size {
  readonly clients: number
  readonly numbers: number
  readonly dropouts: number
}

const SIZES: readonly Size[] = [
  { clients: 50, numbers: 100_000, dropouts: 5 },
  { clients: 100, numbers: 1_000_000, dropouts: 0 },
  ...[50, 100, 200, 500, 1000].map((clients) => ({ clients, numbers: 10_000, dropouts: clients / 20 })),
]

/** Milliseconds of CPU that this process spent on a piece of work, garbage of the others' included. */
function timed<T>(spend: (milliseconds: number) => void, work: () => T): T {
  const start = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(start)
  spend((user + system) / 1000)
  return result
}

function run({ clients: count, numbers, dropouts }: Size) {
  const random = seededBytes('bench')
  const session = random(32)
  const aggregator = keyPair('ed25519', random(32))
  const names = Array.from({ length: count }, (_, i) => `client-${String(i).padStart(4, '0')}`)
  const identities = new Map(names.map((name) => [name, keyPair('ed25519', random(32))] as const))
  const peers = new Map([...identities].map(([name, { publicKey }]) => [name, publicKey]))
  const shared = { session, round: 1 }
  const terms = {
    dimension: numbers,
    bits: 20,
    range: 4,
    weightCap: 1,
    minimum: 3,
    clip: 0,
    noise: 0,
    countNoise: 0,
    sketch: 0,
  }
  const update = Float64Array.from({ length: numbers }, (_, i) => Math.sin(i))

  const spent = new Map(names.map((name) => [name, 0]))
  const sent = new Map(names.map((name) => [name, 0]))
  let server = 0
  const stages = new Map<string, { client: number; server: number }>()
  const at = (stage: string) => {
    const spent = stages.get(stage) ?? { client: 0, server: 0 }
    stages.set(stage, spent)
    return spent
  }
  const onServer = <T>(work: () => T, stage = 'advertise') =>
    timed((ms) => {
      server += ms
      at(stage).server += ms
    }, work)
  const round = onServer(() =>
    createRound({
      ...shared,
      terms: { ...terms, model: new Uint8Array(32) },
      identity: aggregator,
      participants: peers,
    }),
  )
  const clients = new Map(
    names.map((name) => {
      const own = { name, identity: identities.get(name)!, aggregator: aggregator.publicKey, peers }
      return [
        name,
        timed(
          (ms) => spent.set(name, ms),
          () => createClient({ ...shared, ...own }),
        ),
      ] as const
    }),
  )
  const step = Math.floor(count / Math.max(dropouts, 1))
  const silent = new Set(Array.from({ length: dropouts }, (_, i) => names[i * step]!))
  const answer = (stage: SecureStage, name: string, request: Uint8Array) => {
    const client = clients.get(name)!
    return stage === 'mask' ? client.mask(request, { update, weight: 1 }).answer : client[stage](request)
  }
  let requests = onServer(() => round.begin())
  while (round.stage !== 'done') {
    const { stage } = round
    const messages: Uint8Array[] = []
    for (const [name, request] of requests) {
      if (stage === 'mask' && silent.has(name)) continue
      const message = timed(
        (ms) => {
          spent.set(name, spent.get(name)! + ms)
          at(stage).client += ms / count
        },
        () => answer(stage, name, request),
      )
      sent.set(name, sent.get(name)! + message.length)
      messages.push(message)
    }
    requests = onServer(() => {
      for (const message of messages) round.accept(message)
      return round.close()
    }, stage)
  }
  const kept = names.filter((name) => !silent.has(name))
  const median = (of: ReadonlyMap<string, number>) =>
    kept.map((name) => of.get(name)!).sort((a, b) => a - b)[kept.length >> 1]!
  return { client: median(spent), server, upload: median(sent) / (4 * numbers), stages }
}

const chosen: Size = {
  clients: Number(values.clients ?? 50),
  numbers: Number(values.numbers ?? 100_000),
  dropouts: Number(values.dropouts ?? 0),
}
/** SecAgg+ of Flower, in a process of its own. */
function runFlower(python: string, { clients, numbers, dropouts }: Size) {
  const script = fileURLToPath(new URL('federate-flower.py', import.meta.url))
  const members = Math.min(clients, 33)
  const threshold = Math.floor((2 * members) / 3) + 1
  const sizes = [clients, numbers, dropouts, members, threshold].map(String)
  const said = execFileSync(python, [script, ...sizes], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
  return JSON.parse(said.trim().split('\n').at(-1)!) as { client: number; server: number }
}

const WIDTHS = [7, 9, 11, 11, 15, 17]
const print = (cells: readonly (string | number)[]) =>
  console.log(cells.map((cell, i) => String(cell).padStart(WIDTHS[i]!)).join(' '))

run({ clients: 8, numbers: 20_000, dropouts: 1 }) // warms up
console.log('clients  numbers    drop-outs  client, ms  aggregator, ms  upload / float32')
const named = [values.clients, values.numbers, values.dropouts].some((value) => value !== undefined)
const sizes = named ? [chosen] : SIZES
let before: { size: Size; client: number; server: number } | undefined
for (const size of sizes) {
  const { client, server, upload, stages } = run(size)
  print([size.clients, size.numbers, size.dropouts, client.toFixed(1), server.toFixed(0), upload.toFixed(4)])
  if (values.flower !== undefined && size === sizes[0]) {
    const its = runFlower(values.flower, size)
    print([size.clients, size.numbers, size.dropouts, its.client.toFixed(1), its.server.toFixed(0), 'Flower'])
  }
  if (before?.size.numbers === size.numbers) {
    const power = (now: number, then: number) => Math.log(now / then) / Math.log(size.clients / before!.size.clients)
    const powers = [power(client, before.client), power(server, before.server)]
    print(['', '', 'grows as', ...powers.map((by) => `n^${by.toFixed(2)}`), ''])
  }
  before = { size, client, server }
  if (!values.profile) continue
  for (const [stage, spent] of stages) {
    const [own, its] = [spent.client.toFixed(1), spent.server.toFixed(0)]
    console.log([stage.padStart(29), own.padStart(11), its.padStart(15)].join(' '))
  }
}
