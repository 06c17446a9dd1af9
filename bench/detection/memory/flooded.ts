import { seededRandom, type Random } from '#core/random.ts'
import type { Column, LabelledWindow, PoisonedWindow } from '#attacks/types.ts'
import { joined } from './pooled.ts'

/**
 * A window in which `each` records are near-copies of one record of the row's first window, under its label, as a duplicate flood makes them (attacks: `flood`): 3 % of the words dropped, a tenth of the
 * pixels off by up to 2/255, numbers off by a thousandth of their column's deviation. `members` are the places in `window` that its records had; -1 of a copy.
 */
export function floodedWindow(
  first: LabelledWindow,
  window: LabelledWindow,
  { each, seed, w }: { readonly each: number; readonly seed: number; readonly w: number },
): Pick<PoisonedWindow, 'samples' | 'labels' | 'contributors' | 'poisoned'> & { readonly members: readonly number[] } {
  const n = window.labels.of.length
  const base = floodedRecord(n, seed)
  const random = seededRandom(seed, `flooded/${w}`)
  const struck = new Set(random.permutation(n).subarray(0, each))
  const others = Array.from({ length: n }, (_, i) => i).filter((i) => !struck.has(i))
  const copies = joined([{ window: first, members: Array.from(struck, () => base) }])
  const deviations = samplesOf(first)
  const off = joined([
    {
      window: { ...copies, samples: changed(copies.samples, deviations, random) },
      members: [...copies.labels.of.keys()],
    },
    { window, members: others },
  ])
  const members = [...Array.from({ length: each }, () => -1), ...others]
  return { ...off, poisoned: Uint8Array.from({ length: n }, (_, i) => Number(i < each)), members }
}

/** Which record of the row's first window, as it was, the copies are of. */
export function floodedRecord(n: number, seed: number): number {
  return seededRandom(seed, 'flooded').permutation(n)[0] ?? 0
}

/** Of each column of numbers its deviation and the digits that it is given to; null of others. */
function samplesOf({ samples }: LabelledWindow) {
  if (samples.kind !== 'table') return []
  return samples.columns.map((column) => {
    if (column.type !== 'number') return null
    const known = Array.from(column.values).filter((value) => Number.isFinite(value))
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length
    const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length)
    const digits = Math.max(...known.slice(0, 200).map((value) => (String(value).split('.')[1] ?? '').length))
    return { deviation, digits: Math.min(20, digits) }
  })
}

function changed(samples: LabelledWindow['samples'], columns: ReturnType<typeof samplesOf>, random: Random) {
  if (samples.kind === 'text') {
    const dropped = (text: string) =>
      text
        .split(' ')
        .filter(() => random.next() > 0.03)
        .join(' ')
    return { ...samples, texts: samples.texts.map(dropped) }
  }
  if (samples.kind === 'image') {
    const data = samples.pixels.data.map((value) =>
      random.next() < 0.1 ? Math.min(1, Math.max(0, value + (random.below(5) - 2) / 255)) : value,
    )
    return { ...samples, pixels: { ...samples.pixels, data } }
  }
  const off = (column: Column, c: number): Column => {
    const known = columns[c]
    if (column.type !== 'number' || known === null || known === undefined) return column
    const { deviation, digits } = known
    const values = column.values.map((value) => Number((value + 0.001 * deviation * random.normal()).toFixed(digits)))
    return { ...column, values }
  }
  return { ...samples, columns: samples.columns.map(off) }
}
