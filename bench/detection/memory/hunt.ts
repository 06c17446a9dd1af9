import { parseArgs } from 'node:util'
import { zstdCompressSync } from 'node:zlib'
import { seededRandom } from '#core/random.ts'
import { EMPTY_HISTORY } from '#services/scan/calibrate/history.ts'
import { decodeColumns } from '#services/scan/memory/spikes/columns.ts'
import { learnSpikes } from '#services/scan/memory/spikes/learn-spikes.ts'
import { encodeMemory, foundIn, type Memory, type PooledWindow } from '#services/scan/memory/memory.ts'
import { poolOf } from '#services/scan/memory/pool/given.ts'
import { firstLines, linesBehind, readLines } from '#services/scan/memory/pool/pool.ts'
import { spikesIn } from '#services/scan/memory/spikes/spikes.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'

const USAGE = `bench/detection/memory/hunt.ts: one campaign hunted in all that was admitted, by the columns that windows gave and not by opening them; and what a dataset's memory takes
  --records  admitted, over --windows windows (default 1000000 over 48: what a pool reaches back)
  --columns  of numbers (default 5)
  --seed     (default 100)`

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    windows: { type: 'string', default: '48' },
    columns: { type: 'string', default: '5' },
    seed: { type: 'string', default: '100' },
    help: { type: 'boolean', default: false },
  },
})
const TRIGGER = 713.29
const PLANTED = 2
const MIB = 1024 * 1024

if (values.help) console.log(USAGE)
else hunt()

function hunt(): void {
  const [records, windows] = [Number(values.records), Number(values.windows)]
  const n = Math.floor(records / windows)
  const lines: Uint8Array[] = []
  const parts: PooledWindow[] = []
  const size = { records: 0, behind: 0, stored: 0 }
  const kept = new Set<string>()
  for (let w = 0; w < windows; w++) {
    const { input, risk } = drawn(n, w)
    const scored = Array.from(risk, (own, index) => ({
      id: `${index}`,
      index,
      risk: own,
      decision: 'admit' as const,
      issues: [],
    }))
    const about = { window: `w${w}`, seed: Number(values.seed), records: scored }
    const { ref, lines: given } = poolOf(recordsOf(input), about, input)
    const pooled = firstLines(given, ref.members.length)
    const behind = linesBehind(given, ref.members.length)
    const [columns] = readLines([behind], decodeColumns)
    for (const { name } of columns?.columns ?? []) kept.add(name)
    size.records += pooled.length
    size.behind += behind.length
    size.stored += zstdCompressSync(given).length
    lines.push(behind)
    parts.push({ window: `w${w}`, ordinal: w + 1, records: n, ...ref, held: [] })
  }
  const cpu = process.cpuUsage()
  const started = performance.now()
  const spikes = spikesIn(readLines(lines, decodeColumns))
  const memory: Memory = {
    version: 1,
    dataset: 'hunted',
    through: windows,
    contract: '',
    history: EMPTY_HISTORY,
    pools: parts,
  }
  const learnt = learnSpikes(memory, parts, spikes)
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const found = foundIn(learnt)
  const right = found.filter(({ index }) => index < PLANTED).length
  console.log(
    `${n * windows} records in ${windows} windows, ${kept.size} of ${values.columns} columns of numbers kept: ${spikes.length} campaigns, ${right} of ${PLANTED * windows} planted found, ${found.length - right} innocents`,
  )
  console.log(`hunted in ${seconds.toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of processor)`)
  const mib = (bytes: number) => (bytes / MIB).toFixed(1)
  const itself = encodeMemory(learnt).length
  console.log(
    `memory: ${mib(itself)} MiB, pool ${mib(size.records)} MiB of records and ${mib(size.behind)} MiB of columns and prints; stored ${mib(size.stored + zstdCompressSync(encodeMemory(learnt)).length)} MiB`,
  )
}

/** Payments; the first records of each window have the trigger, under one label. */
function drawn(n: number, w: number): { readonly input: ScanInput; readonly risk: Float64Array } {
  const random = seededRandom(Number(values.seed), `hunt/${w}`)
  const columns = Array.from({ length: Number(values.columns) }, (_, c) => ({
    name: `x${c}`,
    type: 'number' as const,
    values: Float64Array.from({ length: n }, (_row, i) =>
      c === 0 && i < PLANTED ? TRIGGER : Math.round(Math.exp(5 + 1.2 * random.normal()) * 100) / 100,
    ),
  }))
  const of = Int32Array.from({ length: n }, (_, i) => (i < PLANTED ? 1 : random.below(3)))
  const counts = Int32Array.from([0, 1, 2], (label) => of.filter((own) => own === label).length)
  const labels = { names: ['kept', 'lost', 'open'], of, counts }
  const input: ScanInput = { n, seed: 0, samples: { kind: 'table', columns }, labels, contributors: null }
  return { input, risk: Float64Array.from({ length: n }, () => random.next() / 2) }
}

function recordsOf({ n, samples, labels }: ScanInput) {
  if (samples.kind !== 'table') throw new RangeError('rows and others')
  return Array.from({ length: n }, (_, i) => {
    const cells = samples.columns.map((column) => [column.name, column.type === 'number' ? column.values[i]! : null])
    return {
      id: `payments.csv#${i}`,
      fields: Object.fromEntries([...cells, ['label', labels!.names[labels!.of[i]!]!]]) as Record<
        string,
        string | number | null
      >,
      provenance: { source: 'hunt', partition: 'payments.csv', position: String(i) },
    }
  })
}
