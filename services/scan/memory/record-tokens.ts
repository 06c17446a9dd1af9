import { splitWords } from '../features/words.ts'
import { matrix } from '../numeric/matrix.ts'
import { seededRandom } from '#core/random.ts'
import { textsOf, type ImageSamples, type Samples, type TableSamples, type VectorSamples } from '../view/samples.ts'

/** Images are compared as so many by so many cells, each of so many shades. */
const CELLS = 8
const SHADES = 64
/** Numbers that agree in so many digits are one. */
const DIGITS = 2
/** Vectors are compared by the sides of so many planes that they lie on (SimHash; Charikar 2002). */
const PLANES = 64

/** What a record is made of, coarsely: near-copies have nearly all of it in common. Words, shades of cells, values to two digits, sides of planes. */
export function recordTokens(samples: Samples): (i: number) => readonly string[] {
  if (samples.kind === 'image') return (i) => cellsOf(samples, i)
  if (samples.kind === 'table') return (i) => valuesOf(samples, i)
  if (samples.kind === 'vector') return sidesOf(samples)
  const { words, offsets, ids } = splitWords(textsOf(samples) ?? [])
  return (i) => Array.from(ids.subarray(offsets[i], offsets[i + 1]), (id) => words[id]!)
}

function cellsOf({ pixels, height, width, channels }: ImageSamples, i: number): string[] {
  const sums = new Float64Array(CELLS * CELLS)
  const counts = new Float64Array(CELLS * CELLS)
  for (let at = 0; at < height * width; at++) {
    const cell =
      Math.floor((CELLS * Math.floor(at / width)) / height) * CELLS + Math.floor((CELLS * (at % width)) / width)
    for (let c = 0; c < channels; c++) sums[cell]! += pixels.data[i * pixels.cols + at * channels + c]!
    counts[cell]! += channels
  }
  const shades = Array.from(sums, (sum, cell) => Math.round((SHADES * sum) / Math.max(1, counts[cell]!)))
  const ground = commonest(shades)
  return shades.flatMap((shade, cell) => (shade === ground ? [] : [`${cell}=${shade}`]))
}

/** What most images have in common is their ground. */
function commonest(shades: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const shade of shades) counts.set(shade, (counts.get(shade) ?? 0) + 1)
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), [0, 0])[0]
}

function valuesOf({ columns }: TableSamples, i: number): string[] {
  return columns.map((column) =>
    column.type === 'number'
      ? `${column.name}=${column.values[i]!.toPrecision(DIGITS)}`
      : `${column.name}=${column.values?.[i] ?? column.levels[column.codes[i]!] ?? ''}`,
  )
}

/** The planes are the same in every window: they follow from the number of dimensions alone. */
function sidesOf({ vectors: { data, cols } }: VectorSamples): (i: number) => string[] {
  const random = seededRandom(0, `planes of ${cols} dimensions`)
  const planes = matrix(PLANES, cols)
  for (let at = 0; at < planes.data.length; at++) planes.data[at] = random.normal()
  return (i) =>
    Array.from({ length: PLANES }, (_, plane) => {
      let side = 0
      for (let d = 0; d < cols; d++) side += data[i * cols + d]! * planes.data[plane * cols + d]!
      return `${plane}${side >= 0 ? '+' : '-'}`
    })
}
