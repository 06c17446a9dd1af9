import { seededRandom } from '#core/random.ts'
import type { Column, PoisonedWindow } from '#attacks/types.ts'
import { plantedWindow, windowOf } from './cases.ts'

/** A window in which one detector sees what the risk of all may miss. */
export interface Unheard {
  readonly name: string
  /** By seed, in the numbers it was first seen in, or `scale` times as many records. */
  readonly draw: (seed: number, scale: number) => PoisonedWindow
}

const IMAGES = 10_000
const ROWS = 8000
const NOISY = 'noisy-15'

const planted =
  (dataset: string, attack: string, rate: number, n: number): Unheard['draw'] =>
  (seed, scale) =>
    plantedWindow({ dataset, attack, rate, seed, n: Math.round(scale * n) })

/** The windows that detection is developed on: nobody reports from them. */
export const unheard: readonly Unheard[] = [
  { name: 'noisy table, value out of range in 1 %', draw: planted(NOISY, 'out-of-bounds', 0.01, ROWS) },
  { name: 'noisy table, garbage amounts in .5 %', draw: garbageAmounts },
  { name: 'MNIST, .5 % Fashion-MNIST', draw: planted('mnist', 'foreign', 0.005, IMAGES) },
  { name: 'MNIST, 1.5 % fours labelled nine', draw: foursAsNines },
  { name: 'Fashion-MNIST, warps in 2 %', draw: planted('fashion', 'wanet', 0.02, IMAGES) },
  { name: 'Fashion-MNIST, .5 % MNIST', draw: planted('fashion', 'foreign', 0.005, IMAGES) },
  { name: 'noisy table, 1 % flips', draw: planted(NOISY, 'flip', 0.01, ROWS) },
  { name: 'noisy table, two values in .5 %', draw: planted(NOISY, 'two-values', 0.005, ROWS) },
]

/** Amounts typed at random: anything up to ten times the amount that one in a hundred rows exceeds. */
function garbageAmounts(seed: number, scale: number): PoisonedWindow {
  const window = plantedWindow({ dataset: NOISY, attack: 'clean', rate: 0, seed, n: Math.round(scale * ROWS) })
  if (window.samples.kind !== 'table') return window
  const random = seededRandom(seed, 'garbage amounts')
  const n = window.labels.of.length
  const struck = random.permutation(n).subarray(0, Math.round(0.005 * n))
  const columns = window.samples.columns.map((column): Column => {
    if (column.name !== 'amount' || column.type !== 'number') return column
    const values = column.values.slice()
    const top = 10 * (values.toSorted()[Math.floor(0.99 * n)] ?? 1)
    for (const i of struck) values[i] = Number((top * random.next()).toFixed(2))
    return { ...column, values }
  })
  return { ...window, samples: { kind: 'table', columns }, poisoned: marked(n, struck) }
}

function foursAsNines(seed: number, scale: number): PoisonedWindow {
  const n = Math.round(scale * IMAGES)
  const window = windowOf('mnist', n, seed)
  const [four, nine] = [window.labels.names.indexOf('4'), window.labels.names.indexOf('9')]
  const fours = seededRandom(seed, 'fours as nines')
    .permutation(n)
    .filter((i) => window.labels.of[i] === four)
  const struck = fours.subarray(0, Math.round(0.015 * n))
  const of = window.labels.of.slice()
  for (const i of struck) of[i] = nine
  const counts = window.labels.counts.slice()
  counts[four]! -= struck.length
  counts[nine]! += struck.length
  const mark = { neutral: new Uint8Array(n), target: nine, description: 'fours labelled nine', definition: '' }
  return { ...window, ...mark, labels: { ...window.labels, of, counts }, poisoned: marked(n, struck) }
}

function marked(n: number, of: Int32Array): Uint8Array {
  const marks = new Uint8Array(n)
  for (const i of of) marks[i] = 1
  return marks
}
