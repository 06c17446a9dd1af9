import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import type { PoisonedWindow } from '#attacks/types.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { learn, type PooledRecord } from '#services/scan/memory/learn.ts'
import { bearersOf } from '#services/scan/memory/marks.ts'
import { foldMemory, foundIn, remembered, type Memory, type PooledWindow } from '#services/scan/memory/memory.ts'
import { GIVEN_BYTES } from '#services/scan/memory/pool/given.ts'
import { choosePool, drawn, withinBounds } from '#services/scan/memory/pool/pool.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { Engine } from '#services/scan/numeric/engine.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import { scanInputOf, windowOf } from '../cases.ts'
import { joined } from './pooled.ts'

const USAGE = `bench/detection/memory/crowded.ts: whoever knows how many bytes a window gives to its pool sends large records to push a drip's out, or pads these. The large ones rank above all others, just below suspicion, and are
  not scanned: no attacker does better. How many of the drip reach the pool, and how many a scan of it finds, by what fitted first ("before") and as now
  --dataset  (default spam)
  --attack   (default rare-token)
  --each     poisoned records a window (default 2)
  --windows  (default 12)
  --n        records a window (default 480)
  --large    records a window that push (default 24), --bytes of each (default 40000)
  --padded   bytes that each poisoned record takes in the last two rows (default 12000)
  --seeds    (default 100,101,102)`

const { values } = parseArgs({
  options: {
    dataset: { type: 'string', default: 'spam' },
    attack: { type: 'string', default: 'rare-token' },
    each: { type: 'string', default: '2' },
    windows: { type: 'string', default: '12' },
    n: { type: 'string', default: '480' },
    large: { type: 'string', default: '24' },
    bytes: { type: 'string', default: '40000' },
    padded: { type: 'string', default: '12000' },
    seeds: { type: 'string', default: '100,101,102' },
    help: { type: 'boolean', default: false },
  },
})
const [each, windows, n, large, bytes, padded] = [
  values.each,
  values.windows,
  values.n,
  values.large,
  values.bytes,
  values.padded,
].map(Number) as [number, number, number, number, number, number]
/** Just below suspicion. */
const RANKED = 0.499
const PRINT_BYTES = 24

interface Scanned {
  readonly window: PoisonedWindow
  readonly risk: Float64Array
  readonly sizes: readonly number[]
}
type Fits = typeof withinBounds

const before: Fits = (chosen, { most, sizeOf }) => {
  let left = most
  return chosen.filter((i) => {
    if (sizeOf(i) > left) return false
    left -= sizeOf(i)
    return true
  })
}
const all: Fits = (chosen) => [...chosen]
const ARMS: readonly { name: string; large: number; padded: number; fits: Fits }[] = [
  { name: 'nobody pushes', large: 0, padded: 0, fits: withinBounds },
  { name: 'pushed, without a bound', large, padded: 0, fits: all },
  { name: 'pushed, before', large, padded: 0, fits: before },
  { name: 'pushed, now', large, padded: 0, fits: withinBounds },
  { name: 'pushed and padded, before', large, padded, fits: before },
  { name: 'pushed and padded, now', large, padded, fits: withinBounds },
]

if (values.help) console.log(USAGE)
else {
  console.log('| data | seed | | planted | in the pool | found | innocents found |')
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  const engine = await createEngine()
  for (const seed of values.seeds.split(',').map(Number)) {
    const row = await scannedRow(seed, engine)
    for (const arm of ARMS) await show(arm, row, seed, engine)
  }
}

async function scannedRow(seed: number, engine: Engine): Promise<Scanned[]> {
  const row: Scanned[] = []
  const first = windowOf(values.dataset, n, seed).samples
  for (let w = 0; w < windows; w++) {
    const plain = windowOf(values.dataset, n, seed, w)
    const attack = attackNamed(plain.samples.kind, values.attack)
    const window = attack.apply(plain, { rate: each / n, seed, window: w, first })
    const { risk } = await scanWindow(scanInputOf(window, seed), { engine })
    row.push({ window, risk, sizes: sizesOf(window) })
  }
  return row
}

function sizesOf({ samples, labels }: PoisonedWindow): number[] {
  if (samples.kind !== 'text') throw new RangeError('records of one kind of size push nobody out: texts are needed')
  return samples.texts.map((text, i) => {
    const fields = { text, label: labels.names[labels.of[i]!] ?? '' }
    const record = { id: `mails.jsonl#${i}`, fields, provenance: { source: 's', partition: 'p', position: `${i}` } }
    return encodeRecords([record]).length
  })
}

/** What a window gives where large records, which stand behind its own, rank above all of them. */
function givenBy({ window, risk, sizes }: Scanned, arm: (typeof ARMS)[number], seed: number, w: number): number[] {
  const all = [...risk, ...Array.from({ length: arm.large }, () => RANKED)]
  const about = { seed, window: `w${w}` }
  const sizeOf = (i: number) =>
    i >= n ? bytes : window.poisoned[i] === 1 ? Math.max(arm.padded, sizes[i]!) : sizes[i]!
  const most = GIVEN_BYTES - PRINT_BYTES * all.length
  return arm.fits(choosePool(all, about), { ...about, most, sizeOf }).filter((i) => i < n)
}

async function show(arm: (typeof ARMS)[number], row: readonly Scanned[], seed: number, engine: Engine): Promise<void> {
  let memory: Memory | null = null
  for (const [w, scanned] of row.entries()) {
    const members = givenBy(scanned, arm, seed, w)
    const pool: PooledWindow = { window: `w${w}`, ordinal: w + 1, records: n, sha256: '', members, held: [] }
    memory = foldMemory('bench', memory, [{ ordinal: w + 1, contract: 'bench', taught: null, pool }])
  }
  const { pools = [] } = memory!
  const counts = drawn(pools)
  const parts = pools.map(({ ordinal, members }, at) => ({
    window: row[ordinal - 1]!.window,
    members: members.slice(0, counts[at]),
  }))
  const records = parts.flatMap(({ members }, at): PooledRecord[] =>
    members.map((index) => ({ window: at + 1, index, admitted: true })),
  )
  const input = scanInputOf(joined(parts), seed)
  const { risk, campaigns } = await scanWindow(input, { engine })
  const bearers = campaigns.map(({ trigger, label }) =>
    trigger === undefined ? null : bearersOf(input, { trigger, label }),
  )
  const shown = learn(remembered(memory!, memory as Required<Memory>), records, { risk, campaigns, bearers })
  const isPoison = ({ window, index }: { window: number; index: number }) =>
    row[window - 1]!.window.poisoned[index] === 1
  const found = foundIn(shown)
  const right = found.filter(isPoison).length
  const planted = row.reduce((sum, { window }) => sum + window.poisoned.reduce((a, b) => a + b, 0), 0)
  const cells = [values.dataset, seed, arm.name, planted, records.filter(isPoison).length, right, found.length - right]
  console.log(`| ${cells.join(' | ')} |`)
}
