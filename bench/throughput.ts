import { parseArgs } from 'node:util'
import { drawWindow } from '#cli/demo/pool.ts'
import { seededRandom } from '#core/random.ts'
import { scanWindow } from '#services/scan/scan-window.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { scanInputOf } from './detection/cases.ts'
import { processorSeconds, profiled } from './profile.ts'

/** How fast windows are scanned: 10,000 images of 784 pixels, 10,000 vectors of 64, and real texts and tables. */

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '10000' },
    /** Of the vectors. */
    columns: { type: 'string', default: '64' },
    repeats: { type: 'string', default: '3' },
    only: { type: 'string', default: 'images,vectors,texts,table' },
    /** full or quick: what a window takes in which a quick scan suspects nothing. */
    effort: { type: 'string', default: 'full' },
    /** What each part of the view, each detector and each kind of product takes, instead. */
    profile: { type: 'boolean', default: false },
  },
})
const n = Number(values.n)
const columns = Number(values.columns)

const windows: readonly (readonly [key: string, name: string, input: () => ScanInput])[] = [
  ['images', 'images of 784 (MNIST)', () => scanInputOf(drawWindow(loadDataset('mnist'), n, 0), 0)],
  ['vectors', `vectors of ${columns}`, () => vectors(n, columns)],
  ['texts', 'texts (SpamAssassin)', () => scanInputOf(drawWindow(loadDataset('spam'), n, 0), 0)],
  ['table', 'table of 13 columns (bird strikes)', () => scanInputOf(drawWindow(loadDataset('birdstrikes'), n, 0), 0)],
]
const wanted = windows.filter(([key]) => values.only.split(',').includes(key))

if (values.profile) for (const [, name, make] of wanted) console.log(await profiled(name, make()))
else await measure()

async function measure(): Promise<void> {
  console.log(
    '| window | records | processor seconds, median | wall seconds, median | records/s of a core | peak memory so far, MiB |\n' +
      '| --- | --- | --- | --- | --- | --- |',
  )
  for (const [, name, make] of wanted) {
    const [processor, wall]: [number[], number[]] = [[], []]
    let records = 0
    for (let k = 0; k < Number(values.repeats); k++) {
      // Made anew each time: what a scan works out of a window's samples is kept as long as these are.
      const input = make()
      records = input.n
      const [started, before] = [performance.now(), processorSeconds()]
      const { effort = 'full' } = await scanWindow(input, { effort: values.effort === 'quick' ? 'quick' : 'full' })
      if (effort !== values.effort) console.error(`${name}: a quick scan suspected something`)
      processor.push(processorSeconds() - before)
      wall.push((performance.now() - started) / 1000)
    }
    const [core, clock] = [median(processor), median(wall)]
    const peak = Math.round(process.resourceUsage().maxRSS / 1024)
    const speed = Math.round(records / core)
    console.log(`| ${name} | ${records} | ${core.toFixed(2)} | ${clock.toFixed(2)} | ${speed} | ${peak} |`)
  }
}

function median(of: number[]): number {
  return of.sort((a, b) => a - b)[of.length >> 1] ?? Number.NaN
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
