import { sha256Hex } from '#core/hash.ts'
import type { Vocabulary } from '../features/words.ts'
import type { ImageSamples, ScanInput, TableColumn, VectorSamples } from '../view/samples.ts'
import { vocabularyOf } from '../view/vocabulary.ts'

/** One number of each record, by which a window is compared with those before it. */
export interface Measure {
  readonly name: string
  /** n; NaN where a record has none. */
  readonly values: Float64Array
  /** The name of each number, where the numbers are codes of names. */
  readonly levels?: ReadonlyMap<number, string>
}

/** The most columns of a table that are measured, and the number of mixes of words or dimensions. */
const MOST_COLUMNS = 16
const MIXES = 4

/** A few numbers for each of a window's records; a record has the same numbers in every window. */
export function measuresOf({ n, samples }: Pick<ScanInput, 'n' | 'samples'>): Measure[] {
  if (samples.kind === 'table') return samples.columns.slice(0, MOST_COLUMNS).map(measureOfColumn)
  if (samples.kind === 'image') return measuresOfImages(samples, n)
  if (samples.kind === 'vector') return measuresOfVectors(samples, n)
  return measuresOfTexts(vocabularyOf(samples))
}

/**
 * A measure of names, as numbers from 0 to 1 that are the same in every window. Any order of names serves to compare
 * groupings.
 */
export function measureOfNames(name: string, of: Int32Array, names: readonly string[]): Measure {
  const codes = names.map(codeOf)
  return {
    name,
    values: Float64Array.from(of, (at) => codes[at] ?? Number.NaN),
    levels: new Map(names.map((level, at) => [codes[at]!, level])),
  }
}

function codeOf(name: string): number {
  return Number.parseInt(sha256Hex(name).slice(0, 8), 16) / 0xffffffff
}

function measureOfColumn(column: TableColumn): Measure {
  if (column.type === 'category') return measureOfNames(column.name, column.codes, column.levels)
  return { name: column.name, values: column.values }
}

function measuresOfImages({ pixels, width, channels }: ImageSamples, n: number): Measure[] {
  const [brightness, contrast, sharpness] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  const { cols, data } = pixels
  const isBesideAnother = Uint8Array.from({ length: cols }, (_, at) => Number(Math.floor(at / channels) % width > 0))
  for (let i = 0; i < n; i++) {
    let [sum, square, steps] = [0, 0, 0]
    for (let at = 0, own = i * cols; at < cols; at++, own++) {
      const value = data[own]!
      sum += value
      square += value * value
      if (isBesideAnother[at] === 1) steps += Math.abs(value - data[own - channels]!)
    }
    brightness[i] = sum / cols
    contrast[i] = Math.sqrt(Math.max(0, square / cols - (sum / cols) ** 2))
    sharpness[i] = steps / cols
  }
  return [
    { name: 'brightness', values: brightness },
    { name: 'contrast', values: contrast },
    { name: 'sharpness', values: sharpness },
  ]
}

function measuresOfTexts(vocabulary: Vocabulary): Measure[] {
  const { n, words, offsets } = vocabulary
  const bits = Uint8Array.from(words, (word) => Number.parseInt(sha256Hex(word).slice(0, 2), 16))
  const letters = Int32Array.from(words, (word) => word.length)
  return [
    { name: 'words in a text', values: Float64Array.from({ length: n }, (_, i) => offsets[i + 1]! - offsets[i]!) },
    { name: 'letters in a word', values: perWord(vocabulary, letters) },
    // each mix is of half of all words, by their digests: its share changes with the topics
    ...Array.from({ length: MIXES }, (_, bit) => ({
      name: `mix ${bit + 1} of words`,
      values: perWord(
        vocabulary,
        bits.map((of) => (of >> bit) & 1),
      ),
    })),
  ]
}

/** The mean of a number over each text's words; NaN for a text without words. */
function perWord({ n, offsets, ids }: Vocabulary, of: Int32Array | Uint8Array): Float64Array {
  const means = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const [from, to] = [offsets[i]!, offsets[i + 1]!]
    let sum = 0
    for (let at = from; at < to; at++) sum += of[ids[at]!]!
    means[i] = from === to ? Number.NaN : sum / (to - from)
  }
  return means
}

function measuresOfVectors({ vectors }: VectorSamples, n: number): Measure[] {
  const { cols, data } = vectors
  const signs = Array.from({ length: cols }, (_, at) => Number.parseInt(sha256Hex(String(at)).slice(0, 2), 16))
  const perVector = (of: (value: number, at: number) => number) =>
    Float64Array.from({ length: n }, (_, i) => {
      let sum = 0
      for (let at = 0; at < cols; at++) sum += of(data[i * cols + at]!, at)
      return sum
    })
  return [
    { name: 'length of a vector', values: perVector((value) => value * value).map(Math.sqrt) },
    ...Array.from({ length: MIXES }, (_, bit) => ({
      name: `mix ${bit + 1} of dimensions`,
      values: perVector((value, at) => ((signs[at]! >> bit) & 1 ? value : -value)),
    })),
  ]
}
