import { zstdCompressSync } from 'node:zlib'
import { seededRandom } from '#core/random.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import { poolOf } from '#services/scan/memory/pool/given.ts'
import type { Samples } from '#services/scan/view/samples.ts'

/** What the pool of a dataset takes at most: one window each of the worst kinds, of noise, as many of which as are kept. No options. */
const MIB = 1024 * 1024
const random = seededRandom(0, 'worst pool')
const noise = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)))
const texts = (n: number): Samples => ({ kind: 'text', texts: Array.from({ length: n }, (_, i) => `${i} b c d e f`) })
const table = (n: number, width: number): Samples => ({
  kind: 'table',
  columns: Array.from({ length: width }, (_, c) => ({
    name: `x${c}`,
    type: 'number',
    values: Float64Array.from({ length: n }, () => random.normal()),
  })),
})

/** Records a window, bytes of a record as it is kept, and what is made of them. */
const KINDS: readonly (readonly [name: string, n: number, bytes: number, samples: (n: number) => Samples])[] = [
  ['images, 28 × 28', 4000, 1100, texts],
  ['images, 32 × 32 × 3', 10_000, 4200, texts],
  ['images, 256 × 256 × 3', 10_000, 262_000, texts],
  ['texts of 2,000 characters', 10_000, 2000, texts],
  ['texts of 60,000 characters', 10_000, 60_000, texts],
  ['embeddings of 4,096 numbers', 10_000, 80_000, texts],
  ['rows with 10 numbers', 10_000, 150, (n) => table(n, 10)],
  ['rows with 100 numbers', 10_000, 1500, (n) => table(n, 100)],
  ['rows with 5 numbers', 100_000, 100, (n) => table(n, 5)],
]

console.log(
  '| records, a window | given, MiB | as stored | pool, MiB | records given | columns given | prints of records |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const [name, n, bytes, make] of KINDS) {
  const samples = make(n)
  const drawn = noise(bytes * 2)
  const records = Array.from({ length: n }, (_, i) => {
    const from = random.below(bytes)
    return {
      id: `${i}`,
      get fields() {
        return { text: drawn.subarray(from, from + Math.ceil(bytes * 0.75)).toString('base64') }
      },
      provenance: { source: 's', partition: 'p', position: `${i}` },
    }
  })
  const scored = records.map(({ id }, index) => ({
    id,
    index,
    risk: random.next() / 2,
    decision: 'admit' as const,
    issues: [],
  }))
  const of = Int32Array.from({ length: n }, () => random.below(10))
  const labels = { names: Array.from({ length: 10 }, (_, c) => `${c}`), of, counts: new Int32Array(10) }
  const input = { n, seed: 0, samples, labels, contributors: null }
  const { ref, lines: given } = poolOf(records, { window: 'w', seed: 0, records: scored }, input)
  const { records: lost, columns, prints } = ref.leftOut ?? { records: 0, columns: 0, prints: 0 }
  const chosen = ref.members.length + lost
  const width = samples.kind === 'table' ? samples.columns.length : 0
  const mib = (size: number) => (size / MIB).toFixed(2)
  const cells = [
    `${name}, ${n}`,
    mib(given.length),
    mib(zstdCompressSync(given).length),
    mib(given.length * POOL_KEPT_WINDOWS),
    `${ref.members.length} of ${chosen}`,
    width === 0 ? '–' : `${width - columns} of ${width}`,
    `${n - prints} of ${n}`,
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
