import { parseArgs } from 'node:util'
import { attackNamed } from '#attacks/catalog.ts'
import { seededRandom } from '#core/random.ts'
import { decodeColumns, encodeColumns, type WindowColumns } from '#services/scan/memory/spikes/columns.ts'
import { GIVEN_BYTES } from '#services/scan/memory/pool/given.ts'
import { spikesIn } from '#services/scan/memory/spikes/spikes.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { scanInputOf, windowOf } from '../cases.ts'
import { DRIFTS, windowInRow } from './rows.ts'

const USAGE = `bench/detection/memory/spikes.ts: the columns of many windows without a scan: how often a clean dataset is said to have a spike, and what it costs
  --datasets  (default birdstrikes,flights,movies,weather,synthetic,noisy-15)
  --n         records a window (default 250)
  --seeds     draws of each dataset (default 3), from --from (default 200; nothing was chosen from 100 on)
  --scrambled each draw has its labels permuted as well: then no value is one label's, and every spike is false (default false)
  --windows   of each draw: where the dataset ends it begins again in another order, so that its records come again (default as many as it has, 200 at most)
  --drift     shares: from the middle window on twice as many of one class (default none)
  --repeated  records that stand again count again, as though nothing told them (default false)
  --attack    clean (default), in-bounds or clean-label-value, of --each records a window (default 2)`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'birdstrikes,flights,movies,weather,synthetic,noisy-15' },
    n: { type: 'string', default: '250' },
    seeds: { type: 'string', default: '3' },
    from: { type: 'string', default: '200' },
    scrambled: { type: 'boolean', default: false },
    windows: { type: 'string' },
    drift: { type: 'string' },
    repeated: { type: 'boolean', default: false },
    attack: { type: 'string', default: 'clean' },
    each: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
})
/** As often as a pool is scanned, and as many windows as it reaches back. */
const [EVERY, REACH, MOST] = [4, 48, 200]

if (values.help) console.log(USAGE)
else {
  console.log(
    '| data | draws | windows | looks | looks with a false spike | draws with one | innocents named | planted: named |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const dataset of values.datasets.split(',')) row(dataset)
}

function row(dataset: string): void {
  const sum = { windows: 0, looks: 0, alarms: 0, draws: 0, innocents: 0, planted: 0, named: 0, records: 0 }
  const from = Number(values.from)
  const said = new Set<string>()
  for (let seed = from; seed < from + Number(values.seeds); seed++) {
    const n = Number(values.n)
    const inAll = Math.floor(loadDataset(dataset).size / n)
    const windows = values.windows === undefined ? Math.min(MOST, inAll) : Number(values.windows)
    const columns: (WindowColumns | null)[] = []
    const poisoned: Uint8Array[] = []
    const innocent = new Set<string>()
    const found = new Set<string>()
    let isFalse = false
    for (let w = 0; w < windows; w++) {
      const window = planted(dataset, seed, w, windows)
      const input = scanInputOf(window, seed)
      poisoned.push(window.poisoned)
      const given = decodeColumns(encodeColumns(input, [], { most: GIVEN_BYTES, window: `w${w}` }).line)
      columns.push(values.repeated ? unnumbered(given) : given)
      if ((w + 1) % EVERY !== 0) continue
      const first = Math.max(0, w + 1 - REACH)
      sum.looks++
      let alarm = false
      for (const spike of spikesIn(columns.slice(first))) {
        const right = spike.members.filter(({ part, index }) => poisoned[first + part]![index] === 1)
        if (right.length === 0) {
          alarm = true
          said.add(
            `${spike.column} = ${spike.value}, ${spike.label}: ${spike.observed} for ${spike.expected.toFixed(1)}`,
          )
        }
        for (const { part, index } of spike.members) {
          const place = `${first + part}/${index}`
          if (poisoned[first + part]![index] === 1) found.add(place)
          else innocent.add(place)
        }
      }
      sum.alarms += Number(alarm)
      isFalse ||= alarm
    }
    sum.draws += Number(isFalse)
    sum.windows += windows
    sum.records += windows * n
    sum.innocents += innocent.size
    sum.named += found.size
    sum.planted += poisoned.reduce((total, of) => total + of.reduce((a, b) => a + b, 0), 0)
  }
  const cells = [dataset, values.seeds, sum.windows, sum.looks, sum.alarms, sum.draws]
  console.log(
    `| ${cells.join(' | ')} | ${sum.innocents} of ${sum.records - sum.planted} | ${sum.planted}: ${sum.named} |`,
  )
  for (const line of said) console.log(`  ${line}`)
}

/** As earlier versions gave it. */
function unnumbered(given: WindowColumns | null): WindowColumns | null {
  if (given === null) return null
  const { labels, contributors, held, columns } = given
  return { labels, contributors, held, columns }
}

function planted(dataset: string, seed: number, w: number, windows: number) {
  const n = Number(values.n)
  const kind = DRIFTS.find((one) => one === values.drift)
  const drift = kind && { kind, from: windows / 2 }
  const window = windowInRow({ dataset, n, seed, drift }, w)
  if (values.attack !== 'clean') {
    const rate = Number(values.each) / n
    const first = windowOf(dataset, n, seed).samples
    return attackNamed(window.samples.kind, values.attack).apply(window, { rate, seed, window: w, first })
  }
  const none = new Uint8Array(window.labels.of.length)
  if (!values.scrambled) return { ...window, poisoned: none }
  const order = seededRandom(seed, `scrambled ${w}`).permutation(n)
  const of = Int32Array.from(order, (i) => window.labels.of[i]!)
  return { ...window, labels: { ...window.labels, of }, poisoned: none }
}
