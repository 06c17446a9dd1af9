import { sha256Hex } from '#core/hash.ts'
import { splitWords } from '../features/words.ts'
import { type ImageSamples, type ScanInput, textsOf, type TableColumn, type VectorSamples } from '../view/samples.ts'

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
  return measuresOfTexts(textsOf(samples) ?? [])
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
  for (let i = 0; i < n; i++) {
    let [sum, square, steps] = [0, 0, 0]
    for (let at = 0; at < cols; at++) {
      const value = data[i * cols + at]!
      sum += value
      square += value * value
      if (at >= channels && Math.floor(at / channels) % width > 0)
        steps += Math.abs(value - data[i * cols + at - channels]!)
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

function measuresOfTexts(texts: readonly string[]): Measure[] {
  const { words, offsets, ids } = splitWords(texts)
  const bits = words.map((word) => Number.parseInt(sha256Hex(word).slice(0, 2), 16))
  const count = (i: number) => offsets[i + 1]! - offsets[i]!
  const perWord = (of: (id: number) => number) =>
    Float64Array.from(texts, (_, i) => {
      let sum = 0
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) sum += of(ids[at]!)
      return count(i) === 0 ? Number.NaN : sum / count(i)
    })
  return [
    { name: 'words in a text', values: Float64Array.from(texts, (_, i) => count(i)) },
    { name: 'letters in a word', values: perWord((id) => words[id]!.length) },
    // each takes half of all words, by their digests: other topics have other shares of them
    ...Array.from({ length: MIXES }, (_, bit) => ({
      name: `mix ${bit + 1} of words`,
      values: perWord((id) => (bits[id]! >> bit) & 1),
    })),
  ]
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
