import type { Random } from '#core/random.ts'
import type { Family } from '#core/score.ts'
import type { ExchangeSamples, Grouping, Samples, ScanInput } from '../view/samples.ts'
import { exchangeCanvas } from './exchanges.ts'
import { garbageText, wordOf } from './words.ts'

/** The families that are planted, one at a time: together they would hide each other. */
export const CANARIES = ['trigger', 'label', 'flood', 'outlier'] as const satisfies readonly Family[]
export type CanaryFamily = (typeof CANARIES)[number]

/** A copy of a window's numbers with poison in it, and the indices of the poisoned records. */
export interface Canaries {
  readonly input: ScanInput
  readonly planted: readonly number[]
}

/** The share of the records that is planted, and the fewest of them: for a trigger a scan needs ten. */
const SHARE = 0.01
const FEWEST = 12
/** The fewest records of a window: of a smaller one, too much would be poison. */
const SMALLEST = 400
/** Rows and columns of a patch. */
const PATCH = 3

/** One record's numbers, in a copy that only a scan sees. */
interface Canvas {
  readonly samples: Samples
  /** Writes a trigger, the same for all, into record i. */
  trigger(i: number): void
  garbage(i: number): void
  copy(from: number, to: number): void
}

/**
 * Copies a window's numbers and plants poison of one family, made from the window itself: a trigger under one label,
 * changed labels, copies of one record, or garbage. It takes and returns samples, from which no record is made, so that
 * no canary can be stored. Null for windows that are too small or have one label, for changed labels where exchanges
 * have no preferences, and where the user's own model judges, which has not seen what is planted.
 */
export function plantCanaries(input: ScanInput, family: CanaryFamily, random: Random): Canaries | null {
  if (input.samples.kind === 'exchange') return plantExchanges(input, input.samples, family, random)
  const { n, labels, model } = input
  if (n < SMALLEST || labels === null || labels.names.length < 2 || model !== undefined) return null
  const canvas = canvasOf(input.samples, random)
  const order = Array.from(random.permutation(n)).filter((i) => labels.of[i]! >= 0)
  const of = labels.of.slice()
  const [original] = order
  if (original === undefined) return null
  const target = of[original]!
  const others = order.slice(1).filter((i) => family !== 'trigger' || of[i] !== target)
  const planted = others.slice(0, Math.max(FEWEST, Math.round(SHARE * n)))
  if (planted.length < FEWEST) return null
  for (const i of planted) {
    if (family === 'trigger') canvas.trigger(i)
    if (family === 'outlier') canvas.garbage(i)
    if (family === 'flood') canvas.copy(original, i)
    if (family === 'trigger' || family === 'flood') of[i] = target
    if (family === 'label') of[i] = (of[i]! + 1 + random.below(labels.names.length - 1)) % labels.names.length
  }
  return { input: { ...input, samples: canvas.samples, labels: counted(of, labels) }, planted }
}

/** Exchanges have no labels: a swapped preference stands for a changed label. */
function plantExchanges(
  input: ScanInput,
  samples: ExchangeSamples,
  family: CanaryFamily,
  random: Random,
): Canaries | null {
  if (input.n < SMALLEST || input.model !== undefined) return null
  const canvas = exchangeCanvas(samples, random)
  const isAble = (i: number) => family !== 'label' || samples.exchanges[i]!.rejected !== undefined
  const [original = 0, ...others] = Array.from(random.permutation(input.n)).filter(isAble)
  const planted = others.slice(0, Math.max(FEWEST, Math.round(SHARE * input.n)))
  if (planted.length < FEWEST) return null
  for (const i of planted) {
    if (family === 'trigger') canvas.trigger(i)
    if (family === 'outlier') canvas.garbage(i)
    if (family === 'flood') canvas.copy(original, i)
    if (family === 'label') canvas.swap(i)
  }
  return { input: { ...input, samples: canvas.samples }, planted }
}

function counted(of: Int32Array, { names }: Grouping): Grouping {
  const counts = new Int32Array(names.length)
  for (const label of of) if (label >= 0) counts[label]!++
  return { of, names, counts }
}

function canvasOf(samples: Exclude<Samples, ExchangeSamples>, random: Random): Canvas {
  if (samples.kind === 'text') {
    const texts = [...samples.texts]
    const token = wordOf(random)
    return {
      samples: { kind: 'text', texts },
      trigger: (i) => void (texts[i] = `${token} ${texts[i]}`),
      garbage: (i) => void (texts[i] = garbageText(random)),
      copy: (from, to) => void (texts[to] = texts[from]!),
    }
  }
  if (samples.kind === 'table') {
    const columns = samples.columns.map((column) => {
      if (column.type === 'number') return { ...column, values: column.values.slice() }
      const { name, type, codes, levels } = column // `values` is dropped: it would no longer match the codes
      return { name, type, codes: codes.slice(), levels }
    })
    const cells = columns.map((column) => (column.type === 'number' ? column.values : column.codes))
    const own = cells.map((values) => values.slice())
    const widest = own.map((values) => new Set(values).size)
    const column = widest.indexOf(Math.max(...widest))
    const known = own[column]!.filter((value) => !Number.isNaN(value)).sort()
    const [low, high] = [known[0] ?? 0, known.at(-1) ?? 0]
    const planted = columns[column]!.type === 'number' ? high + 0.1 * (high - low) : high
    return {
      samples: { kind: 'table', columns },
      trigger: (i) => void (cells[column]![i] = planted),
      // each value is some record's, and the values of a row do not belong together
      garbage: (i) => cells.forEach((values, at) => void (values[i] = own[at]![random.below(values.length)]!)),
      copy: (from, to) => cells.forEach((values) => void (values[to] = values[from]!)),
    }
  }
  const matrix = samples.kind === 'image' ? samples.pixels : samples.vectors
  const data = matrix.data.slice()
  const { cols } = matrix
  const highest = data.reduce((most, value) => Math.max(most, value), 0)
  const lowest = data.reduce((least, value) => Math.min(least, value), 0)
  const places =
    samples.kind === 'image' ? patchOf(samples, random) : Array.from({ length: PATCH }, () => random.below(cols))
  const copied = { ...matrix, data }
  return {
    samples: samples.kind === 'image' ? { ...samples, pixels: copied } : { ...samples, vectors: copied },
    trigger: (i) => places.forEach((at) => void (data[i * cols + at] = highest)),
    garbage: (i) => {
      for (let at = 0; at < cols; at++) data[i * cols + at] = lowest + (highest - lowest) * random.next()
    },
    copy: (from, to) => void data.copyWithin(to * cols, from * cols, (from + 1) * cols),
  }
}

function patchOf({ height, width, channels }: Samples & { kind: 'image' }, random: Random): number[] {
  const [y, x] = [random.below(Math.max(1, height - PATCH)), random.below(Math.max(1, width - PATCH))]
  return Array.from({ length: PATCH * PATCH }, (_, k) => [y + Math.floor(k / PATCH), x + (k % PATCH)] as const)
    .filter(([row, column]) => row < height && column < width)
    .flatMap(([row, column]) => Array.from({ length: channels }, (_, c) => (row * width + column) * channels + c))
}
