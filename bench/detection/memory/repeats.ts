import type { LabelledWindow } from '#attacks/types.ts'
import { seededRandom, type Random } from '#core/random.ts'
import { joined } from './pooled.ts'

/** What datasets repeat by nature, window after window; nobody may be held or recalled for it. `first` is the row's first window. */
export interface Repeat {
  readonly definition: string
  apply(first: LabelledWindow, window: LabelledWindow, random: Random, w: number): LabelledWindow
}

/** Rows that a table of few distinct ones has. */
const FEW = 30

export const REPEATS: Readonly<Record<string, Repeat>> = {
  exact: {
    definition: 'One record of the first window once in every one, unchanged: a default row, a test image, a footer.',
    apply: (first, window) => replaced(first, window, [0]),
  },
  letter: {
    definition:
      'The same with what it is about changed: three words of a text, two columns of a row, noise of 1/255 on an image.',
    apply: (first, window, random) => replaced(filled(first, random, 0), window, [0]),
  },
  reference: {
    definition: 'A tenth of every window is a tenth of the first, unchanged.',
    apply: (first, window) => replaced(first, window, tenth(window)),
  },
  profiles: {
    definition: 'The same, with what each is about changed as in a letter.',
    apply: (first, window, random) =>
      replaced(
        tenth(window).reduce((of, i) => filled(of, random, i), first),
        window,
        tenth(window),
      ),
  },
  again: {
    definition: 'Every window is the first: a file that is delivered again, a table that is sent whole every day.',
    apply: (first, window, random) => joined([{ window: first, members: [...random.permutation(sizeOf(window))] }]),
  },
  changed: {
    definition: 'The same, with what each record is about changed as in a letter.',
    apply: (first, window, random) =>
      Array.from({ length: sizeOf(window) }, (_, i) => i).reduce((of, i) => filled(of, random, i), first),
  },
  few: {
    definition: `Every record is one of the first window’s first ${FEW}.`,
    apply: (first, window, random) =>
      joined([{ window: first, members: Array.from({ length: sizeOf(window) }, () => random.below(FEW)) }]),
  },
  steady: {
    definition:
      'Every record is the first one with noise: numbers and pixels off by a thousandth, three words of a text changed.',
    apply: (first, window, random) => {
      const same = joined([{ window: first, members: Array.from({ length: sizeOf(window) }, () => 0) }])
      return Array.from({ length: sizeOf(window) }, (_, i) => i).reduce((of, i) => filled(of, random, i, true), same)
    },
  },
}

/** A window of the row with what is repeated in it. */
export function repeatedWindow(name: string, first: LabelledWindow, window: LabelledWindow, seed: number, w: number) {
  const repeat = REPEATS[name]
  if (repeat === undefined) throw new RangeError(`no repeat \`${name}\`; there are ${Object.keys(REPEATS).join(', ')}`)
  return repeat.apply(first, window, seededRandom(seed, `repeat/${name}/${w}`), w)
}

function sizeOf({ labels }: LabelledWindow): number {
  return labels.of.length
}

function tenth(window: LabelledWindow): number[] {
  return Array.from({ length: Math.ceil(sizeOf(window) / 10) }, (_, i) => i)
}

/** The window with these of its records replaced by those of the first one. */
function replaced(first: LabelledWindow, window: LabelledWindow, members: readonly number[]): LabelledWindow {
  const others = Array.from({ length: sizeOf(window) }, (_, i) => i).slice(members.length)
  return joined([
    { window: first, members },
    { window, members: others },
  ])
}

/** The window with what its record `i` is about filled in anew. */
function filled(window: LabelledWindow, random: Random, i: number, isEvery = false): LabelledWindow {
  const { samples } = window
  if (samples.kind === 'text') {
    const words = samples.texts[i]!.split(' ')
    for (let k = 0; k < 3; k++) words[Math.floor(((k + 0.5) * words.length) / 3)] = `no${random.below(1_000_000)}`
    return { ...window, samples: { ...samples, texts: samples.texts.with(i, words.join(' ')) } }
  }
  if (samples.kind === 'image') {
    const { cols } = samples.pixels
    const data = samples.pixels.data.slice()
    for (let at = i * cols; at < (i + 1) * cols; at++)
      data[at] = Math.min(1, Math.max(0, data[at]! + (random.below(3) - 1) / 255))
    return { ...window, samples: { ...samples, pixels: { ...samples.pixels, data } } }
  }
  const numbers = samples.columns.filter(({ type }) => type === 'number').slice(0, isEvery ? undefined : 2)
  const columns = samples.columns.map((column) => {
    if (column.type !== 'number' || !numbers.includes(column)) return column
    const value = isEvery ? (1000 + random.normal()) / 10 : column.values[random.below(column.values.length)]!
    return { ...column, values: column.values.with(i, value) }
  })
  return { ...window, samples: { ...samples, columns } }
}
