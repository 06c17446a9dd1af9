import type { Contract, FeatureSpec } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import { readExchange } from '#core/exchange.ts'
import { contributorOf, labelOf, nameOf, type DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Value } from '#core/value.ts'
import { columnSamples } from './build-columns.ts'
import { matrix, type Matrix } from '../numeric/matrix.ts'
import type { Grouping, Samples, ScanInput } from './samples.ts'

/**
 * The window's records in the form that detectors take, by the contract's `features`, `label` and `contributor`. Throws
 * `invalid`, naming the record and the field, where an image or a vector has not the length that the contract gives, or
 * fields are no exchange.
 */
export function buildInput(records: readonly DataRecord[], contract: Contract, seed: number): ScanInput {
  return {
    n: records.length,
    seed,
    samples: buildSamples(records, contract.features),
    labels: groupBy(records.map((record) => labelOf(record, contract))),
    contributors: groupBy(records.map((record) => contributorOf(record, contract))),
  }
}

/** Groups records by name, with the names sorted by code unit; null where no record has a name. */
export function groupBy(names: readonly (string | null)[]): Grouping | null {
  const sorted = [...new Set(names)].filter((name) => name !== null).sort()
  if (sorted.length === 0) return null
  const indexOf = new Map(sorted.map((name, index) => [name, index]))
  const of = Int32Array.from(names, (name) => (name === null ? -1 : (indexOf.get(name) ?? -1)))
  const counts = new Int32Array(sorted.length)
  for (const index of of) if (index >= 0) counts[index] = (counts[index] ?? 0) + 1
  return { of, names: sorted, counts }
}

function buildSamples(records: readonly DataRecord[], features: FeatureSpec): Samples {
  if (features.kind === 'text')
    return { kind: 'text', texts: records.map((record) => textOf(record.fields[features.field])) }
  if (features.kind === 'table') return { kind: 'table', columns: columnSamples(records, features.columns) }
  if (features.kind === 'vector')
    return { kind: 'vector', vectors: numbers(records, features.field, features.length).values }
  if (features.kind === 'exchange') {
    const exchanges = records.map(({ id, fields }) => {
      const { exchange, fault } = readExchange(fields, features)
      if (fault) throw new AppError('invalid', `record ${id}: ${fault.rule} at /${fault.path.join('/')}`)
      return exchange
    })
    return { kind: 'exchange', form: features.form, exchanges }
  }
  const [height = 1, width = 1, channels = 1] = features.shape
  const pixels = unitScaled(records, features.field, height * width * channels)
  return { kind: 'image', height, width, channels, pixels }
}

/**
 * Pixels from 0 to 1. Bytes are always divided by 255. Other numbers are scaled by what most records of the window
 * hold, so that no record's scale depends on its own content: 0…1 stays, 0…255 is divided, other ranges are mapped onto
 * 0…1. Values outside are clipped: a pixel of 1e30 must not leave all others without contrast.
 */
function unitScaled(records: readonly DataRecord[], field: string, length: number): Matrix {
  const { values, bytes } = numbers(records, field, length)
  const { data } = values
  const [low, high] = bytes ? [0, 255] : usualRange(data, length)
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, (data[i]! - low) / (high - low)))
  return values
}

/** A record's lowest or highest value farther than this many times the usual range is not part of it. */
const FAR = 3

/**
 * The range of the records' values: of the median record, or a customary range that contains it; otherwise widened to
 * records near it.
 */
function usualRange(data: Float32Array, length: number): readonly [number, number] {
  const [lows, highs]: [number[], number[]] = [[], []]
  for (let start = 0; start < data.length; start += length) {
    let [low, high] = [Infinity, -Infinity]
    for (let i = start; i < start + length; i++) {
      if (data[i]! < low) low = data[i]!
      if (data[i]! > high) high = data[i]!
    }
    if (low === high) continue // a blank image says nothing about a range
    lows.push(low)
    highs.push(high)
  }
  if (lows.length === 0) return [0, 1]
  let [low, high] = [median(lows), median(highs)]
  if (low >= 0 && high <= 1) return [0, 1]
  if (low >= 0 && high <= 255) return [0, 255]
  const [least, most] = [low - FAR * (high - low), high + FAR * (high - low)]
  for (const value of lows) if (value >= least && value < low) low = value
  for (const value of highs) if (value <= most && value > high) high = value
  return [Math.min(low, 0), high]
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function numbers(records: readonly DataRecord[], field: string, length: number): { values: Matrix; bytes: boolean } {
  const values = matrix(records.length, length)
  let bytes = records.length > 0
  records.forEach((record, i) => {
    const value = record.fields[field]
    const flat = value instanceof Tensor ? value.data : flatten(value)
    if (flat === null || flat.length !== length)
      throw new AppError('invalid', `record ${record.id}: field ${field} is not ${length} numbers`)
    bytes &&= value instanceof Tensor && value.dtype === 'u8'
    values.data.set(flat, i * length)
  })
  for (const value of values.data)
    if (!Number.isFinite(value)) throw new AppError('invalid', `field ${field} holds a number that is not finite`)
  return { values, bytes }
}

/** The numbers of nested arrays, row by row; null where there is anything else. */
function flatten(value: Value | undefined): number[] | null {
  const flat: number[] = []
  const visit = (item: Value | undefined): boolean => {
    if (typeof item === 'number') return flat.push(item) > 0
    return Array.isArray(item) && item.every(visit)
  }
  return visit(value) ? flat : null
}

function textOf(value: Value | undefined): string {
  return nameOf(value) ?? ''
}
