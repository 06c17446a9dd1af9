import { parseArgs } from 'node:util'
import { drawWindow } from '#cli/demo/pool.ts'
import { seededRandom } from '#core/random.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { scanInputOf } from './detection/cases.ts'

/** How fast windows are scanned: 10,000 images of 784 pixels, 10,000 vectors of 64, and real texts and tables. */

const { values } = parseArgs({
  options: { n: { type: 'string', default: '10000' }, repeats: { type: 'string', default: '3' } },
})
const n = Number(values.n)

const windows: readonly (readonly [name: string, input: () => ScanInput])[] = [
  ['images of 784 (MNIST)', () => scanInputOf(drawWindow(loadDataset('mnist'), n, 0), 0)],
  ['vectors of 64', () => vectors(n, 64)],
  ['texts (SpamAssassin)', () => scanInputOf(drawWindow(loadDataset('spam'), n, 0), 0)],
  ['table of 13 columns (bird strikes)', () => scanInputOf(drawWindow(loadDataset('birdstrikes'), n, 0), 0)],
]

console.log(
  '| window | records | seconds, median | records/s | peak memory so far, MiB |\n| --- | --- | --- | --- | --- |',
)
for (const [name, make] of windows) {
  const input = make()
  const seconds: number[] = []
  for (let k = 0; k < Number(values.repeats); k++) {
    const started = performance.now()
    await scanWindow(input)
    seconds.push((performance.now() - started) / 1000)
  }
  const median = seconds.sort((a, b) => a - b)[seconds.length >> 1] ?? Number.NaN
  const peak = process.resourceUsage().maxRSS / 1024
  console.log(`| ${name} | ${input.n} | ${median.toFixed(2)} | ${Math.round(input.n / median)} | ${Math.round(peak)} |`)
}

/** Ten Gaussian classes, as an embedding would show them. */
function vectors(n: number, length: number): ScanInput {
  const random = seededRandom(0, 'bench/throughput')
  const centres = Float32Array.from({ length: 10 * length }, () => 2 * random.normal())
  const of = Int32Array.from({ length: n }, () => random.below(10))
  const data = new Float32Array(n * length)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < length; j++) data[i * length + j] = centres[of[i]! * length + j]! + random.normal()
  }
  const counts = new Int32Array(10)
  for (const label of of) counts[label]!++
  const labels = { of, names: Array.from(counts, (_, label) => String(label)), counts }
  return {
    n,
    seed: 0,
    samples: { kind: 'vector', vectors: { rows: n, cols: length, data } },
    labels,
    contributors: null,
  }
}
