import { sha256Hex } from '#core/hash.ts'
import type { Vocabulary } from '../features/words.ts'
import type { ImageSamples, ScanInput, TableColumn, VectorSamples } from '../view/samples.ts'
import { vocabularyOf } from '../view/vocabulary.ts'

/** One number of every record, by which a window is compared with those before it. */
export interface Measure {
  readonly name: string
  /** n; NaN where a record has none. */
  readonly values: Float64Array
  /** What the numbers stand for, where they are the codes of names. */
  readonly levels?: ReadonlyMap<number, string>
}

/** Columns of a table that are measured, and mixes of words or dimensions. */
const MOST_COLUMNS = 16
const MIXES = 4

/** What a window's records look like, in a few numbers each; the same numbers of the same record in every window. */
export function measuresOf({ n, samples }: Pick<ScanInput, 'n' | 'samples'>): Measure[] {
  if (samples.kind === 'table') return samples.columns.slice(0, MOST_COLUMNS).map(measureOfColumn)
  if (samples.kind === 'image') return measuresOfImages(samples, n)
  if (samples.kind === 'vector') return measuresOfVectors(samples, n)
  return measuresOfTexts(vocabularyOf(samples))
}

/** Names as numbers from 0 to 1, the same in every window: between groupings any order of the names compares them. */
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
    // each takes half of all words, by their digests: other topics have other shares of them
    ...Array.from({ length: MIXES }, (_, bit) => ({
      name: `mix ${bit + 1} of words`,
      values: perWord(
        vocabulary,
        bits.map((of) => (of >> bit) & 1),
      ),
    })),
  ]
}

/** What a text's words have on average. */
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
