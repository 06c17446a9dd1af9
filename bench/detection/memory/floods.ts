import { parseArgs } from 'node:util'
import type { LabelledWindow } from '#attacks/types.ts'
import { floodsIn } from '#services/scan/memory/repeats/floods.ts'
import { decodePrints, encodePrints, type WindowPrints } from '#services/scan/memory/repeats/prints.ts'
import { scanInputOf } from '../cases.ts'
import { floodedRecord, floodedWindow } from './flooded.ts'
import { repeatedWindow } from './repeats.ts'
import { DRIFTS, windowInRow } from './rows.ts'

const USAGE = `bench/detection/memory/floods.ts: near-copies of one record, so many in each window of a row, and what the prints of the last 48 windows show after every fourth; without a scan
  --datasets (default mnist,synthetic)
  --each     copies a window, 0 for none (default 1)
  --from     the first window that has them (default 1)
  --repeat   what the dataset repeats by nature besides, by its name in repeats.ts (default nothing)
  --drift    shares, brightness or topic: from the middle window on (default none)
  --windows  (default 48)
  --n        records a window (default 125)
  --seeds    (default 100; figures are reported from seed 100 on)`

const { values } = parseArgs({
  options: {
    datasets: { type: 'string', default: 'mnist,synthetic' },
    each: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    drift: { type: 'string' },
    repeat: { type: 'string' },
    windows: { type: 'string', default: '48' },
    n: { type: 'string', default: '125' },
    seeds: { type: 'string', default: '100' },
    help: { type: 'boolean', default: false },
  },
})
const [EVERY, KEPT] = [4, 48]
const [each, from, windows, n] = [values.each, values.from, values.windows, values.n].map(Number) as [
  number,
  number,
  number,
  number,
]

if (values.help) console.log(USAGE)
else {
  console.log(
    '| data | seed | copies | found | first found at | the original found | other innocents found | false floods |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const dataset of values.datasets.split(','))
    for (const seed of values.seeds.split(',').map(Number)) row(dataset, seed)
}

function row(dataset: string, seed: number): void {
  const kindOf = DRIFTS.find((one) => one === values.drift)
  const drift = kindOf && { kind: kindOf, from: windows / 2 }
  const rowOf = { dataset, n, seed, drift }
  const first = windowInRow(rowOf, 0)
  const prints: (WindowPrints | null)[] = []
  const poisoned: Uint8Array[] = []
  const found = new Set<string>()
  let [at, isFalse, original] = [0, 0, -1]
  for (let w = 0; w < windows; w++) {
    const drawn = windowInRow(rowOf, w)
    const plain = values.repeat === undefined ? drawn : repeatedWindow(values.repeat, first, drawn, seed, w)
    const window = w + 1 < from || each === 0 ? asItIs(plain) : floodedWindow(first, plain, { each, seed, w })
    if (w === 0) original = window.members.indexOf(floodedRecord(n, seed))
    poisoned.push(window.poisoned)
    prints.push(decodePrints(encodePrints(scanInputOf(window, seed), []).line))
    if ((w + 1) % EVERY !== 0) continue
    const start = Math.max(0, prints.length - KEPT)
    for (const flood of floodsIn(prints.slice(start))) {
      const members = flood.members.map(({ part, index }) => ({ window: start + part, index }))
      const right = members.filter(({ window: of, index }) => poisoned[of]![index] === 1).length
      if (right === 0) isFalse++
      else if (at === 0) at = w + 1
      for (const { window: of, index } of members) found.add(`${of}/${index}`)
    }
  }
  const planted = poisoned.flatMap((of, w) => [...of].flatMap((bit, i) => (bit === 1 ? [`${w}/${i}`] : [])))
  const right = planted.filter((place) => found.has(place)).length
  const copied = each > 0 && found.has(`0/${original}`) ? 1 : 0
  const cells = [dataset, seed, planted.length, right, at === 0 ? '' : at, copied, found.size - right - copied, isFalse]
  console.log(`| ${cells.join(' | ')} |`)
}

function asItIs(window: LabelledWindow): ReturnType<typeof floodedWindow> {
  return { ...window, poisoned: new Uint8Array(n), members: Array.from({ length: n }, (_, i) => i) }
}
