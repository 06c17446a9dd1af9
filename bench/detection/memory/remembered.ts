import { parseArgs } from 'node:util'
import { zstdCompressSync } from 'node:zlib'
import type { LabelledWindow } from '#attacks/types.ts'
import { withContributors } from '#attacks/contributors.ts'
import { seededRandom } from '#core/random.ts'
import { POOL_KEPT_WINDOWS, POOLED_WINDOWS } from '#core/window.ts'
import { broughtIn } from '#services/scan/memory/accounts.ts'
import { decodeColumns, encodeColumns } from '#services/scan/memory/spikes/columns.ts'
import { GIVEN_BYTES } from '#services/scan/memory/pool/given.ts'
import { floodsIn } from '#services/scan/memory/repeats/floods.ts'
import { learnFloods } from '#services/scan/memory/repeats/learn-floods.ts'
import { learnSpikes } from '#services/scan/memory/spikes/learn-spikes.ts'
import { decodeMemory, encodeMemory, foldMemory, type Memory } from '#services/scan/memory/memory.ts'
import { choosePool, isDue } from '#services/scan/memory/pool/pool.ts'
import { decodePrints, encodePrints } from '#services/scan/memory/repeats/prints.ts'
import { spikesIn } from '#services/scan/memory/spikes/spikes.ts'
import { scanInputOf } from '../cases.ts'
import { windowInRow } from './rows.ts'

const USAGE = `bench/detection/memory/remembered.ts: what a dataset's memory takes after many windows, and its processor time, without the scans: drawn risks, forty contributors; columns and prints as windows give them, a memory after every fourth
  --datasets (default synthetic,mnist,spam)
  --windows  (default 200)
  --n        records a window (default 4000)
  --looks    one in so many memories is made of what the pool shows, too (default 5; the pipeline makes all so)
  --seed     (default 100)`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'synthetic,mnist,spam' },
    windows: { type: 'string', default: '200' },
    n: { type: 'string', default: '4000' },
    looks: { type: 'string', default: '5' },
    seed: { type: 'string', default: '100' },
    help: { type: 'boolean', default: false },
  },
})
const [windows, n, seed] = [values.windows, values.n, values.seed].map(Number) as [number, number, number]
const MIB = 1024 * 1024
/** Windows that are drawn; those behind them are these again. */
const DRAWN = 8

if (values.help) console.log(USAGE)
else {
  console.log(
    '| data | memory, MiB | as stored | all memories as stored, MiB | kept columns and prints, MiB | as stored | columns and prints, ms of processor a window | learning, ms of processor a memory |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const dataset of values.datasets.split(',')) row(dataset)
}

function row(dataset: string): void {
  const drawn = Array.from({ length: Math.min(DRAWN, windows) }, (_, w) => windowInRow({ dataset, n, seed }, w))
  const kept: { readonly columns: Uint8Array; readonly prints: Uint8Array; readonly stored: number }[] = []
  const cost = { giving: 0, learning: 0, looks: 0 }
  let due = 0
  let memory: Memory | null = null
  let stored = 0
  for (let w = 0; w < windows; w++) {
    const input = scanInputOf(withContributors(drawn[w % DRAWN] as LabelledWindow, seed + w), seed)
    const random = seededRandom(seed, `remembered/${dataset}/${w}`)
    const risk = Float64Array.from({ length: input.n }, () => random.next() ** 8)
    const [given, giving] = timed(() => ({
      columns: encodeColumns(input, [], { most: GIVEN_BYTES, window: `w${w}` }).line,
      prints: encodePrints(input, []).line,
    }))
    cost.giving += giving
    kept.push({ ...given, stored: zstdCompressSync(Buffer.concat([given.columns, given.prints])).length })
    const pool = {
      window: `w${w}`,
      ordinal: w + 1,
      records: input.n,
      sha256: '0'.repeat(64),
      members: choosePool(risk, { seed, window: `w${w}` }, input.contributors),
      held: [],
    }
    const brought = broughtIn(risk, input.contributors) ?? undefined
    memory = foldMemory(dataset, memory, [{ ordinal: w + 1, contract: 'bench', taught: null, pool, brought }])
    if (!isDue(memory)) continue
    if (++due % Number(values.looks) === 0) {
      const before: Memory = memory
      const [learnt, learning] = timed(() => learntFrom(before, kept.slice(-POOLED_WINDOWS)))
      memory = learnt
      cost.learning += learning
      cost.looks++
    }
    stored += zstdCompressSync(encodeMemory(memory)).length
  }
  if (memory === null) return
  const bytes = encodeMemory(memory)
  decodeMemory(bytes)
  const there = kept.slice(-POOL_KEPT_WINDOWS)
  const sum = (of: (one: (typeof kept)[number]) => number) => there.reduce((total, one) => total + of(one), 0)
  const cells = [
    dataset,
    mib(bytes.length),
    mib(zstdCompressSync(bytes).length),
    mib(stored),
    mib(sum(({ columns, prints }) => columns.length + prints.length)),
    mib(sum((one) => one.stored)),
    (cost.giving / windows).toFixed(0),
    (cost.learning / cost.looks).toFixed(0),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

function learntFrom(memory: Memory, given: readonly { readonly columns: Uint8Array; readonly prints: Uint8Array }[]) {
  const { pools = [] } = memory
  const spikes = spikesIn(given.map(({ columns }) => decodeColumns(columns)))
  const floods = floodsIn(given.map(({ prints }) => decodePrints(prints)))
  return learnFloods(learnSpikes(memory, pools, spikes), pools, floods)
}

function timed<T>(work: () => T): readonly [T, ms: number] {
  const before = process.cpuUsage()
  const made = work()
  const { user, system } = process.cpuUsage(before)
  return [made, (user + system) / 1000]
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1)
}
