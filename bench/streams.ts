import { parseArgs } from 'node:util'
import { KINDS, makeBodies, type Kind } from './streams/bodies.ts'
import { startStream, STREAMS, type StreamName } from './streams/emulated.ts'
import { measureIngest, withInstallation } from './streams/ingest.ts'
import { compareFiles, compareValidation } from './streams/peers.ts'
import { compareQueues } from './streams/queues.ts'
import { compareWorkers } from './streams/workers.ts'
import { machine, median, printTable, spent, spread, type Spent } from './streams/meter.ts'

/**
 * Records a second from emulated streams through ingest, with and without scan and commit, beside the vendor's own consumer
 * that does nothing with what it receives. Each round runs every contestant once, so that what else the machine does falls on
 * all of them. A core's worth is a second of processor of this process; emulators are processes of their own.
 */

const { values } = parseArgs({
  allowNegative: true,
  options: {
    records: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    window: { type: 'string', default: '5000' },
    kind: { type: 'string', default: 'table' },
    stream: { type: 'string', multiple: true },
    shards: { type: 'string', multiple: true },
    connect: { type: 'string' },
    workers: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    scan: { type: 'boolean', default: true },
  },
})
const records = Number(values.records)
const rounds = Number(values.rounds)
const window = Number(values.window)
const kind = oneOf<Kind>(KINDS, values.kind)
const streams = (values.stream ?? STREAMS).map((name) => oneOf<StreamName>(STREAMS, name))
const shardCounts = (values.shards ?? ['1', '4']).map(Number)
const bodies = makeBodies(kind, records)

console.log(`${machine()}\n${records} ${kind} records of ${Math.round(sizeOf(bodies))} bytes, windows of ${window}\n`)
const peers = { kind, bodies, rounds, connect: values.connect }
const sections: Readonly<Record<string, () => Promise<void>>> = {
  streams: compareStreams,
  validation: () => compareValidation(peers),
  files: () => compareFiles(peers),
  queues: () => compareQueues(Math.min(1000, records), rounds),
  workers: () =>
    compareWorkers({
      kind,
      bodies,
      rounds,
      window: Math.min(1000, window),
      workers: (values.workers ?? ['1', '2']).map(Number),
    }),
}
for (const name of values.only ?? Object.keys(sections)) await sections[oneOf(Object.keys(sections), name)]?.()
console.log(machine())

async function compareStreams(): Promise<void> {
  const rows: string[][] = []
  for (const name of streams) for (const shards of shardCounts) rows.push(...(await measure(name, shards)))
  console.log(`from emulated streams, ${rounds} rounds: median (least–most)`)
  printTable(['stream', 'shards', 'what', 'records/s', 'records/s of a core', 'of the consumer alone'], rows)
}

async function measure(name: StreamName, shards: number): Promise<string[][]> {
  const readings = 3 * (rounds + 1)
  const stream = await startStream(name, { shards, readings })
  const alone: Spent[] = []
  const ingest: Spent[] = []
  const all: Spent[] = []
  const sources = Object.fromEntries(Array.from({ length: readings }, (_, i) => [`rows-${i}`, stream.config(i)]))
  try {
    await stream.publish(bodies)
    await withInstallation({ kind, window, sources }, async (system) => {
      const run = (reading: number, scans: boolean) => {
        const dataset = `rows-${reading}`
        return measureIngest({ system, name: dataset, records, source: stream.openSource(dataset, reading), scans })
      }
      for (let round = 0; round <= rounds; round++) {
        const consumed = await spent(() => stream.receive(records, 3 * round))
        const staged = await run(3 * round + 1, false)
        const committed = values.scan ? await run(3 * round + 2, true) : null
        if (round === 0) continue // the first round warms up
        alone.push(consumed)
        ingest.push(staged)
        if (committed !== null) all.push(committed)
      }
    })
  } finally {
    await stream.close()
  }
  const line = (what: string, list: readonly Spent[]) => [
    name,
    String(shards),
    what,
    spread(list.map(({ seconds }) => records / seconds)),
    spread(list.map(({ processor }) => records / processor)),
    median(list.map(({ processor }, i) => (alone[i]?.processor ?? Number.NaN) / processor)).toFixed(2),
  ]
  const lines = [line('consumer alone', alone), line('ingest', ingest)]
  return values.scan ? [...lines, line('ingest, scan, commit', all)] : lines
}

function sizeOf(list: readonly Buffer[]): number {
  return list.reduce((sum, { length }) => sum + length, 0) / Math.max(1, list.length)
}

function oneOf<T extends string>(list: readonly T[], name: string): T {
  const found = list.find((one) => one === name)
  if (found === undefined) throw new Error(`${name} is none of ${list.join(', ')}`)
  return found
}
